import { assertEquals } from "@std/assert";
import { writeDigits } from "../../src/demo/digit.ts";

Deno.test("writeDigits() writes what String() writes", () => {
  const bytes = new Uint8Array(40);
  const values = [0, 1, 9, 10, 99, 100, 1e9 - 1, 1e9, 1e9 + 1, 1e9 * 10, 123_456_789_012_345];
  for (let power = 0; power < 53; power++) values.push(2 ** power - 1, 2 ** power, 2 ** power + 1);
  values.push(Number.MAX_SAFE_INTEGER);
  for (const value of values) {
    bytes.fill(0x78);
    const end = writeDigits(bytes, 3, value);
    assertEquals(new TextDecoder().decode(bytes.subarray(0, end + 1)), `xxx${value}x`);
  }
});
