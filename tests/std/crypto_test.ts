import { assertEquals, assertThrows } from "@std/assert";
import { timingSafeEqual } from "@std/crypto";

Deno.test("timingSafeEqual() compares bytes", () => {
  const bytes = (...values: readonly number[]) => new Uint8Array(values);
  assertEquals(timingSafeEqual(bytes(1, 2), bytes(1, 2)), true);
  assertEquals(timingSafeEqual(bytes(1, 2), bytes(1, 3)), false);
  assertEquals(timingSafeEqual(bytes(), bytes()), true);
});

Deno.test("timingSafeEqual() refuses bytes of different lengths", () => {
  assertThrows(() => timingSafeEqual(new Uint8Array(2), new Uint8Array(3)), TypeError);
});
