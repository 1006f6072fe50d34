/**
 * Sending the page of 10,000 devices over a connection to a reader in another thread, and for how
 * long it keeps the event loop from anything else.
 *
 * Machine: 2 virtual CPUs of an AMD EPYC, Debian 12, Deno 2.9.6, other programs running.
 * Page: 610,000 samples, 71 MB.
 *
 *                                                   best     mean   lag
 *     plain                                      23.2 ms  29.4 ms   1.2 ms
 *     plain, a device of each tile is new                           1.3 ms
 *     gzip, after a cycle                        74.4 ms  76.1 ms   2.8 ms
 *     gzip, again                                 2.9 ms   5.1 ms   0.2 ms
 *     a cycle: 10,000 pages relabelled and set    167 ms   172 ms
 *     the same, relabelled only                   116 ms   122 ms
 *
 * Lag is the longest pause of a timer of 1 ms, the least of seven pages; it is 1.3 ms where nothing
 * is sent, and was 4 to 8 ms with three other programs on each processor. Pieces of 64 KiB to 1 MiB
 * are sent equally fast, so that they are 256 KiB. Keeping lines family by family costs a cycle
 * less than 5 µs a device.
 *
 * @module
 */

import { type Label, Relabeler } from "../../src/exposition/mod.ts";
import { Page, Section } from "../../src/page/mod.ts";
import { createMetricsAnswer } from "../../src/http/metrics.ts";
import { fixtureText } from "../_support/fixture.ts";
import type { ReadRequest } from "./_reader.ts";

const DEVICES = 10_000;

const text = fixtureText("pages/usermetrics-peer-relay-server.txt") +
  ["in", "out"].flatMap((way) =>
    Array.from(
      { length: 13 },
      (_, at) =>
        `tailscaled_serve_${way}bound_bytes_total{service="svc:web-${10 + at}"} ${at * 1000}\n`,
    )
  ).join("");
const devicePage = new TextEncoder().encode(text);
const section = new Section([]);
const relabeler = new Relabeler(section.families);

/** Sets the page of one device anew. */
function setDevice(device: number): void {
  const labels: readonly Label[] = [
    ["device_id", String(4200000000000000 + device)],
    ["device_name", `node-${device}`],
  ];
  section.set(String(device), relabeler.relabel(devicePage, labels).block);
}

for (let device = 0; device < DEVICES; device++) setDevice(device);

const page = new Page([section]);
const answer = createMetricsAnswer({ page: { view: () => page.view() } });
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request) => answer(request, { hostname: "127.0.0.1" }),
);
server.unref();

const worker = new Worker(import.meta.resolve("./_reader.ts"), { type: "module" });

/** One page, sent to its end; how many bytes came. */
function send(encoding: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
  const request: ReadRequest = { port: server.addr.port, encoding };
  worker.postMessage(request);
  return promise;
}

/** The longest time for which the event loop did nothing else while a page was sent. */
async function lagOf(work: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  await work();
  clearInterval(timer);
  return longest;
}

/** The least of seven, since other programs are running. */
async function leastLag(work: () => Promise<unknown>, prepare = () => {}): Promise<string> {
  let least = Infinity;
  for (let round = 0; round < 7; round++) {
    prepare();
    least = Math.min(least, await lagOf(work));
  }
  return `${least.toFixed(1)} ms`;
}

let round = 0;

/** A whole cycle: every device is set, in order. */
function setAll(): void {
  for (let device = 0; device < DEVICES; device++) setDevice(device);
}

/** The worst that can be: one device of every tile is new. */
function setSome(): void {
  round += 1;
  for (let device = round; device < DEVICES; device += 300) setDevice(device);
}

const plain = () => send("identity");
const gzip = () => send("gzip");
console.error(`${page.view().sampleCount} samples, lag of the event loop:`, {
  "nothing is sent": await leastLag(() => new Promise((resolve) => setTimeout(resolve, 60))),
  plain: await leastLag(plain),
  "plain, all tiles stale": await leastLag(plain, setSome),
  "gzip, after a cycle": await leastLag(gzip, setAll),
  "gzip, again": await leastLag(gzip),
});

Deno.bench("plain", { group: "send", baseline: true }, async () => {
  await send("identity");
});

Deno.bench("gzip, again", { group: "send" }, async () => {
  await send("gzip");
});

Deno.bench("gzip, after a cycle", { group: "send" }, async (b) => {
  setAll();
  b.start();
  await send("gzip");
  b.end();
});

Deno.bench("a cycle: 10,000 pages relabelled and set", { group: "cycle" }, () => {
  setAll();
});

Deno.bench("the same, relabelled only", { group: "cycle", baseline: true }, () => {
  for (let device = 0; device < DEVICES; device++) relabeler.relabel(devicePage, []);
});
