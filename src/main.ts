/**
 * Wiring only: the process's environment, arguments and signals on one side, a command on the
 * other. Exit codes: what the command returns, 2 for faults of the configuration, 1 for a defect.
 *
 * @module
 */

import process from "node:process";
import { helpText, type Invocation, loadConfig, secretsOf } from "./config/mod.ts";
import { hideShapes } from "./secret/credential_form.ts";
import { ConfigError, describeError } from "./errors.ts";
import { configureLogging, endLogging, getLogger } from "./log/log.ts";
import { OutputError, OutputQueue, writeAll } from "./log/output.ts";
import type { Runtime } from "./runtime.ts";
import { delay } from "./time/delay.ts";

/** How long the last log lines may take on their way out, in milliseconds. */
const FLUSH_MS = 1_000;

const NOT_STARTED = "Nothing was started. `tsmetrics help` shows how to begin, " +
  "`tsmetrics help settings` all settings.";

let isReaderGone = false;

/** Every line to standard error goes through here: a second writer would wait for the first. */
const errors = new OutputQueue({
  write: (bytes) => writeAll((rest) => Deno.stderr.write(rest), bytes, delay),
  onDropped: (count) =>
    getLogger("log").warning(
      "Dropped {count:log line|log lines}: standard error did not take them",
      { count },
    ),
});

const runtime: Runtime = {
  denoVersion: Deno.version.deno,
  startedAtMs: performance.timeOrigin,
  now: Date.now,
  elapsedMs: () => performance.now(),
  memoryBytes: () => Deno.memoryUsage().rss,
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  readVariable: (name) => Deno.env.get(name),
  deleteVariable: (name) => Deno.env.delete(name),
  async write(bytes) {
    if (isReaderGone) return;
    try {
      await writeAll((rest) => Deno.stdout.write(rest), bytes, delay);
    } catch (error) {
      // `head` has seen enough, which is no failure; the rest is not written.
      isReaderGone = error instanceof Deno.errors.BrokenPipe;
      if (isReaderGone) return;
      throw new OutputError("Cannot write to standard output", { cause: error });
    }
  },
  droppedLogLines: () => errors.droppedCount,
  terminal: readTerminal(),
  writeLine: (line) => errors.push(line),
  storage: () => localStorage,
  caches: () => caches,
  createHttpClient: Deno.createHttpClient,
  connect: Deno.connect,
  onStop(callback) {
    for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, callback);
  },
};

function readTerminal(): Runtime["terminal"] {
  if (!Deno.stdout.isTerminal()) return { columns: undefined, hasColors: false };
  const { columns } = Deno.consoleSize();
  return {
    // A serial line says 0.
    columns: columns > 0 ? columns : undefined,
    hasColors: allowsColors(),
  };
}

/** `NO_COLOR` and a terminal that says it is dumb turn colours off. */
function allowsColors(): boolean {
  return !Deno.noColor && Deno.env.get("TERM") !== "dumb";
}

/** Windows knows no SIGTERM. */
const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Loads the modules of the one command that is asked for. */
async function run({ command, config, flags, warnings }: Invocation): Promise<number> {
  switch (command) {
    case "serve": {
      const { runServe } = await import("./commands/serve.ts");
      return await runServe(config, runtime);
    }
    case "once": {
      const { runOnce } = await import("./commands/once.ts");
      return await runOnce(config, runtime, flags);
    }
    case "check": {
      const { runCheck } = await import("./commands/check.ts");
      return await runCheck(config, runtime, { ...flags, warnings });
    }
    case "healthcheck": {
      const { runHealthcheck } = await import("./commands/healthcheck.ts");
      return await runHealthcheck(config, runtime);
    }
    case "tailnet": {
      const { runTailnet } = await import("./commands/tailnet.ts");
      return await runTailnet(config, runtime, flags.action);
    }
    case "completion": {
      const { completionScript } = await import("./commands/completion.ts");
      await say(completionScript(flags.shell));
      return 0;
    }
    case "version":
      await say(
        `tsmetrics ${config.version} (built ${config.buildTime}, Deno ${runtime.denoVersion})`,
      );
      return 0;
    case "help":
      await say(helpText(flags.topic));
      return 0;
  }
}

async function say(text: string): Promise<void> {
  await runtime.write(new TextEncoder().encode(text.endsWith("\n") ? text : `${text}\n`));
}

async function main(): Promise<number> {
  try {
    const invocation = loadConfig({ env: Deno.env.toObject(), args: Deno.args });
    const { command, config, warnings } = invocation;
    // A check says everything itself: its log would say it twice.
    const isReported = command === "check" && config.logLevel !== "debug";
    await configureLogging({
      level: isReported ? "error" : config.logLevel,
      muted: isReported ? ["api"] : [],
      format: config.logFormat,
      secrets: secretsOf(config),
      write: (line) => errors.push(line),
      hasColors: Deno.stderr.isTerminal() && allowsColors(),
    });
    for (const warning of command === "check" ? [] : warnings) {
      getLogger("config").warning("{warning}", { warning });
    }
    return await run(invocation);
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const fault of error.faults) errors.push(fault);
      errors.push(NOT_STARTED);
      return 2;
    }
    const text = hideShapes(describeError(error));
    errors.push(error instanceof OutputError ? text : `A defect of tsmetrics: ${text}`);
    return 1;
  }
}

/** Ends the process; what is still to be logged has a second to get out. */
async function exit(code: number): Promise<never> {
  endLogging();
  await errors.flush(delay(FLUSH_MS));
  Deno.exit(code);
}

/** Deno would write the error by itself, and block for ever where the stream is not read. */
function onDefect(event: Event, error: unknown): void {
  event.preventDefault();
  errors.push(`A defect of tsmetrics: ${hideShapes(describeError(error))}`);
  const frames = error instanceof Error ? error.stack?.match(/^ {4}at .*$/gm) : undefined;
  for (const frame of frames ?? []) errors.push(frame);
  exit(1);
}

addEventListener("error", (event) => onDefect(event, event.error));
addEventListener("unhandledrejection", (event) => onDefect(event, event.reason));

await exit(await main());
