/**
 * `deno task bench:access [SECONDS]`: 20,000 lines of access logs a second over TCP to the whole
 * program on the demo's tailnet, while `/metrics` and `/livez` are asked every 100 ms. Linux only.
 *
 * AMD EPYC, 2 vCPU, Deno 2.9.6, the sender on the same machine:
 *
 * |                                  | quiet, 60 s    | both busy in part, 45 s |
 * |----------------------------------|----------------|-------------------------|
 * | lines sent, counted              | 1,200,000      | 900,000 in 55 s         |
 * | processor time, cores            | 0.43           | 0.38                    |
 * | resident memory                  | 226 MB         | 229 MB                  |
 * | `/metrics`, median, p99, maximum | 7, 27, 52 ms   | 12, 245, 534 ms         |
 * | `/livez`, the same               | 2, 26, 60 ms   | 5, 217, 557 ms          |
 *
 * Conclusion: no line is lost over TCP. Where the program does not keep up, the sender waits.
 *
 * @module
 */

import { freePort } from "../e2e/_prometheus.ts";

/** Lines a second, sent in this many parts. */
const RATE = 20_000;
const PARTS = 20;

/** Kernel ticks a second, on every Linux that Deno runs on. */
const TICKS = 100;

/** What `/metrics` and `/livez` took, in milliseconds. */
interface Times {
  readonly metrics: number[];
  readonly live: number[];
}

async function main(seconds: number): Promise<void> {
  const [port, logPort] = [freePort(), freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P", "--no-prompt", "src/main.ts"],
    env: {
      TEST_DEVICES: "demo",
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
    const times: Times = { metrics: [], live: [] };
    const asking = [
      askOften(`${origin}/metrics`, times.metrics, stop.signal),
      askOften(`${origin}/livez`, times.live, stop.signal),
    ];
    const sent = await send(logPort, addresses, seconds);
    const sentMs = performance.now() - startMs;
    const lines = await readLines(origin, sent);
    const tookMs = performance.now() - startMs;
    stop.abort();
    await Promise.all(asking);
    const rss = await readRssMb(program.pid);
    const cores = (await readCpuMs(program.pid) - cpuMs) / tookMs;
    const told = Object.values(lines).reduce((sum, count) => sum + count, 0);
    console.log(
      `sent ${sent} lines in ${(sentMs / 1000).toFixed(1)} s, ` +
        `all taken after ${(tookMs / 1000).toFixed(1)} s`,
    );
    console.log(`outcomes: ${JSON.stringify(lines)}; not told of: ${sent - told}`);
    console.log(`processor: ${cores.toFixed(2)} cores, resident memory: ${rss} MB`);
    for (const [name, all] of Object.entries(times)) console.log(`${name}: ${summary(all)}`);
  } finally {
    program.kill("SIGTERM");
    await program.status;
  }
}

/** Addresses of the demo's devices, once they are known. */
async function readAddresses(origin: string): Promise<readonly string[]> {
  for (;;) {
    try {
      const response = await fetch(`${origin}/analytics/devices`);
      const { devices } = await response.json();
      const addresses = devices.map((device: { addresses: string[] }) => device.addresses[0]);
      if (addresses.length > 0) return addresses;
    } catch {
      // It has not started yet.
    }
    await pause(100);
  }
}

/** Sends lines at the rate, and waits where the program does not keep up; returns their number. */
async function send(port: number, addresses: readonly string[], seconds: number): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const encoder = new TextEncoder();
  const startMs = performance.now();
  let sent = 0;
  for (let part = 0; part < seconds * PARTS; part++) {
    let text = "";
    for (let at = 0; at < RATE / PARTS; at++, sent++) text += lineOf(sent, addresses);
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    await pause(startMs + (part + 1) * 1000 / PARTS - performance.now());
  }
  connection.close();
  return sent;
}

function lineOf(number: number, addresses: readonly string[]): string {
  const address = addresses[number % addresses.length] ?? "";
  const time = new Date().toUTCString().replace(/^..., (..) (...) (....) (.*) GMT$/, "$1/$2/$3:$4");
  return `<190>Oct 21 14:32:15 web shop: ${address} - - [${time} +0000] ` +
    `"GET /api/items/${number % 997}?page=1 HTTP/1.1" 200 5120 "-" ` +
    `"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" 0.005\n`;
}

/** What became of the lines, once all are told of, or none came for a while. */
async function readLines(origin: string, sent: number): Promise<Readonly<Record<string, number>>> {
  for (let last = -1;;) {
    const { lines } = await (await fetch(`${origin}/api/v1/access`)).json();
    const total = Object.values<number>(lines).reduce((sum, count) => sum + count, 0);
    if (total >= sent || total === last) {
      return Object.fromEntries(Object.entries<number>(lines).filter(([, count]) => count > 0));
    }
    last = total;
    await pause(500);
  }
}

async function askOften(url: string, times: number[], stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const startMs = performance.now();
    await (await fetch(url)).bytes();
    times.push(performance.now() - startMs);
    await pause(100);
  }
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

await main(Number(Deno.args[0] ?? 60));
