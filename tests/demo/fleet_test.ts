import { assert, assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_FLEET_SIZE, isFleet, planDevices, planFleet } from "../../src/demo/fleet.ts";
import { createClassifier } from "../../src/history/mod.ts";
import { testConfig } from "../_support/config.ts";
import { makeDevice } from "../devices/_device.ts";
import type { Kind, PageFault, Trait } from "../../src/demo/mod.ts";

const KINDS: readonly Kind[] = [
  "android",
  "edge",
  "exit_node",
  "ios",
  "mac",
  "runner",
  "server",
  "subnet_router",
  "windows",
];
const TRAITS: readonly Trait[] = [
  "ephemeral",
  "hard_nat",
  "ipv6_only",
  "key_expired",
  "key_expiring",
  "key_expiry_disabled",
  "lock_error",
  "multiple_connections",
  "never_online",
  "newer_family",
  "no_metrics",
  "offline",
  "own_names",
  "peer_relay",
  "services",
  "shared_in",
  "unauthorized",
  "untagged",
  "update_available",
];
const FAULTS: readonly PageFault[] = ["bad_line", "hang", "html"];

Deno.test("planFleet() shows every kind, trait and fault from twelve devices on", () => {
  for (const size of [12, 13, 40, 1000]) {
    const specs = planFleet(size, 1);
    assertEquals(specs.length, size);
    const kinds = new Set(specs.map(({ kind }) => kind));
    const traits = new Set(specs.flatMap(({ traits }) => traits ?? []));
    const faults = new Set(specs.map(({ fault }) => fault));
    assertEquals(KINDS.filter((kind) => !kinds.has(kind)), [], `${size} devices`);
    assertEquals(TRAITS.filter((trait) => !traits.has(trait)), [], `${size} devices`);
    assertEquals(FAULTS.filter((fault) => !faults.has(fault)), [], `${size} devices`);
  }
});

Deno.test("planFleet() begins every fleet with the same devices", () => {
  assertEquals(planFleet(40, 1).slice(0, 7), planFleet(7, 1));
  assertEquals(planFleet(5000, 1).slice(0, 40), planFleet(40, 1));
});

Deno.test("planDevices() takes names as healthy devices, each once", () => {
  assertEquals(planDevices([" gateway-1", "gateway-2", "", "gateway-1"], 1), [
    { name: "gateway-1", kind: "subnet_router", traits: ["steady", "key_expiry_disabled"] },
    { name: "gateway-2", kind: "subnet_router", traits: ["steady", "key_expiry_disabled"] },
  ]);
});

Deno.test("planDevices() takes demo and demo:N as fleets", () => {
  assertEquals(planDevices(["demo"], 1).length, DEFAULT_FLEET_SIZE);
  assertEquals(planDevices(["demo:1"], 1), planFleet(1, 1));
  assertEquals(planDevices(["demo:10000"], 1).length, 10_000);
  assertEquals(planDevices(["demo:12", "extra"], 1).length, 13);
  assertEquals(planDevices(["demonstration"], 1)[0]?.name, "demonstration");
});

Deno.test("planDevices() names the entry whose size is not allowed", () => {
  for (const text of ["0", "10001", "-1", "1.5", "x", "", " 5", "1e3", "99999999999"]) {
    assertThrows(
      () => planDevices([`demo:${text}x`.slice(0, -1)], 1),
      RangeError,
      `Cannot plan a demo of "demo:${text}": want "demo:N" with N from 1 to 10000`,
    );
  }
});

Deno.test("planDevices() wants at least one device", () => {
  for (const entries of [[], [""], [" ", ""]]) {
    assertThrows(() => planDevices(entries, 1), RangeError, "no device is named");
  }
});

Deno.test("planFleet() draws its people's devices from the seed", () => {
  const names = (seed: number) => planFleet(60, seed).map(({ name }) => name).join();
  assertEquals(names(1), names(1));
  assert(names(1) !== names(2));
});

Deno.test("planFleet() has a node of each critical type of the default settings", () => {
  const { criticalNodes, nodeTypes } = testConfig({ TEST_DEVICES: "demo" });
  const classify = createClassifier({ types: nodeTypes, critical: criticalNodes });
  const critical = planFleet(40, 1).map(({ name }) => ({ name, ...classify(makeDevice({ name })) }))
    .filter(({ isCritical }) => isCritical).map(({ name, type }) => [name, type]);
  assertEquals(critical, [
    ["git-fra-01", "git"],
    ["dev-ams-01", "development"],
    ["chocolate-factory", "production"],
    ["chocolate-factory-dev", "development"],
  ]);
});

Deno.test("isFleet() tells a fleet from single devices", () => {
  const cases = [["demo"], ["demo:3"], [" demo"], ["demonstration"], ["a", "b"], []];
  assertEquals(cases.map(isFleet), [true, true, true, false, false, false]);
});
