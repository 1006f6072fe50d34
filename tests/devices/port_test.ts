import { assertEquals } from "@std/assert";
import { createPortChooser, type PortRule } from "../../src/devices/port.ts";
import { makeDevice } from "./_device.ts";

const RULES: readonly PortRule[] = [
  { pattern: "k8s", isTag: true, port: 9002 },
  { pattern: "Web-*", isTag: true, port: 9003 },
  { pattern: "TS-proxy-?", isTag: false, port: 9004 },
  { pattern: "*", isTag: true, port: 9005 },
];

Deno.test("createPortChooser() goes by the first rule that matches tag or name", () => {
  const choose = createPortChooser(RULES, 5252);
  const device = { name: "ts-proxy-1.tail0001.ts.net", tags: [] };
  assertEquals(choose(makeDevice({ tags: ["tag:K8S"] })), 9002);
  assertEquals(choose(makeDevice({ tags: ["tag:web-eu", "tag:k8s"] })), 9002);
  assertEquals(choose(makeDevice({ tags: ["tag:web-eu"] })), 9003);
  assertEquals(choose(makeDevice({ ...device, tags: ["tag:web-eu"] })), 9003);
  assertEquals(choose(makeDevice(device)), 9004);
  assertEquals(choose(makeDevice({ hostname: "ts-proxy-2" })), 9004);
  assertEquals(choose(makeDevice({ tags: ["tag:other"] })), 9005);
  assertEquals(choose(makeDevice({ tags: [] })), 5252);
  // A name is no tag, and the other way round.
  assertEquals(choose(makeDevice({ name: "k8s", tags: [] })), 5252);
});

Deno.test("createPortChooser() lets no owner of a device shared in choose its port", () => {
  const choose = createPortChooser(RULES, 5252);
  assertEquals(choose(makeDevice({ tags: ["tag:k8s"], isExternal: true })), 5252);
  assertEquals(choose(makeDevice({ name: "ts-proxy-1", isExternal: true })), 9004);
});

Deno.test("createPortChooser() has one port for all without a rule", () => {
  assertEquals(createPortChooser([], 5252)(makeDevice({ tags: ["tag:k8s"] })), 5252);
});
