import { assertEquals } from "@std/assert";
import { Contact } from "../../src/own_node/contact.ts";
import type { NodeState } from "../../src/own_node/node_status.ts";
import { decodeSelf } from "../../src/own_node/self_report.ts";

/** Takes the state and `Online` of one report after the other, 5 s apart. */
function judgeAll(reports: readonly (readonly [NodeState, unknown])[]): readonly NodeState[] {
  const contact = new Contact();
  return reports.map(([state, Online], at) =>
    contact.judge(state, decodeSelf({ Self: { Online } }), at * 5_000)
  );
}

Deno.test("Contact calls a node away from the control plane after 10 s without a connection", () => {
  assertEquals(
    judgeAll([true, false, false, false, false, true, false].map((is) => ["running", is])),
    ["running", "running", "running", "control_away", "control_away", "running", "running"],
  );
});

Deno.test("Contact begins anew after a short connection", () => {
  const states = judgeAll([false, false, true, false, false, false].map((is) => ["running", is]));
  assertEquals(states.indexOf("control_away"), 5);
});

Deno.test("Contact says nothing of a node that does not tell", () => {
  const states = judgeAll([undefined, 0, null, undefined].map((is) => ["running", is]));
  assertEquals(states, ["running", "running", "running", "running"]);
});

Deno.test("Contact leaves states that say more, and counts from the return to the tailnet", () => {
  assertEquals(
    judgeAll([
      ["starting", false],
      ["needs_login", false],
      ["key_expired", false],
      ["running", false],
      ["running", false],
      ["running", false],
    ]),
    ["starting", "needs_login", "key_expired", "running", "running", "control_away"],
  );
});
