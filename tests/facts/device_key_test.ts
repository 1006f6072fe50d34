import { assertEquals, assertNotEquals } from "@std/assert";
import { createDeviceKey, deviceIdOf } from "../../src/facts/device_key.ts";

Deno.test("createDeviceKey() tells apart equal ids of different tailnets", () => {
  assertNotEquals(createDeviceKey("a")("1"), createDeviceKey("b")("1"));
  assertNotEquals(createDeviceKey("a/b")("1"), createDeviceKey("a")("b/1"));
});

Deno.test("deviceIdOf() gives the id back, whatever is in it", () => {
  for (const tailnet of ["example.com", "-", "a/b%", ""]) {
    for (const id of ["1", "", "a/b", "%2F", "é"]) {
      assertEquals(deviceIdOf(createDeviceKey(tailnet)(id)), id);
    }
  }
  // The key of what is about no tailnet.
  assertEquals(deviceIdOf(""), "");
});
