import { assertEquals } from "@std/assert";
import { nodeProblem } from "../../src/commands/_node_problem.ts";
import { type NodeStatus, UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";

const OUT: NodeStatus = {
  ...UNKNOWN_STATUS,
  state: "needs_login",
  loginUrl: "https://hs.example/a/1",
};

Deno.test("nodeProblem() shows the login URL of a sidecar, which outlives the command, and no other", async () => {
  assertEquals(
    await nodeProblem({ sidecar: { node: { status: OUT } } }, false),
    "The sidecar is not logged in: log in at https://hs.example/a/1, or set TS_AUTHKEY.",
  );
  assertEquals(
    await nodeProblem({ embedded: { status: OUT } }, false),
    "The embedded node is not logged in: set TS_AUTHKEY, or run `tsmetrics serve`, whose log has " +
      "a URL to log in at.",
  );
});

Deno.test("nodeProblem() knows of a node that is out, for a known reason", async () => {
  const told = (change: Partial<NodeStatus>) =>
    nodeProblem({ embedded: { status: { ...UNKNOWN_STATUS, ...change } } }, true);
  assertEquals(
    await told({ state: "needs_login", error: "invalid key; check TS_AUTHKEY" }),
    "The embedded node cannot log in: invalid key; check TS_AUTHKEY.",
  );
  assertEquals(
    await told({ state: "needs_approval" }),
    "The embedded node waits for the approval of an admin of the tailnet.",
  );
  assertEquals(
    await told({ state: "starting", error: "no route" }),
    "The embedded node does not reach the control plane: no route; check the network and " +
      "TSNET_CONTROL_URL.",
  );
  for (const state of ["starting", "running", "control_away", "unreachable"] as const) {
    assertEquals(await told({ state }), undefined, state);
  }
  assertEquals(await nodeProblem({}, true), undefined);
});
