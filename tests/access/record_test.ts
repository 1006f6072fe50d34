import { assertEquals } from "@std/assert";
import { methodName, STATUS_CLASSES, statusClass } from "../../src/access/record.ts";

Deno.test("methodName() bounds the methods", () => {
  const names = ["GET", "HEAD", "PROPFIND", "M-SEARCH", undefined].map(methodName);
  assertEquals(names, ["GET", "HEAD", "other", "other", "invalid"]);
});

Deno.test("statusClass() has a class for every status", () => {
  assertEquals([101, 200, 304, 404, 599, 0, 99, 600, 999].map(statusClass), [
    "1xx",
    "2xx",
    "3xx",
    "4xx",
    "5xx",
    "other",
    "other",
    "other",
    "other",
  ]);
  for (let status = 0; status < 1_000; status++) {
    assertEquals(STATUS_CLASSES.includes(statusClass(status)), true);
  }
});
