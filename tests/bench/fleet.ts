/**
 * `deno task bench:fleet`: the whole program against the demo's simulator in a second process,
 * watched from outside. Linux only: it reads /proc, and gives each device an address of its own.
 *
 *     deno task bench:fleet [ROW…]
 *
 * @module
 */

import { V8_FLAGS } from "../../tools/compile.ts";
import type { SimulatorFacts } from "./_simulator.ts";

/** One fleet, and how it is asked. */
interface Row {
  readonly name: string;
  readonly devices: number;
  readonly latencyMs?: number;
  readonly hangingPercent?: number;
  readonly concurrency?: number;
  readonly intervalS: number;
}

const ROWS: readonly Row[] = [
  { name: "100", devices: 100, intervalS: 3 },
  { name: "1000", devices: 1000, intervalS: 5 },
  { name: "10000", devices: 10_000, concurrency: 100, intervalS: 15 },
  { name: "slow", devices: 2000, latencyMs: 100, concurrency: 50, intervalS: 10 },
  { name: "hanging", devices: 1000, latencyMs: 100, hangingPercent: 5, intervalS: 30 },
];

/** Cycles that are watched, after the first. */
const CYCLES = 4;

/** Times a page is fetched. */
const PAGES = 10;

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

interface Usage {
  readonly cpuMs: number;
  readonly rssMb: number;
}

async function usageOf(pid: number): Promise<Usage> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name before it may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS,
    rssMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024,
  };
}

function startDeno(args: readonly string[], env: Record<string, string>): Deno.ChildProcess {
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

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function get(url: string, encoding: string): Promise<Response | undefined> {
  try {
    return await fetch(url, { headers: { "accept-encoding": encoding } });
  } catch {
    // Not listening yet.
    return undefined;
  }
}

/** A sample's value; NaN while there is none. */
function valueOf(page: string, series: string): number {
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

/** Fetches the page some times; the middle one's wall clock, and processor time on average. */
async function fetchPages(url: string, pid: number, encoding: string): Promise<readonly number[]> {
  const walls: number[] = [];
  let cpuMs = 0;
  for (let count = 0; count < PAGES; count++) {
    const before = await usageOf(pid);
    const startMs = performance.now();
    // Another process, so that reading costs ours nothing.
    const { success } = await new Deno.Command("curl", {
      args: ["-s", "-o", "/dev/null", "-H", `accept-encoding: ${encoding}`, url],
    }).output();
    if (!success) throw new Error(`Cannot fetch ${url}`);
    walls.push(performance.now() - startMs);
    cpuMs += (await usageOf(pid)).cpuMs - before.cpuMs;
    await sleep(50);
  }
  return [walls.toSorted((a, b) => a - b)[PAGES >> 1] ?? NaN, cpuMs / PAGES];
}

async function measure(row: Row): Promise<string> {
  const { devices, latencyMs = 0, hangingPercent = 0, concurrency = 50, intervalS } = row;
  const simulator = startDeno(
    [
      "--allow-net",
      "tests/bench/_simulator.ts",
      ...[devices, latencyMs, hangingPercent].map(String),
    ],
    {},
  );
  let program: Deno.ChildProcess | undefined;
  try {
    const facts = await readFacts(simulator);
    const base = `http://127.0.0.1:${freePort()}`;
    const startMs = performance.now();
    program = startDeno(["-P", `--v8-flags=${V8_FLAGS}`, "src/main.ts"], {
      MALLOC_MMAP_THRESHOLD_: "262144",
      ...SETTINGS,
      PORT: new URL(base).port,
      TAILSCALE_API_URL: `http://127.0.0.1:${facts.port}/api/v2`,
      OAUTH_CLIENT_ID: facts.clientId,
      OAUTH_CLIENT_SECRET: facts.clientSecret,
      CLIENT_METRICS_PORT: String(facts.port),
      MAX_CONCURRENT_SCRAPES: String(concurrency),
      SCRAPE_INTERVAL: `${intervalS}s`,
    });
    while ((await scrapedCount(base) ?? -1) < facts.answering) {
      if (performance.now() - startMs > 120_000) {
        throw new Error(`${await scrapedCount(base)} of ${facts.answering} devices were read`);
      }
      await sleep(20);
    }
    await (await get(`${base}/metrics`, "identity"))?.text();
    const fullMs = performance.now() - startMs;
    // The middle of the pause between two cycles.
    await sleep(intervalS * 500);
    const page = await (await get(`${base}/metrics`, "identity"))?.text() ?? "";
    const before = await usageOf(program.pid);
    await sleep(CYCLES * intervalS * 1000);
    const after = await usageOf(program.pid);
    const last = await (await get(`${base}/metrics`, "identity"))?.text() ?? "";
    const duration = 'tsmetrics_scrape_duration_seconds_sum{target="tailscale"}';
    const count = 'tsmetrics_scrape_duration_seconds_count{target="tailscale"}';
    const cycleS = (valueOf(last, duration) - valueOf(page, duration)) /
      (valueOf(last, count) - valueOf(page, count));
    const [wall = NaN, cpu = NaN] = await fetchPages(`${base}/metrics`, program.pid, "identity");
    const [gzip = NaN, gzipCpu = NaN] = await fetchPages(`${base}/metrics`, program.pid, "gzip");
    const end = await usageOf(program.pid);
    const cells = [
      row.name,
      `${facts.answering} of ${devices}`,
      `${fullMs.toFixed(0)} ms`,
      `${cycleS.toFixed(2)} s`,
      `${((after.cpuMs - before.cpuMs) * 1000 / CYCLES / facts.answering).toFixed(0)} µs`,
      `${after.rssMb.toFixed(0)} / ${end.rssMb.toFixed(0)} MB`,
      `${(last.length / 1e6).toFixed(1)} MB`,
      `${wall.toFixed(0)} ms (${cpu.toFixed(0)})`,
      `${gzip.toFixed(0)} ms (${gzipCpu.toFixed(0)})`,
    ];
    return `| ${cells.join(" | ")} |`;
  } finally {
    for (const child of [program, simulator]) {
      child?.kill("SIGKILL");
      await child?.output().catch(() => {});
    }
  }
}

const wanted = Deno.args.length === 0 ? ROWS : ROWS.filter(({ name }) => Deno.args.includes(name));
console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} processors

| row | devices read | start to full page | cycle | CPU a device | RSS before / with pages | page | plain (CPU) | gzip (CPU) |
|---|---|---|---|---|---|---|---|---|`);
for (const row of wanted) console.log(await measure(row));
