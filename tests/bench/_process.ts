/**
 * The program and the simulator, each as a process of its own, and how they are watched from
 * outside. Linux only: it reads `/proc`. What is measured is `fleet.ts`'s and `_churn.ts`'s.
 *
 * @module
 */

import { bundleProgram } from "../../tools/bundle.ts";
import { V8_FLAGS } from "../../tools/compile.ts";
import { freePort } from "../_support/free_port.ts";
import type { SimulatorFacts, SimulatorOptions } from "./_simulator.ts";

/** One fleet, and how it is asked. */
export interface Row extends SimulatorOptions {
  /** What it is called on the command line. */
  readonly name: string;
  /** Concurrent scrapes. Default: 50. */
  readonly concurrency?: number;
  /** From one cycle to the next, in seconds. */
  readonly intervalS: number;
}

/** A program that has read all of its fleet. */
export interface Running {
  /** Its process. */
  readonly pid: number;
  /** Its page. */
  readonly url: string;
  /** How many devices answer. */
  readonly answering: number;
  /** From its start to the first page of all devices. */
  readonly fullMs: number;
}

/** What a process has taken. */
export interface Usage {
  /** Processor time since its start. */
  readonly cpuMs: number;
  /** Resident memory now, in MiB. */
  readonly rssMb: number;
  /** The most it has been. */
  readonly peakMb: number;
}

/** What is the case for every run. */
const SETTINGS: Readonly<Record<string, string>> = {
  SCRAPE_ALLOW_CIDRS: "127.64.0.0/10",
  SCRAPE_TAG: "",
  BIND_HOST: "127.0.0.1",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
  LOG_LEVEL: "error",
};

/** Kernel ticks a second, on every Linux that Deno runs on. */
const TICKS = 100;

/** The program, bundled as an executable holds it. */
let bundled: Promise<string> | undefined;

/** How one run differs from the others. */
export interface RunOptions {
  /** Further settings of the program. Default: none. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Is called before the program starts. Default: nothing is done. */
  readonly prepare?: (facts: SimulatorFacts) => Promise<void>;
}

/** Runs the program on the row's fleet, and ends both when `watch` is over. */
export async function run<Result>(
  row: Row,
  watch: (running: Running) => Promise<Result>,
  { prepare, settings = {} }: RunOptions = {},
): Promise<Result> {
  const entry = await (bundled ??= bundleProgram(".tmp/bench"));
  const simulator = startDeno(
    ["--allow-net", "tests/bench/_simulator.ts", JSON.stringify(row)],
    {},
  );
  let program: Deno.ChildProcess | undefined;
  try {
    const facts = await readFacts(simulator);
    await prepare?.(facts);
    const base = `http://127.0.0.1:${freePort()}`;
    const startMs = performance.now();
    program = startDeno(["-P", `--v8-flags=${V8_FLAGS}`, entry], {
      MALLOC_ARENA_MAX: "1",
      MALLOC_MMAP_THRESHOLD_: "262144",
      ...SETTINGS,
      ...settings,
      PORT: new URL(base).port,
      TAILSCALE_API_URL: `http://127.0.0.1:${facts.port}/api/v2`,
      OAUTH_CLIENT_ID: facts.clientId,
      OAUTH_CLIENT_SECRET: facts.clientSecret,
      CLIENT_METRICS_PORT: String(facts.port),
      MAX_CONCURRENT_SCRAPES: String(row.concurrency ?? 50),
      SCRAPE_INTERVAL: `${row.intervalS}s`,
    });
    while ((await scrapedCount(base) ?? -1) < facts.answering) {
      if (performance.now() - startMs > 120_000) {
        throw new Error(`${await scrapedCount(base)} of ${facts.answering} devices were read`);
      }
      await sleep(20);
    }
    const url = `${base}/metrics`;
    await (await get(url, "identity"))?.text();
    const fullMs = performance.now() - startMs;
    return await watch({ pid: program.pid, url, answering: facts.answering, fullMs });
  } finally {
    for (const child of [program, simulator]) {
      child?.kill("SIGKILL");
      await child?.output().catch(() => {});
    }
  }
}

/** What a process has taken so far. */
export async function usageOf(pid: number): Promise<Usage> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name before it may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS,
    rssMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024,
    peakMb: Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024,
  };
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** An answer of the program; undefined while it does not listen yet. */
export async function get(url: string, encoding: string): Promise<Response | undefined> {
  try {
    return await fetch(url, { headers: { "accept-encoding": encoding } });
  } catch {
    return undefined;
  }
}

/** A sample's value; NaN while there is none. */
export function valueOf(page: string, series: string): number {
  const start = page.indexOf(`\n${series} `);
  const end = page.indexOf("\n", start + 1);
  return start === -1 ? NaN : Number(page.slice(start + series.length + 2, end));
}

/** How many devices have been read, by the report for everybody; undefined while unknown. */
async function scrapedCount(base: string): Promise<number | undefined> {
  const response = await get(`${base}/health`, "identity");
  const report: unknown = await response?.json();
  const count = (report as { readonly devices_scraped?: unknown } | undefined)?.devices_scraped;
  return typeof count === "number" ? count : undefined;
}

/** Runs a script of this project, or the program. */
export function startDeno(args: readonly string[], env: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", ...args],
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
}

async function readFacts(child: Deno.ChildProcess): Promise<SimulatorFacts> {
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.endsWith("\n")) return JSON.parse(text);
  }
  throw new Error("Cannot start the simulator: it ended");
}
