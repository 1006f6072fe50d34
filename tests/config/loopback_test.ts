import { assertEquals } from "@std/assert";
import { isLoopback } from "../../src/config/loopback.ts";

for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"]) {
  Deno.test(`isLoopback() takes ${host}`, () => {
    assertEquals(isLoopback(host), true);
  });
}

for (
  const host of [
    "example.com",
    "10.0.0.1",
    "127.0.0.1.example.com",
    "[::2]",
    "[::ffff:10.0.0.1]",
    "0.0.0.0",
  ]
) {
  Deno.test(`isLoopback() refuses ${host}`, () => {
    assertEquals(isLoopback(host), false);
  });
}
