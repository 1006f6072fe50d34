import { assertEquals } from "@std/assert";
import type { NodeState } from "../../src/own_node/node_status.ts";
import { decodeSelf } from "../../src/own_node/self_report.ts";
import { StaleRefusal } from "../../src/own_node/stale_refusal.ts";

const health = "You are logged out. The last login error was: fetch control key: dns error";
const UNREACHED = decodeSelf({ BackendState: "NoState", Health: [health] });
const SILENT = decodeSelf({ BackendState: "NoState" });

/** For which of the times, in milliseconds, the refusal is out of date. */
function staleAt(
  refusal: StaleRefusal,
  shown: NodeState,
  report: typeof SILENT,
  times: readonly number[],
): readonly number[] {
  return times.filter((ms) => refusal.judge(shown, report, true, ms));
}

Deno.test("StaleRefusal gives a later login as long as a first one", () => {
  const times = [5_000, 14_999, 15_000, 64_999, 65_000];
  const [first, second] = [new StaleRefusal(), new StaleRefusal()];
  assertEquals(staleAt(first, "needs_login", UNREACHED, times), [15_000, 64_999, 65_000]);
  assertEquals(staleAt(second, "needs_login", SILENT, times), [65_000]);
});

Deno.test("StaleRefusal leaves states alone that no refusal is shown with", () => {
  for (const shown of ["removed", "key_expired", "starting"] as const) {
    assertEquals(staleAt(new StaleRefusal(), shown, UNREACHED, [0, 100_000]), [], shown);
  }
});

Deno.test("StaleRefusal begins anew with each outcome, and with each login", () => {
  const refusal = new StaleRefusal();
  assertEquals(staleAt(refusal, "needs_login", UNREACHED, [0, 9_999]), []);
  assertEquals(refusal.judge("needs_login", SILENT, false, 9_999), false);
  assertEquals(staleAt(refusal, "needs_login", UNREACHED, [10_000, 19_999, 20_000]), [20_000]);
  refusal.reset();
  assertEquals(staleAt(refusal, "needs_login", UNREACHED, [20_001, 30_000, 30_001]), [30_001]);
});
