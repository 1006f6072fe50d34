/**
 * The program as a process of its own, started as the tasks of `deno.json` start it: with the
 * network, its environment and nothing else. Its environment is what a test hands in, plus what
 * Deno itself needs to find its cache.
 *
 * @module
 */

import { assert } from "@std/assert";
import { Lines } from "./_lines.ts";
import { until } from "../_support/until.ts";

/** How long a command may run, or an answer may take, before it is given up. */
const MOST_RUN_MS = 90_000;
const MOST_ANSWER_MS = 30_000;

const ROOT = new URL("../../", import.meta.url);

/** Exactly what `deno task start` says, without the file of settings. */
const SANDBOX: readonly string[] = [Deno.execPath(), "run", "-q", "-P", "--no-prompt"]
  .concat("src/main.ts");

/** Variables that Deno reads, and the mark by which a CI run finds what it left running. */
const INHERITED: readonly string[] = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "CI"]
  .concat("TSMETRICS_CI_RUN");

/** So that a test may ask a server again and again while it waits, and is not refused. */
export const UNLIMITED = { RATE_LIMIT_RPS: "1000", RATE_LIMIT_BURST: "1000" } as const;

/** Environment of the program under test. */
export type Settings = Readonly<Record<string, string>>;

/** What a command left behind. */
export interface Finished {
  /** The exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error, where the log goes. */
  readonly stderr: string;
}

function spawn(
  settings: Settings,
  args: readonly string[],
  [command = "", ...launch]: readonly string[] = SANDBOX,
): Deno.ChildProcess {
  const inherited = INHERITED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return new Deno.Command(command, {
    args: [...launch, ...args],
    cwd: ROOT,
    clearEnv: true,
    // What one test has seen is no past of another.
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", HISTORY_STORE: "off", ...settings },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/**
 * Runs a command to its end.
 *
 * @param launch As for {@linkcode Program.start}.
 * @throws {Error} If it has not ended after 90 seconds; it is killed then.
 */
export async function runProgram(
  args: readonly string[],
  settings: Settings = {},
  launch?: readonly string[],
): Promise<Finished> {
  const child = spawn(settings, args, launch);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, MOST_RUN_MS);
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  clearTimeout(timer);
  assert(!isLate, `${args.join(" ")} did not end within ${MOST_RUN_MS / 1000} s: ${stderr}`);
  return { code, stdout, stderr };
}

/** A running server. Disposing of it ends the process, however the test went. */
export class Program implements AsyncDisposable {
  /** When the process was started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** The log, line by line as it comes. */
  readonly log: Lines;
  /** The client to ask with; needed where the server has a certificate of its own. */
  client: Deno.HttpClient | undefined;
  /** Standard output, where a server writes nothing. */
  readonly stdout: Lines;
  readonly #child: Deno.ChildProcess;
  #status: Deno.CommandStatus | undefined;
  #origin = "";

  /** Starts the process; {@linkcode Program.start} also waits until it can be asked. */
  constructor(settings: Settings, args: readonly string[], launch?: readonly string[]) {
    this.startedAtMs = Date.now();
    this.#child = spawn({ PORT: "0", ...UNLIMITED, ...settings }, args, launch);
    this.log = new Lines(this.#child.stderr);
    this.stdout = new Lines(this.#child.stdout);
    this.#child.status.then((status) => this.#status = status);
  }

  /**
   * Starts a server on a free port and waits until it is open.
   *
   * @param launch The command and the words before the program's own arguments. Default: those of
   * `deno task start`.
   */
  static async start(
    settings: Settings,
    args: readonly string[] = [],
    launch?: readonly string[],
  ): Promise<Program> {
    const program = new Program(settings, args, launch);
    try {
      program.#origin = await until("the port to be open", () => {
        if (program.#status !== undefined) throw new Error(`It ended: ${program.log.text}`);
        return /(https?:\/\/[^/\s"]+:\d+)\/metrics/.exec(program.log.text)?.[1];
      });
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return program;
  }

  /** Scheme, host and port of the server. */
  get origin(): string {
    return this.#origin;
  }

  /** The port of the server. */
  get port(): number {
    return Number(new URL(this.#origin).port);
  }

  /** Asks the server; follows no redirect. */
  async get(path: string, headers: HeadersInit = {}): Promise<Response> {
    return await fetch(`${this.#origin}${path}`, {
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(MOST_ANSWER_MS),
      ...this.client !== undefined && { client: this.client },
    });
  }

  /** The text of a page. */
  async text(path: string, headers: HeadersInit = {}): Promise<string> {
    return await (await this.get(path, headers)).text();
  }

  /** Waits for the end of the first cycle. */
  async untilStarted(): Promise<void> {
    await until("the first cycle", async () => {
      const response = await this.get("/startupz");
      await response.body?.cancel();
      return response.status === 200;
    });
  }

  /**
   * Waits for lines of the log: they come through a pipe, so an answer may be here before the line
   * that was written ahead of it.
   *
   * @returns All that match, which may be more than were waited for.
   */
  async untilLogged(pattern: RegExp, count = 1): Promise<readonly string[]> {
    return await until(`${count} of ${pattern} in the log`, () => {
      const lines = this.log.matching(pattern);
      return lines.length >= count && lines;
    });
  }

  /** The most memory that the process has had so far, in bytes. */
  async peakBytes(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#child.pid}/status`);
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** How many file descriptors the process has open. */
  async fileCount(): Promise<number> {
    return (await Array.fromAsync(Deno.readDir(`/proc/${this.#child.pid}/fd`))).length;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#kill(signal);
  }

  /** Waits for the end, whether or not its output is read. */
  async code(): Promise<number> {
    return (await until("the process to end", () => this.#status)).code;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Finished> {
    this.#kill(signal);
    const status = await until("the process to end", () => this.#status);
    await Promise.all([this.log.finished, this.stdout.finished]);
    return { code: status.code, stdout: this.stdout.text, stderr: this.log.text };
  }

  /** Ends the process at once if it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill("SIGKILL");
    for (const lines of [this.log, this.stdout]) lines.resume();
    await this.#child.status;
    await Promise.all([this.log.finished, this.stdout.finished]);
  }

  #kill(signal: Deno.Signal): void {
    if (this.#status !== undefined) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It ended by itself a moment ago.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
