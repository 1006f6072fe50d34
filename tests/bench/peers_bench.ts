/**
 * A collection of 10,000 peers, one in ten active and with new byte counts each time: the status
 * read, paths followed, the page brought up to date. Without the HTTP between us and tailscaled.
 *
 * Machine: 2 virtual CPUs of an AMD EPYC, Debian 12, Deno 2.9.6, shared by six busy programs; so
 * processor time is what counts, and the longest stretch is told in it, too.
 * Status: 11.9 MB in chunks of 64 KiB. Page: 161,018 samples, 18.4 MB.
 *
 *                              median        worst of 95, load 7 on the machine
 *     first collection         288-338 ms    453 ms     cold code, every peer decoded and rendered
 *     later collection          67- 75 ms    118-132 ms
 *     its longest stretch        8-  9 ms     16- 28 ms
 *     the same with the young generation at 4 MiB, as the program runs:
 *     later collection          76- 84 ms    175-208 ms, longest stretch 9 ms, 36 at worst
 *
 *     the same over HTTP, from a process beside it:
 *     later collection         110-147 ms    185-256 ms
 *
 * What has changed is what costs: a tenth of the peers takes a quarter of the first collection,
 * of which 35 ms are the status, 10 the paths and 25 the page. The first one, once in the life of
 * the process, is over 150 ms, and rests every 8 ms all the same.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { PeersCollector } from "../../src/collectors/host/peers_collector.ts";
import { StatusPoll } from "../../src/collectors/host/_status_poll.ts";
import { Page } from "../../src/page/mod.ts";
import { TimeSlice } from "../../src/time/slice.ts";
import type { LocalApi } from "../../src/tailscale/local/mod.ts";
import { PeerMemory } from "../../src/tailscale/local/peer_memory.ts";
import { decodeStatus } from "../../src/tailscale/local/status.ts";
import { benchStatus } from "./_status.ts";

const PEER_COUNT = 10_000;
const CHUNK_BYTES = 64 * 1024;
/** Statuses that follow each other; one peer in ten says something new in each. */
const STATUSES = Array.from({ length: 4 }, (_, cycle) => benchStatus(PEER_COUNT, cycle));

/** The longest stretch between two pauses, in milliseconds of the processor. */
let longestMs = 0;
let sinceMs = cpuMs();

function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

async function pause(): Promise<void> {
  longestMs = Math.max(longestMs, cpuMs() - sinceMs);
  await new Promise((resolve) => setTimeout(resolve, 0));
  sinceMs = cpuMs();
}

/** What a connection brings. */
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield await Promise.resolve(bytes.subarray(at, at + CHUNK_BYTES));
  }
}

/** How many collections there were so far. */
let collections = 0;

/** A collector and its tailscaled, which answers the statuses in turn. */
function makeCollector() {
  const memory = new PeerMemory();
  let cycle = 0;
  const status = () => {
    const bytes = STATUSES[cycle++ % STATUSES.length] ?? new Uint8Array();
    return decodeStatus(chunksOf(bytes), { memory, pause });
  };
  const local: Pick<
    LocalApi,
    "derpMap" | "isEmbedded" | "isOwnNode" | "prefs" | "status" | "supports"
  > = {
    isEmbedded: false,
    isOwnNode: false,
    status,
    supports: () => false,
    derpMap: () => Promise.resolve(new Map()),
    prefs: () => Promise.reject(new Error("not supported")),
  };
  const quiet = () => {};
  const startMs = Date.UTC(2026, 10, 21, 4, 30);
  // Half a minute from one collection to the next, so that each asks anew.
  const elapsed = () => collections * 30_000 + performance.now();
  const slice = new TimeSlice({ elapsed, pause });
  const now = () => startMs + collections * 30_000;
  return new PeersCollector({
    local,
    poll: new StatusPoll({ local, intervalMs: 30_000, now, elapsed, slice }),
    slice,
    findDevice: (nodeId) => ({ id: nodeId }),
    intervalMs: 30_000,
    elapsed,
    log: { debug: quiet, info: quiet, warning: quiet, error: quiet },
  });
}

/** What a cycle took: all of it, and its longest stretch, in milliseconds of the processor. */
type Cost = readonly [totalMs: number, longestMs: number];

/** Runs one cycle. */
async function measure(collector: PeersCollector): Promise<Cost> {
  const beforeMs = cpuMs();
  longestMs = 0;
  sinceMs = cpuMs();
  collections++;
  await collector.collect(new AbortController().signal);
  longestMs = Math.max(longestMs, cpuMs() - sinceMs);
  return [cpuMs() - beforeMs, longestMs];
}

/** Median and maximum. */
function describe(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]?.toFixed(0)} ms, at most ${sorted.at(-1)?.toFixed(0)}`;
}

Deno.bench("100 collections of 10,000 peers", { n: 1, warmup: 0 }, async () => {
  const [firsts, laters]: [Cost[], Cost[]] = [[], []];
  let size = "";
  for (let round = 0; round < 5; round++) {
    const collector = makeCollector();
    firsts.push(await measure(collector));
    for (let cycle = 1; cycle < 20; cycle++) laters.push(await measure(collector));
    const page = new Page([collector.section]).view();
    size = `${page.sampleCount} samples, ${(page.byteLength("text") / 1e6).toFixed(1)} MB`;
  }
  for (const [name, costs] of [["first", firsts], ["later", laters]] as const) {
    const total = describe(costs.map(([totalMs]) => totalMs));
    const stretch = describe(costs.map(([, stretchMs]) => stretchMs));
    console.error(`${name} collection: ${total}; longest stretch: ${stretch}; ${size}`);
  }
});
