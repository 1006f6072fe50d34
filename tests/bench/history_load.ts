/**
 * `deno task bench:history [without] [with]`: what 30 days of history cost a program with 10,000
 * devices. The program runs on the demo's fleet with `HISTORY=off`, and with a past of 30 days in
 * its store. Of both: resident memory and the price of `/metrics`; of the second: how long the
 * requests of the page take over HTTP, while cycles go on. Linux only.
 *
 * @module
 */

import { makeDenoDir } from "../e2e/_host.ts";
import type { PastOptions } from "./_past.ts";
import { type Cost, fetchPages } from "./_fetch.ts";
import {
  get,
  type Row,
  run,
  type Running,
  sleep,
  startDeno,
  usageOf,
  valueOf,
} from "./_process.ts";
import type { SimulatorFacts } from "./_simulator.ts";

/** Readings of the memory, one a second; the middle one counts. */
const READINGS = 7;

/** Events that the past must have left, of the 10,000 that are written. */
const PAST_EVENTS = 9_000;

/** How often each request of the page is made, and the pause after it. */
const ROUNDS = 20, PAUSE_MS = 25;

/** What the page asks for; `{id}` is a device. `devices?limit=1000` is followed page by page. */
const REQUESTS: readonly string[] = [
  "summary",
  "devices?limit=1000",
  "devices?critical=true&sort=-online&limit=24",
  "devices?limit=100&sort=-last_seen&problem=any",
  "devices?limit=100&q=web",
  "devices/{id}",
  "events?limit=100",
  "events?limit=100&type=node_offline&q=node-1",
  "online?days=30",
  "alerts",
  "exporter",
];

/** One run. */
interface Measured {
  readonly devices: number;
  readonly rssMb: number;
  readonly plain: Cost;
  readonly gzip: Cost;
  /** Milliseconds of each request, by its path. */
  readonly times: ReadonlyMap<string, readonly number[]>;
}

async function main(names: readonly string[]): Promise<void> {
  const fleet = { devices: 10_000, isFull: true, concurrency: 100, intervalS: 15 };
  const row: Row = { name: "history", ...fleet };
  await using denoDir = await makeDenoDir();
  const env = { DENO_DIR: denoDir.path };
  console.log(`Deno ${Deno.version.deno}

| history | devices | RSS | \`/metrics\`, plain (CPU) | gzip (CPU) |
|---------|---------|-----|--------------------------|------------|`);
  if (names.includes("without")) {
    const settings = { ...env, HISTORY: "off" };
    const measured = await run(row, (running) => measure(row, running, []), { settings });
    console.log(rowOf("off", measured));
  }
  if (!names.includes("with")) return;
  const measured = await run(row, (running) => measureWhole(row, running), {
    settings: { ...env, HISTORY_STORE: "on" },
    prepare: (facts) => writePast(facts, denoDir.path),
  });
  console.log(rowOf("30 days", measured));
  printTimes(measured.times);
}

/** Writes the past of the simulator's devices. */
async function writePast({ ids, port }: SimulatorFacts, denoDir: string): Promise<void> {
  const options: PastOptions = { storeName: `127.0.0.1:${port} -`, tailnet: "-", ids };
  // 10,000 ids are too long for an argument.
  const file = `${denoDir}/past.json`;
  await Deno.writeTextFile(file, JSON.stringify(options));
  const args = [`--allow-read=${file}`, "tests/bench/_past.ts", file];
  const child = startDeno(args, { DENO_DIR: denoDir });
  const { success } = await child.output();
  if (!success) throw new Error("Cannot write the past");
}

async function measureWhole(row: Row, running: Running): Promise<Measured> {
  const measured = await measure(row, running, REQUESTS);
  const page = await (await get(running.url, "identity"))?.text() ?? "";
  const events = valueOf(page, "tsmetrics_history_kept_events");
  // Without its past, nothing of it is measured.
  if (!(events >= PAST_EVENTS)) throw new Error(`The program kept ${events} events of the past`);
  return measured;
}

async function measure(
  row: Row,
  { answering, pid, url }: Running,
  requests: readonly string[],
): Promise<Measured> {
  // A cycle that finds all as it was.
  await sleep(row.intervalS * 1000);
  const readings: number[] = [];
  for (let at = 0; at < READINGS; at++) {
    readings.push((await usageOf(pid)).rssMb);
    await sleep(1000);
  }
  const times = await ask(new URL("/api/v1/", url), requests);
  return {
    devices: answering,
    rssMb: quantile(readings, 0.5),
    plain: await fetchPages(url, pid, "identity"),
    gzip: await fetchPages(url, pid, "gzip"),
    times,
  };
}

/** Makes the requests in turns, one at a time, so that cycles fall on each of them. */
async function ask(base: URL, requests: readonly string[]): Promise<Measured["times"]> {
  const times = new Map<string, number[]>(requests.map((request) => [request, []]));
  if (requests.length === 0) return times;
  const { devices } = await (await fetch(new URL("devices?limit=1000", base))).json();
  const ids: readonly string[] = devices.map((device: { id: string }) => device.id);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [request, list] of times) {
      let path = request.replace("{id}", encodeURIComponent(ids[round * 7 % ids.length] ?? ""));
      for (let cursor: string | null = null;;) {
        const target = new URL(cursor === null ? path : `${path}&cursor=${cursor}`, base);
        const startMs = performance.now();
        const response = await fetch(target);
        const bytes = await response.bytes();
        list.push(performance.now() - startMs);
        if (!response.ok) throw new Error(`Cannot ask for ${target}: status ${response.status}`);
        await sleep(PAUSE_MS);
        if (!request.endsWith("limit=1000")) break;
        ({ next: cursor } = JSON.parse(new TextDecoder().decode(bytes)));
        if (cursor === null) break;
        path = request;
      }
    }
  }
  return times;
}

function rowOf(name: string, { devices, gzip, plain, rssMb }: Measured): string {
  return `| ${name} | ${devices} | ${rssMb.toFixed(0)} MB | ${ms(plain)} | ${ms(gzip)} |`;
}

function printTimes(times: Measured["times"]): void {
  console.log(`
| request of the page | requests | median | p95 | maximum |
|---------------------|----------|--------|-----|---------|`);
  const all = [...times.values()].flat();
  for (const [request, list] of [...times, ["all of them", all] as const]) {
    const at = [0.5, 0.95, 1].map((part) => `${quantile(list, part).toFixed(1)} ms`);
    console.log(`| \`${request}\` | ${list.length} | ${at.join(" | ")} |`);
  }
}

function ms({ cpuMs, wallMs }: Cost): string {
  return `${wallMs.toFixed(0)} ms (${cpuMs.toFixed(0)})`;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? NaN;
}

await main(Deno.args.length === 0 ? ["without", "with"] : Deno.args);
