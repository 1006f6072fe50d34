import { assertEquals, assertInstanceOf } from "@std/assert";
import { LocalApiError } from "../../../src/tailscale/local/error.ts";

Deno.test("LocalApiError carries kind, status and cause", () => {
  const cause = new TypeError("why");
  const error = new LocalApiError("forbidden", "Cannot look: no", { status: 403, cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.message, error.failure, error.status, error.cause], [
    "LocalApiError",
    "Cannot look: no",
    "forbidden",
    403,
    cause,
  ]);
  assertEquals(new LocalApiError("timeout", "Cannot look").status, undefined);
});
