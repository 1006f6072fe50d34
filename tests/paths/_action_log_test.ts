import { assertEquals } from "@std/assert";
import { ActionLog } from "../../src/paths/_action_log.ts";
import { freshState } from "../../src/paths/watchdog_state.ts";

const COOLDOWN_MS = 600_000;
const DAY_MS = 86_400_000;

/** How many of a kind there may be one cooldown after the other, of twenty. */
function countOf(kind: "reconnect" | "restart", maxRestarts: number): number {
  const actions = new ActionLog({ cooldownMs: COOLDOWN_MS, maxRestarts }, freshState());
  let count = 0;
  for (let turn = 0; turn < 20; turn++) {
    if (actions.may(kind)) {
      actions.note(kind);
      count++;
    }
    actions.age(COOLDOWN_MS);
  }
  return count;
}

for (
  const [maxRestarts, restarts, reconnects] of [
    [0, 0, 3],
    [1, 1, 3],
    [3, 3, 3],
    [4, 4, 4],
  ] as const
) {
  Deno.test(`ActionLog allows ${reconnects} reconnects a day where ${maxRestarts} restarts may be`, () => {
    assertEquals(countOf("restart", maxRestarts), restarts);
    assertEquals(countOf("reconnect", maxRestarts), reconnects);
    const actions = new ActionLog({ cooldownMs: COOLDOWN_MS, maxRestarts }, freshState());
    assertEquals(actions.harshest, maxRestarts === 0 ? "reconnect" : "restart");
  });
}

for (const kind of ["rebind", "reconnect", "restart"] as const) {
  Deno.test(`ActionLog allows no ${kind} within the cooldown of one, and one at its end`, () => {
    const actions = new ActionLog({ cooldownMs: COOLDOWN_MS, maxRestarts: 2 }, freshState());
    actions.note(kind);
    actions.age(COOLDOWN_MS - 1);
    assertEquals(actions.may(kind), false);
    actions.age(1);
    assertEquals(actions.may(kind), true);
  });
}

Deno.test("ActionLog allows what it allowed a day ago", () => {
  const actions = new ActionLog({ cooldownMs: COOLDOWN_MS, maxRestarts: 1 }, freshState());
  actions.note("restart");
  actions.age(DAY_MS - 1);
  assertEquals(
    [actions.may("restart"), actions.restarts, actions.isSpent],
    [false, 1, true] as never,
  );
  actions.age(1);
  assertEquals(
    [actions.may("restart"), actions.restarts, actions.isSpent],
    [true, 0, false] as never,
  );
});
