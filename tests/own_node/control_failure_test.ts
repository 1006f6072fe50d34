import { assertEquals } from "@std/assert";
import { controlFailureIn } from "../../src/own_node/control_failure.ts";
import { decodeSelf } from "../../src/own_node/self_report.ts";

/** A report of a node whose last login failed so. */
function failed(reason: string) {
  const health = `You are logged out. The last login error was: ${reason}`;
  return decodeSelf({ BackendState: "NeedsLogin", Health: [health] });
}

const REFUSED = 'fetch control key: Get "http://127.0.0.1:9/key?v=142": connection refused';

/** What Go's JSON says of a web page. */
const PORTAL = "invalid character '<' looking for beginning of value";
const NO_KEY = `fetch control key: the answer is not that of a control plane (${PORTAL})`;

Deno.test("controlFailureIn() gives a network 10 s, and a silent control plane a minute", () => {
  const silent = decodeSelf({ BackendState: "NeedsLogin" });
  const cases = [
    [failed(REFUSED), 9_999, true, undefined],
    [failed(REFUSED), 10_000, false, REFUSED],
    [failed("fetch control key: 403 Forbidden"), 10_000, false, "fetch control key: 403 Forbidden"],
    [failed(`${PORTAL}\nkey hex has the wrong size, got 9 want 64`), 10_000, false, NO_KEY],
    [
      failed("fetch control key response: unexpected EOF"),
      10_000,
      false,
      "fetch control key response: unexpected EOF",
    ],
    [failed("invalid key"), 59_999, true, undefined],
    [silent, 59_999, true, undefined],
    [silent, 60_000, true, "it does not answer"],
    [silent, 60_000, false, undefined],
  ] as const;
  for (const [report, ageMs, isSilent, reason] of cases) {
    assertEquals(controlFailureIn(report, ageMs, isSilent), reason);
  }
});
