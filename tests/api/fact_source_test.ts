import { assertEquals } from "@std/assert";
import { isCalled, keyOfNode } from "../../src/api/fact_source.ts";
import { makeDevice } from "../devices/_device.ts";
import { makeFacts, makeSource } from "./_fake_source.ts";

Deno.test("keyOfNode() finds a device by each of its names, and guesses the key of one that is gone", () => {
  const facts = makeFacts({ id: "7", nodeId: "nABC", name: "web.ts.net" });
  const source = makeSource([facts]);
  for (const id of ["7", "nABC", "web.ts.net"]) assertEquals(keyOfNode(source, id), facts.key);
  assertEquals(keyOfNode(source, "8"), "example.com/8");
  assertEquals(keyOfNode({ ...source, tailnets: () => [] }, "8"), "8");
});

Deno.test("isCalled() compares whole names", () => {
  const device = makeDevice({ id: "7", name: "web.ts.net" });
  assertEquals(["7", "web.ts.net", "web", ""].map((id) => isCalled(device, id)), [
    true,
    true,
    false,
    false,
  ]);
});
