/**
 * Reading a status of 10,000 peers, one in ten active, as one call of the LocalAPI gives it.
 *
 * Machine: 2 virtual CPUs of an AMD EPYC, Debian 12, Deno 2.9.6, both busy with other programs.
 * Status: 11.9 MB, indented by tabs as tailscaled does, in chunks of 64 KiB.
 *
 *                                             best    mean
 *     JSON.parse alone, in one block         31 ms    35 to 57 ms, up to 105 ms
 *     MemberSplitter alone                   24 ms    27 to 40 ms
 *     decodeStatus()                        104 ms   130 to 170 ms, pauses included
 *     processor time of decodeStatus()      102 ms   120 ms, garbage collection included
 *     longest block of decodeStatus()                  9 to 15 ms, 27 ms once
 *
 * Three times the processor time of one JSON.parse buys decoded peers, bad ones told from good
 * ones, and an event loop that is held for a quarter of the time at most.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { decodeStatus } from "../../src/tailscale/local/status.ts";
import { MemberSplitter } from "../../src/json/splitter.ts";
import { benchStatus } from "./_status.ts";

const PEER_COUNT = 10_000;
/** What a connection brings at a time. */
const CHUNK_BYTES = 64 * 1024;

const BYTES = benchStatus(PEER_COUNT);

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < BYTES.length; at += CHUNK_BYTES) {
    yield await Promise.resolve(BYTES.subarray(at, at + CHUNK_BYTES));
  }
}

/** The longest time that nothing else could run. */
let longestMs = 0;

/** Turns of the event loop, measured between pauses. */
async function measured(): Promise<void> {
  let sinceMs = performance.now();
  const note = () => longestMs = Math.max(longestMs, performance.now() - sinceMs);
  const status = await decodeStatus(chunks(), {
    async pause() {
      note();
      await new Promise((resolve) => setTimeout(resolve, 0));
      sinceMs = performance.now();
    },
  });
  note();
  if (status.peers.length !== PEER_COUNT) throw new Error("Peers are missing");
}

Deno.bench("JSON.parse alone, in one block", { group: "10,000 peers", baseline: true }, () => {
  JSON.parse(new TextDecoder().decode(BYTES));
});

Deno.bench("MemberSplitter alone", { group: "10,000 peers" }, () => {
  let count = 0;
  const splitter = new MemberSplitter(["Peer", "User"], { begin() {}, member: () => void count++ });
  for (let at = 0; at < BYTES.length; at += CHUNK_BYTES) {
    splitter.push(BYTES.subarray(at, at + CHUNK_BYTES));
  }
  splitter.finish();
  if (count !== PEER_COUNT + 500) throw new Error("Peers are missing");
});

Deno.bench("decodeStatus()", { group: "10,000 peers", n: 20, warmup: 3 }, async () => {
  await measured();
});

Deno.bench("decodeStatus() ten times", { group: "cost", n: 1, warmup: 0 }, async () => {
  const before = cpuUsage();
  for (let run = 0; run < 10; run++) await measured();
  const { user, system } = cpuUsage(before);
  console.error(
    `${(BYTES.length / 1e6).toFixed(1)} MB; processor ${
      ((user + system) / 10_000).toFixed(0)
    } ms ` +
      `a status, garbage collection included; longest block ${longestMs.toFixed(1)} ms`,
  );
});
