import { assertEquals } from "@std/assert";
import { formatOptionalTime, formatTime } from "../../src/time/timestamp.ts";

Deno.test("formatTime() drops fractions of a second", () => {
  assertEquals(formatTime(Date.UTC(2025, 0, 7, 21, 30, 0, 999)), "2025-01-07T21:30:00Z");
  assertEquals(formatOptionalTime(undefined), null);
  assertEquals(formatOptionalTime(0), "1970-01-01T00:00:00Z");
});
