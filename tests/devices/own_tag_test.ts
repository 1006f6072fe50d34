import { assertEquals } from "@std/assert";
import { ownTags } from "../../src/devices/own_tag.ts";
import { makeDevice } from "./_device.ts";

Deno.test("ownTags() gives the tags of this tailnet's devices, and none of others", () => {
  const tags = ["tag:exporter", "tag:db"];
  assertEquals(ownTags(makeDevice({ tags })), tags);
  assertEquals(ownTags(makeDevice({ tags, isExternal: false })), tags);
  assertEquals(ownTags(makeDevice({ tags, isExternal: true })), []);
});
