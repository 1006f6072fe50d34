import { assert, assertEquals } from "@std/assert";
import { SimulatedTailnet } from "../../src/demo/mod.ts";
import { derpMap } from "../../src/demo/simulated_host.ts";
import { fleetAtNoon, NOON_MS } from "./_answer.ts";

Deno.test("SimulatedHost.status() is the same for the same seed and clock", () => {
  const told = (seed: number) => JSON.stringify(fleetAtNoon(40, seed).openHost().status(true));
  assertEquals(told(1), told(1));
  assert(told(1) !== told(2));
});

Deno.test("SimulatedHost.status() lets counters grow, but for a peer that is dead", () => {
  let nowMs = NOON_MS;
  const host = new SimulatedTailnet({
    devices: [
      { name: "gateway-1", kind: "subnet_router" },
      { name: "web-1", kind: "server", traits: ["steady"] },
      { name: "dead-1", kind: "server", traits: ["steady"], fault: "hang" },
    ],
    now: () => nowMs,
  }).openHost();
  const bytes = () =>
    Object.values(host.status(true).Peer as Record<string, Record<string, number>>)
      .map(({ RxBytes = NaN, TxBytes = NaN }) => [RxBytes, TxBytes]);
  const [web = [], dead = []] = bytes();
  nowMs += 60_000;
  const [laterWeb = [], laterDead = []] = bytes();
  const isMore = (later: readonly number[], before: readonly number[]) =>
    later.map((value, at) => value > (before[at] ?? NaN));
  assertEquals(isMore(laterWeb, web), [true, true]);
  assertEquals(isMore(laterDead, dead), [false, true]);
});

Deno.test("SimulatedHost of no devices has nothing to tell", () => {
  const host = new SimulatedTailnet({ devices: [] }).openHost();
  assertEquals([host.self, host.whois("100.64.0.1")], [undefined, undefined]);
  assertEquals(host.status(true).Peer, {});
  assertEquals(host.ping("100.64.0.1")?.Err, "no matching peer");
});

Deno.test("derpMap() has a code of its own for each region", () => {
  const regions = Object.values(derpMap().Regions as Record<string, { RegionCode: string }>);
  assertEquals(new Set(regions.map(({ RegionCode }) => RegionCode)).size, regions.length);
});
