import { assertEquals } from "@std/assert";
import {
  bringUpAction,
  HEALING_GRADES,
  HEALING_KINDS,
  hostAction,
  RESTART_EXIT_CODE,
} from "../../src/paths/healing.ts";

const LIMITS = { thresholdMs: 600_000, cooldownMs: 900_000 };

Deno.test("HEALING_GRADES go from the gentlest to the harshest, and end at the threshold", () => {
  assertEquals(["ping", ...HEALING_GRADES.map(({ kind }) => kind)], [...HEALING_KINDS]);
  const shares = HEALING_GRADES.map(({ afterShare }) => afterShare);
  assertEquals(shares, shares.toSorted((a, b) => a - b));
  assertEquals(shares.at(-1), 1);
});

Deno.test("hostAction() tells the steps, and how long they are given", () => {
  assertEquals(HEALING_GRADES.map((grade) => hostAction(grade, "why", LIMITS)), [
    {
      kind: "rebind",
      steps: [{ kind: "debug", action: "restun" }, { kind: "debug", action: "rebind" }],
      waitMs: 150_000,
      reason: "why",
    },
    {
      kind: "reconnect",
      steps: [{ kind: "prefs", wantRunning: false }, { kind: "prefs", wantRunning: true }],
      waitMs: 150_000,
      reason: "why",
    },
    {
      kind: "restart",
      steps: [{ kind: "exit", code: 75 }],
      waitMs: 900_000,
      reason: "why",
    },
  ]);
  assertEquals(RESTART_EXIT_CODE, 75);
});

Deno.test("bringUpAction() is the second half of a reconnect", () => {
  assertEquals(bringUpAction("why"), {
    kind: "reconnect",
    steps: [{ kind: "prefs", wantRunning: true }],
    waitMs: 0,
    reason: "why",
  });
});
