/**
 * What the demo tailnet costs the machine that it shares with the exporter under test: a device's
 * page, and the API's list of 10,000 devices (14.2 MB) when nothing, some or much of it changed.
 *
 * AMD EPYC, 2 vCPU shared with others, Deno 2.9.6, the better of two runs:
 *
 * |                              | time    |
 * |------------------------------|---------|
 * | page (4 KB, about 40 series) | 7.7 µs  |
 * | list, nothing changed        | 0.34 ms |
 * | list, 10 s later             | 18 ms   |
 * | list, 5 % replaced           | 59 ms   |
 * | 10,000 devices and a list    | 0.76 s  |
 *
 * Conclusion: a cycle over 10,000 devices costs the demo about 0.1 s in pages and list together,
 * little beside HTTP itself.
 *
 * @module
 */

import { planFleet, SimulatedTailnet } from "../../src/demo/mod.ts";

const START_MS = Date.UTC(2026, 7, 20, 12);
const DEVICES = 10_000;

let nowMs = START_MS;
const specs = planFleet(DEVICES, 1);
const tailnet = new SimulatedTailnet({ devices: specs, now: () => nowMs });
const ids = tailnet.devices().filter(({ isAnswering }) => isAnswering).map(({ id }) => id);
let next = 0;

Deno.bench("SimulatedTailnet.page() of the next device", () => {
  nowMs += 1;
  tailnet.page(ids[next++ % ids.length] as string);
});

Deno.bench("SimulatedTailnet.apiList() of 10,000 devices, nothing changed", () => {
  tailnet.apiList();
});

Deno.bench("SimulatedTailnet.apiList() of 10,000 devices, 10 s later", () => {
  nowMs += 10_000;
  tailnet.apiList();
});

Deno.bench("SimulatedTailnet.apiList() of 10,000 devices, 5 % of them replaced", () => {
  nowMs += 10_000;
  const leaving = tailnet.devices().slice(0, DEVICES / 20);
  for (const { id } of leaving) tailnet.remove(id);
  for (const { name, kind, traits } of leaving) {
    tailnet.add({ name: name.split(".", 1)[0] as string, kind, traits: [...traits] });
  }
  tailnet.apiList();
});

Deno.bench("new SimulatedTailnet() of 10,000 devices and its first list", () => {
  new SimulatedTailnet({ devices: specs, now: () => START_MS }).apiList();
});
