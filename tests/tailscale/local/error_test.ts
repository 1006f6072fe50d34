import { assertEquals, assertInstanceOf } from "@std/assert";
import { causeOf, LocalApiError, type LocalFailure } from "../../../src/tailscale/local/error.ts";

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

Deno.test("causeOf() is the same for all calls that one trouble befalls", () => {
  const why = "no answer at /run/ts.sock: Connection refused; check that tailscaled runs";
  const of = (failure: LocalFailure, message: string, status?: number) =>
    causeOf(new LocalApiError(failure, message, { status }));
  for (const doing of ["read the status", 'look up the node of "fd7a::1"', "ping fd7a:1::2"]) {
    for (const failure of ["unreachable", "timeout", "forbidden", "not_found"] as const) {
      assertEquals(of(failure, `Cannot ${doing}: ${why}`), why);
    }
  }
  assertEquals(of("status", 'Cannot look: x answered 502 "a"', 502), "status 502");
  for (
    const [failure, cause] of [
      ["malformed", "an answer that no LocalAPI gives"],
      ["too_large", "an answer beyond the limit"],
      ["unsupported", undefined],
    ] as const
  ) {
    assertEquals(of(failure, "Cannot look: x sent y"), cause);
    assertEquals(of(failure, "Cannot ping fd7a::1: x sent z"), cause);
  }
});
