/**
 * `deno task bench:access [SECONDS] [--fleet=demo:1000] [--every=MS] [--flood]`: 20,000 lines of
 * access logs a second over TCP to the whole program on a fleet of the demo, while `/metrics`,
 * plain and compressed, is asked every 100 ms, and `/livez`. `--flood` sends all lines at once,
 * more than the queue holds. Linux only. Fails if a line is lost without being counted.
 *
 * AMD EPYC, 2 vCPU, Deno 2.9.6, the sender on the same machine, 60 s and the larger fleets 15 s:
 *
 * |                             | demo           | demo:1000   | demo:10000, every 500 ms |
 * |-----------------------------|----------------|-------------|--------------------------|
 * | lines sent, counted         | 1,200,000      | 300,000     | 300,000                  |
 * | processor time, cores       | 0.43           | 0.71        | 0.59                     |
 * | resident memory             | 226 MB         | 338 MB      | 545 MB                   |
 * | page                        | 0.4 MB         | 8.9 MB      | 61.5 MB                  |
 * | median, p99, maximum in ms: |                |             |                          |
 * | `/metrics`                  |                | 11, 32, 42  | 42, 74, 386              |
 * | the same, gzip              | 7, 27, 52      | 15, 40, 101 | 37, 79, 311              |
 * | `/livez`                    | 2, 26, 60      | 3, 27, 37   | 5, 42, 229               |
 *
 * A flood of 200,000 lines: 128,764 counted and 71,236 dropped after 3.2 s, none lost otherwise;
 * `/livez` 2, 76, 199 ms.
 *
 * Conclusion: where the program does not keep up, the sender waits. Only many connections that
 * send short lines at once overfill the queue, and what finds no room is counted.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { freePort } from "../_support/free_port.ts";
import { flood, send } from "./_access_sender.ts";
import { sleep } from "./_process.ts";

/** Kernel ticks a second, on every Linux that Deno runs on. */
const TICKS = 100;

/** How long a fleet may take until its first cycle has ended, in milliseconds. */
const START_MS = 60_000;

/** What to run. */
interface Load {
  readonly seconds: number;
  /** A fleet of the demo. */
  readonly fleet: string;
  /** Milliseconds from one answer to the next request. */
  readonly everyMs: number;
  /** Whether lines come faster than the queue can take them. */
  readonly isFlood: boolean;
}

function readLoad(args: string[]): Load {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      fleet: { type: "string", default: "demo" },
      every: { type: "string", default: "100" },
      flood: { type: "boolean", default: false },
    },
  });
  return {
    seconds: Number(positionals[0] ?? 60),
    fleet: values.fleet,
    everyMs: Number(values.every),
    isFlood: values.flood,
  };
}

async function main({ everyMs, fleet, isFlood, seconds }: Load): Promise<number> {
  const [port, logPort] = [freePort(), freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P", "--no-prompt", "src/main.ts"],
    env: {
      TEST_DEVICES: fleet,
      PORT: String(port),
      BIND_HOST: "127.0.0.1",
      ACCESS_LISTEN: `127.0.0.1:${logPort}`,
      HISTORY_STORE: "off",
      RATE_LIMIT_RPS: "1000",
      RATE_LIMIT_BURST: "1000",
      LOG_LEVEL: "error",
    },
  }).spawn();
  try {
    const addresses = await readAddresses(origin);
    const startMs = performance.now();
    const cpuMs = await readCpuMs(program.pid);
    const stop = new AbortController();
    const at = { port, everyMs, stop: stop.signal };
    const times = {
      "/metrics": askOften({ ...at, path: "/metrics", encoding: "identity" }),
      "/metrics, gzip": askOften({ ...at, path: "/metrics", encoding: "gzip" }),
      "/livez": askOften({ ...at, path: "/livez", encoding: "identity", everyMs: 100 }),
    };
    const sent = isFlood
      ? await flood(logPort, addresses, seconds)
      : await send(logPort, addresses, seconds);
    const sentMs = performance.now() - startMs;
    const lines = await readLines(origin, sent);
    const tookMs = performance.now() - startMs;
    stop.abort();
    const cores = (await readCpuMs(program.pid) - cpuMs) / tookMs;
    const rss = await readRssMb(program.pid);
    const lost = sent - sumOf(lines);
    const page = await (await fetch(`${origin}/metrics`)).bytes();
    console.log(
      `${fleet}: sent ${sent} lines in ${(sentMs / 1000).toFixed(1)} s, ` +
        `all taken after ${(tookMs / 1000).toFixed(1)} s`,
    );
    console.log(`outcomes: ${JSON.stringify(lines)}`);
    console.log(`lost without being counted: ${lost}`);
    console.log(`processor: ${cores.toFixed(2)} cores, resident memory: ${rss} MB`);
    console.log(`page: ${(page.length / 1e6).toFixed(1)} MB`);
    for (const [name, all] of Object.entries(times)) console.log(`${name}: ${summary(await all)}`);
    return lost === 0 ? 0 : 1;
  } finally {
    program.kill("SIGTERM");
    await program.status;
  }
}

/** Addresses of the demo's devices, once the first cycle has ended. */
async function readAddresses(origin: string): Promise<readonly string[]> {
  for (const startMs = performance.now(); performance.now() - startMs < START_MS;) {
    try {
      const { ok } = await fetch(`${origin}/startupz`);
      const { devices } = await (await fetch(`${origin}/analytics/devices`)).json();
      const addresses = devices.map((device: { addresses: string[] }) => device.addresses[0]);
      if (ok && addresses.length > 0) return addresses;
    } catch {
      // It has not started yet.
    }
    await sleep(100);
  }
  throw new Error(`The program did not end its first cycle within ${START_MS / 1000} s`);
}

/** Lines by what became of them. */
type Outcomes = Readonly<Record<string, number>>;

/** What became of the lines, once all are told of, or none came for a while. */
async function readLines(origin: string, wanted: number): Promise<Outcomes> {
  for (let last = -1;;) {
    const lines = await linesOf(origin);
    const total = sumOf(lines);
    if (total >= wanted || total === last) return lines;
    last = total;
    await sleep(1_000);
  }
}

async function linesOf(origin: string): Promise<Outcomes> {
  const { lines } = await (await fetch(`${origin}/api/v1/access`)).json();
  return Object.fromEntries(Object.entries<number>(lines).filter(([, count]) => count > 0));
}

function sumOf(lines: Outcomes): number {
  return Object.values(lines).reduce((sum, count) => sum + count, 0);
}

/** What is asked for again and again. */
interface Question {
  readonly port: number;
  readonly path: string;
  readonly encoding: string;
  readonly everyMs: number;
  readonly stop: AbortSignal;
}

/** Asks until it is stopped; what each answer took, in milliseconds. */
async function askOften(question: Question): Promise<readonly number[]> {
  const times: number[] = [];
  const buffer = new Uint8Array(1024 * 1024);
  while (!question.stop.aborted) {
    const startMs = performance.now();
    await readAll(question, buffer);
    times.push(performance.now() - startMs);
    await sleep(question.everyMs);
  }
  return times;
}

/** Reads an answer to its end and throws it away: reading into memory would take longer. */
async function readAll({ encoding, path, port }: Question, buffer: Uint8Array): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
    `Accept-Encoding: ${encoding}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  while (await connection.read(buffer) !== null);
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `median ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ms of ${sorted.length}`;
}

async function readCpuMs(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS;
}

async function readRssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

Deno.exit(await main(readLoad([...Deno.args])));
