import { assertEquals } from "@std/assert";
import { NodeIndex } from "../../src/devices/node_index.ts";
import type { KnownDevice } from "../../src/facts/tailnet_facts.ts";
import { makeDevice, makeKnown, makeListing } from "./_device.ts";

function known(id: string, nodeId?: string): KnownDevice {
  return makeKnown(makeDevice({ id, nodeId }));
}

Deno.test("NodeIndex.find() finds a device by the stable id, else by the number of its node", () => {
  const [named, numbered] = [known("1", "nAbC"), known("2")];
  const list = makeListing([named, numbered]);
  const nodes = new NodeIndex();
  assertEquals(nodes.find(list, "nAbC"), named);
  assertEquals(nodes.find(list, "nXyZ", "2"), numbered);
  // The number of a device that has a stable id may be another node's.
  assertEquals(nodes.find(list, "nXyZ", "1"), undefined);
  assertEquals(nodes.find(list, "2"), undefined);
});

Deno.test("NodeIndex.find() forgets the list before", () => {
  const [first, second] = [known("1", "nAbC"), known("7", "nAbC")];
  const nodes = new NodeIndex();
  assertEquals(nodes.find(undefined, "nAbC"), undefined);
  assertEquals(nodes.find(makeListing([first]), "nAbC"), first);
  assertEquals(nodes.find(makeListing([second]), "nAbC"), second);
  assertEquals(nodes.find(undefined, "nAbC"), undefined);
});
