import { assertEquals } from "@std/assert";
import { isIn, isOut, NODE_STATES, SIDECAR_STATES } from "../../src/own_node/node_status.ts";

Deno.test("isIn() and isOut() leave what is neither in the tailnet nor waits for a login", () => {
  const all = new Set([...NODE_STATES, ...SIDECAR_STATES]);
  const chosen = (is: typeof isIn) => [...all].filter((state) => is(state));
  assertEquals(chosen(isIn), ["running", "control_away"]);
  assertEquals(chosen(isOut), ["needs_login", "key_expired", "removed"]);
  assertEquals(
    chosen((state) => !isIn(state) && !isOut(state)),
    ["starting", "needs_approval", "stuck", "unreachable"],
  );
});
