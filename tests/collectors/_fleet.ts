/**
 * A fleet of devices that answer as a test says, with the collector that scrapes it.
 *
 * @module
 */

import type { ScrapeCollectorOptions } from "../../src/collectors/_scrape_options.ts";
import { ScrapeCollector } from "../../src/collectors/scrape_collector.ts";
import { PageRelay, type RelayLimits } from "../../src/collectors/_page_relay.ts";
import { createAddressCheck } from "../../src/devices/address_check.ts";
import { DeviceBackoff } from "../../src/devices/device_backoff.ts";
import { Inventory } from "../../src/devices/inventory.ts";
import { TargetChooser } from "../../src/devices/target.ts";
import { ApiError, ScrapeError } from "../../src/errors.ts";
import type { StateCounts } from "../../src/facts/device_scrape.ts";
import { deviceIdOf } from "../../src/facts/device_key.ts";
import { devicesOf } from "../../src/facts/tailnet_facts.ts";
import type { Section } from "../../src/page/mod.ts";
import type { Device } from "../../src/control/device.ts";
import { makeDevice, makeRecord } from "../devices/_device.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { KeptLog } from "./_golden.ts";

/** A signal that is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;
/** A device's default answer. */
export const PAGE = "# TYPE tailscaled_approved_routes gauge\ntailscaled_approved_routes 3\n";

/** What a device answers: a page, an error, or whatever a function makes of it. */
type Answer = string | Error | (() => Promise<string>);

/** A device that is to be scraped. */
export function exporterDevice(id: string, fields: Partial<Device> = {}): Device {
  return makeDevice({
    id,
    name: `node-${id}.tail0001.ts.net`,
    addresses: [`100.64.0.${id}`],
    tags: ["tag:exporter"],
    connectedToControl: true,
    ...fields,
  });
}

/** A fleet; `learn` refreshes the list, `cycle` does and then collects once. */
export async function makeFleet(options: Partial<ScrapeCollectorOptions & RelayLimits> = {}) {
  const clock = new FakeClock();
  const log = new KeptLog();
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const told: string[] = [];
  const counted: StateCounts[] = [];
  const gone: string[] = [];
  let devices: readonly Device[] | Error = [];
  const { now, elapsed } = clock;
  const record = makeRecord({ now, elapsed });
  const inventory = new Inventory({
    api: {
      listDevices: () =>
        devices instanceof Error
          ? Promise.reject(devices)
          : Promise.resolve({ devices, rejected: [] }),
    },
    filter: () => true,
    record,
    now,
    elapsed,
  });
  const relay = new PageRelay({
    ...options,
    samplesDropped: (reason, samples) => told.push(`dropped ${samples} ${reason}`),
    log,
  });
  const collector = new ScrapeCollector({
    record,
    relay,
    chooser: new TargetChooser({
      scrapeTag: "exporter",
      portOf: () => 5252,
      isAllowed: createAddressCheck(),
    }),
    scrape: async (target) => {
      asked.push(target.device.id);
      const answer = answers.get(target.device.id) ?? PAGE;
      if (answer instanceof Error) throw answer;
      return new TextEncoder().encode(typeof answer === "string" ? answer : await answer());
    },
    backoff: new DeviceBackoff({ intervalMs: 30_000 }),
    concurrency: 4,
    now,
    elapsed,
    observer: {
      scrapeFailed: (failure) => told.push(`failed ${failure}`),
      devicesCounted: (counts) => counted.push(counts),
    },
    log,
    onGone: (id) => gone.push(id),
    // No slice ends: a pause would take real time.
    slices: { elapsed: () => 0 },
    ...options,
  });
  async function learn(next: readonly Device[] | Error): Promise<void> {
    devices = next;
    await inventory.refresh().catch((error) => {
      if (!(error instanceof ApiError)) throw error;
    });
  }
  async function cycle(next: readonly Device[] | Error): Promise<void> {
    await learn(next);
    await collector.collect(NEVER);
  }
  /** What is known of each device, flat. */
  function states() {
    return [...devicesOf(record.snapshot(), (key) => relay.leftOutOf(key))]
      .map(({ device, isOnline, leftOut, scrape }) => ({ device, isOnline, leftOut, ...scrape }));
  }
  await settle();
  return {
    clock,
    log,
    answers,
    asked,
    told,
    counted,
    gone,
    record,
    relay,
    collector,
    states,
    learn,
    cycle,
  };
}

/** An error of a scrape. */
export function failure(kind: "timeout" | "refused" | "parse" = "refused"): ScrapeError {
  return new ScrapeError(kind, "Cannot fetch http://100.64.0.1:5252/metrics: nothing listens");
}

/** The ids of the devices of which a section has a block, in its order. */
export function idsOf(section: Section): readonly string[] {
  return [...section.keys()].map(deviceIdOf);
}
