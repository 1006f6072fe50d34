import { assertEquals } from "@std/assert";
import { isOfOwnNode, isStarting, otherReason } from "../../src/ui/own_node.ts";

Deno.test("otherReason() leaves out what the card of our own node says", () => {
  const summary = "The embedded node is not logged in: see the log.";
  const node = {
    summary,
    problem: { severity: "critical" as const, title: "It is not logged in", advice: "Log in." },
  };
  const other = "There is no recent device list.";
  assertEquals(otherReason(summary, node), null);
  assertEquals(otherReason(`${other} ${summary}`, node), other);
  assertEquals(otherReason(other, node), other);
  assertEquals(otherReason(other, { ...node, problem: null }), other);
  assertEquals(otherReason(other, null), other);
  assertEquals(otherReason(null, node), null);
});

Deno.test("isStarting() holds until the first device list of any tailnet", () => {
  const tailnet = { name: "", answers: null, last_list: null, fresh: false, error: null };
  const listed = { ...tailnet, last_list: "2026-01-31T12:00:00Z" };
  assertEquals(isStarting({ tailnets: [tailnet] }), true);
  assertEquals(isStarting({ tailnets: [tailnet, listed] }), false);
  // A host alone has no list to wait for.
  assertEquals(isStarting({ tailnets: [] }), false);
});

Deno.test("isOfOwnNode() knows the kinds of our own node's problems", () => {
  assertEquals(["own_node_removed", "tailscaled_down"].map(isOfOwnNode), [true, false]);
});
