/**
 * What it costs to tell the changes between two snapshots of 10,000 devices.
 *
 * AMD EPYC, 2 vCPU shared with others, Deno 2.9.6; the fastest of each:
 *
 * |                            | 10,000 devices |
 * |----------------------------|----------------|
 * | nothing changed            | 0.4 ms         |
 * | every device scraped again | 0.9 ms         |
 * | the list turned round      | 2.2 ms         |
 * | every device measured anew | 5.3 ms         |
 * | every device went offline  | 1.5 ms         |
 *
 * Conclusion: identity makes an unchanged fleet nearly free; a device whose object is another one
 * costs half a microsecond.
 *
 * @module
 */

import { TailnetRecord } from "../../src/facts/tailnet_record.ts";
import { createDeviceKey } from "../../src/facts/device_key.ts";
import { PENDING } from "../../src/facts/device_scrape.ts";
import { tailnetChanges } from "../../src/facts/tailnet_changes.ts";
import type { KnownDevice, TailnetFacts } from "../../src/facts/tailnet_facts.ts";
import { makeFullDevice } from "../devices/_device.ts";

const keyOf = createDeviceKey("example.com");
const NOW_MS = 1_769_904_000_000;

function makeDevices(): readonly KnownDevice[] {
  return Array.from({ length: 10_000 }, (_, at) => {
    const device = makeFullDevice({ id: `${at}` });
    return { key: keyOf(device.id), device, isOnline: true };
  });
}

/** A snapshot of a list, each device of it scraped at a time of its own. */
function snapshot(devices: readonly KnownDevice[], successMs: number): TailnetFacts {
  const record = new TailnetRecord({
    tailnet: "example.com",
    staleAfterMs: 300_000,
    now: () => NOW_MS,
    elapsed: () => NOW_MS,
  });
  record.listed({ devices, all: devices, rejected: [], atMs: NOW_MS, elapsedMs: 0 });
  for (const { key } of devices) {
    record.setScrape(key, { ...PENDING, state: "up", lastSuccessMs: successMs });
  }
  return record.snapshot();
}

const devices = makeDevices();
const before = snapshot(devices, NOW_MS);
const asBefore = { ...before, listing: before.listing && { ...before.listing } };
const scrapedAgain = snapshot(devices, NOW_MS + 30_000);
const reordered = snapshot(devices.toReversed(), NOW_MS);
const seenAgain = snapshot(
  devices.map((one) => ({ ...one, device: { ...one.device, lastSeenSeconds: 7 } })),
  NOW_MS,
);
const offline = snapshot(devices.map((one) => ({ ...one, isOnline: false })), NOW_MS);

Deno.bench("tailnetChanges(), nothing changed", { group: "facts", baseline: true }, async () => {
  await tailnetChanges(before, asBefore);
});

Deno.bench("tailnetChanges(), every device scraped again", { group: "facts" }, async () => {
  await tailnetChanges(before, scrapedAgain);
});

Deno.bench("tailnetChanges(), the list turned round", { group: "facts" }, async () => {
  await tailnetChanges(before, reordered);
});

Deno.bench("tailnetChanges(), every device measured anew", { group: "facts" }, async () => {
  await tailnetChanges(before, seenAgain);
});

Deno.bench("tailnetChanges(), every device went offline", { group: "facts" }, async () => {
  await tailnetChanges(before, offline);
});
