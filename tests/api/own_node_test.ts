import { assert, assertEquals } from "@std/assert";
import { ownNodeProblem } from "../../src/api/own_node.ts";
import { NODE_STATES, SIDECAR_STATES } from "../../src/own_node/node_status.ts";
import { makeOwnNode } from "./_fake_source.ts";

Deno.test("ownNodeProblem() has a title and advice for each state but running", () => {
  const lines = [...new Set([...NODE_STATES, ...SIDECAR_STATES])].flatMap((state) => {
    const problem = ownNodeProblem(makeOwnNode({ state }));
    return problem === undefined ? [] : `${problem.severity} ${problem.title}: ${problem.advice}`;
  });
  const key = "It logs in again if TS_AUTHKEY is set and still valid. " +
    "Otherwise set a new one and restart tsmetrics.";
  assertEquals(lines, [
    "warning The node of tsmetrics is joining the tailnet: " +
    "Until it has joined, no device can be reached through it.",
    "critical The node of tsmetrics is not logged in: Set TS_AUTHKEY and restart tsmetrics.",
    "critical The node of tsmetrics is not approved: An admin of the tailnet has to approve it.",
    "warning The node of tsmetrics has lost the control plane: " +
    "Connections to devices may still work. Check the network; it reconnects by itself.",
    `critical The key of the node of tsmetrics has expired: ${key}`,
    `critical The node of tsmetrics was removed from the tailnet: ${key}`,
    "critical The Worker of the node of tsmetrics is frozen: Restart tsmetrics.",
    "critical The tailscaled of the node of tsmetrics does not answer: " +
    "Check that it runs, and that LOCALAPI_SOCKET or LOCALAPI_URL leads to it.",
  ]);
});

Deno.test("ownNodeProblem() tells what a node reaches that has lost the control plane", () => {
  const problem = (reach?: "devices" | "none" | "returning") => {
    const { severity, title } = ownNodeProblem(makeOwnNode({ state: "control_away", reach })) ?? {};
    return `${severity} ${title}`;
  };
  assertEquals(
    problem("none"),
    "critical The node of tsmetrics reaches neither the control plane nor any device",
  );
  assertEquals(
    problem("returning"),
    "warning The node of tsmetrics reaches the control plane again, and not all devices yet",
  );
  const lost = "warning The node of tsmetrics has lost the control plane";
  assertEquals([problem("devices"), problem()], [lost, lost]);
});

Deno.test("ownNodeProblem() advises a login only where its address is, and says where", () => {
  const advice = (
    loginPlace: "page" | "log" | undefined,
    state: "needs_login" | "removed" = "needs_login",
    hasError = false,
  ) => ownNodeProblem(makeOwnNode({ state, loginPlace, hasError }))?.advice;
  assertEquals(advice("page"), "Log in, or set TS_AUTHKEY and restart tsmetrics.");
  assertEquals(
    advice("log"),
    "Log in at the address in the log, or set TS_AUTHKEY and restart tsmetrics.",
  );
  assertEquals(
    advice("page", "removed"),
    "It logs in again if TS_AUTHKEY is set and still valid. Otherwise log in.",
  );
  assertEquals(
    advice("log", "removed"),
    "It logs in again if TS_AUTHKEY is set and still valid. " +
      "Otherwise log in at the address in the log.",
  );
  // The log then has the reason, and no address.
  const refused = "The log has the reason and what to do; tsmetrics tries again every 5 minutes.";
  assertEquals(advice(undefined, "needs_login", true), refused);
  assertEquals(advice("log", "needs_login", true), refused);
  assertEquals(
    advice("page", "needs_login", true),
    "Log in, or see the log for the reason and what to do.",
  );
});

Deno.test("ownNodeProblem() advises a node without an auth key to get one, or a URL where the log says how", () => {
  const advice = (state: "key_expired" | "removed") =>
    ownNodeProblem(makeOwnNode({ state, hasAuthKey: false }))?.advice;
  assertEquals(
    advice("removed"),
    "Set TS_AUTHKEY and restart tsmetrics, or restart what the log names to get a login URL.",
  );
  assertEquals(advice("key_expired"), "Set TS_AUTHKEY and restart tsmetrics.");
});

Deno.test("ownNodeProblem() tells a node that joins from one that does not get through", () => {
  const state = "starting";
  assertEquals(ownNodeProblem(makeOwnNode({ state }), true)?.severity, "info");
  const unreached = ownNodeProblem(makeOwnNode({ state, hasError: true }), true);
  assertEquals([unreached?.severity, unreached?.title], [
    "critical",
    "The node of tsmetrics does not reach the control plane",
  ]);
  assert(unreached?.advice.includes("TSNET_CONTROL_URL"));
});
