import { assert, assertEquals } from "@std/assert";
import { kindOfName, KINDS } from "../../src/demo/device_kind.ts";

Deno.test("kindOfName() guesses from a name", () => {
  const cases: readonly (readonly [name: string, kind: string])[] = [
    ["gateway-1", "subnet_router"],
    ["Router-Berlin", "subnet_router"],
    ["gw2", "subnet_router"],
    ["exit-node-fra", "exit_node"],
    ["office-nas", "nas"],
    ["raspi", "edge"],
    ["build-7", "runner"],
    ["bruno-laptop", "linux_laptop"],
    ["win11", "windows"],
    ["server-3", "server"],
    ["anything", "server"],
  ];
  for (const [name, kind] of cases) assertEquals(kindOfName(name), kind, name);
});

Deno.test("kindOfName() only guesses kinds that serve metrics", () => {
  for (const name of ["gateway", "exit", "nas", "edge", "runner", "win", "laptop", "x"]) {
    assertEquals(KINDS[kindOfName(name)].hasMetrics, true, name);
  }
});

Deno.test("KINDS keep day and night within what a load can bear", () => {
  for (const [kind, { dayAmplitude, inboundRate, outboundRate }] of Object.entries(KINDS)) {
    assert(dayAmplitude >= 0 && dayAmplitude <= 0.6, kind);
    assert(inboundRate > 0 && outboundRate > 0, kind);
  }
});
