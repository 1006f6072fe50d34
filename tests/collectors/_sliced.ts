/**
 * A device collector that pauses often, so that a test can look at its page in the middle.
 *
 * @module
 */

import { DeviceCollector } from "../../src/collectors/device_collector.ts";
import type { Device } from "../../src/control/device.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { makeDevice, makeInventory } from "../devices/_device.ts";
import { KeptLog, pageText } from "./_golden.ts";

/** A collector whose slices last two steps, and what to do in each pause. */
export function makeSliced(patience = false) {
  const clock = new FakeClock();
  const fleet = { answer: [] as readonly Device[], pause: () => Promise.resolve() };
  let nowMs = 0;
  const collector = new DeviceCollector({
    ...makeInventory(() => Promise.resolve({ devices: fleet.answer, rejected: [] }), clock),
    observer: { apiAnswered() {}, apiFailed() {} },
    log: new KeptLog(),
    slices: { elapsed: () => nowMs += 3, pause: () => fleet.pause() },
    ...patience && { patience: { ms: 1, delay: () => Promise.resolve() } },
  });
  /** "1=linux 2=linux": what the page tells of each device. */
  const shown = () =>
    [...pageText(collector.section).matchAll(/_info\{device_id="(\d+)".*os="(\w*)"/g)]
      .map(([, id, os]) => `${id}=${os}`).join(" ");
  return { collector, fleet, shown };
}

/** A number of devices of one operating system. */
export function devicesOf(os: string, count: number): readonly Device[] {
  return Array.from({ length: count }, (_, at) => makeDevice({ id: `${at + 1}`, name: "n", os }));
}
