import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { isSameEntry, renewEntry } from "../../src/devices/_target_entry.ts";
import { createAddressCheck } from "../../src/devices/address_check.ts";
import { makeDevice, makeFullDevice, makeKnown } from "./_device.ts";

const CONTEXT = {
  isAllowed: createAddressCheck(),
  api: "api.example.com",
  tailnet: "example.com",
};

Deno.test("renewEntry() tells where a device is, its tags by key, and its labels as JSON", () => {
  const device = makeFullDevice({ tags: ["tag:B", "tag:a"] });
  const entry = renewEntry(undefined, makeKnown(device), CONTEXT);
  assertEquals([entry.addresses[0], entry.name], ["100.64.0.7", "gateway-1.tail0001.ts.net"]);
  assertEquals([...entry.tags], ["tag:b", "tag:a"]);
  assertEquals(JSON.parse(`{${entry.labels}}`).__meta_tailscale_device_tags, ",B,a,");
});

Deno.test("renewEntry() keeps the entry of a device of which nothing changed", () => {
  const known = makeKnown(makeDevice());
  const entry = renewEntry(undefined, known, CONTEXT);
  assertStrictEquals(renewEntry(entry, known, CONTEXT), entry);
});

Deno.test("isSameEntry() goes by what is told, not by what else changed", () => {
  const make = (fields: Parameters<typeof makeDevice>[0], isOnline = true) =>
    renewEntry(undefined, makeKnown(makeDevice(fields), isOnline), CONTEXT);
  const entry = make({});
  assert(isSameEntry(entry, make({ lastSeenSeconds: 7 })));
  for (const other of [undefined, make({ name: "x" }), make({ addresses: [] }), make({}, false)]) {
    assert(!isSameEntry(entry, other));
  }
});
