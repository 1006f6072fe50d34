import { assertEquals } from "@std/assert";
import { isLocal } from "../../../src/http/server/remote.ts";

Deno.test("isLocal() takes loopback addresses, unless tailscaled may have forwarded", () => {
  for (
    const [hostname, isForwarded, expected] of [
      ["127.0.0.1", undefined, true],
      ["127.9.9.9", false, true],
      ["::1", undefined, true],
      ["127.0.0.1", true, false],
      ["192.0.2.1", undefined, false],
      ["100.64.0.1", false, false],
      ["", undefined, false],
    ] as const
  ) {
    assertEquals(isLocal({ hostname, isForwarded }), expected, hostname);
  }
});
