import { assertEquals } from "@std/assert";
import { findInvalidUtf8 } from "../../src/exposition/_utf8.ts";
import { toBytes } from "../_support/relay.ts";

Deno.test("findInvalidUtf8() names the start of the line", () => {
  const line = (...bytes: readonly number[]) => Uint8Array.of(0x61, 0x0a, 0x62, ...bytes, 0x0a);
  assertEquals(findInvalidUtf8(toBytes("é\n😀\n")), -1);
  const wrong = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80], [
    0x80,
  ]];
  for (const bytes of wrong) assertEquals(findInvalidUtf8(line(...bytes)), 2);
});

Deno.test("findInvalidUtf8() passes over comments", () => {
  assertEquals(findInvalidUtf8(Uint8Array.of(0x23, 0xff, 0x0a, 0x61)), -1);
  assertEquals(findInvalidUtf8(Uint8Array.of(0x23, 0xff, 0x0a, 0x61, 0xff)), 3);
});
