import { assertEquals } from "@std/assert";
import type { SavedAlerts } from "../../src/archive/_alert_segment.ts";
import { mergeAlerts } from "../../src/archive/_alert_merge.ts";
import type { AlertsState, BookEntry, Silence, Told } from "../../src/alerts/mod.ts";
import { makeAlert, NOON_MS } from "../notify/_alert.ts";

const HOUR_MS = 3_600_000;

function entry(id: string, fields: Partial<BookEntry> = {}): BookEntry {
  const { silencedSinceMs: _, silencedUntilMs: __, ...alert } = makeAlert({ id });
  return { ...alert, scope: "tailnet", clearSinceMs: undefined, ...fields };
}

function resolved(id: string, resolvedMs: number): BookEntry {
  return entry(id, { state: "resolved", resolvedMs, clearSinceMs: resolvedMs });
}

function saved(savedMs: number, state: Partial<AlertsState>): SavedAlerts {
  return { savedMs, state: { entries: [], silences: [], told: [], ended: [], ...state } };
}

function silence(id: string, createdMs: number): Silence {
  return { id, rule: undefined, node: "*", untilMs: NOON_MS + 9 * HOUR_MS, comment: "", createdMs };
}

function told(id: string, toldMs: number, state: Told["state"] = "firing"): Told {
  return { id, firedMs: NOON_MS, toldMs, state };
}

Deno.test("mergeAlerts() gives one state as it is, and nothing of none", () => {
  const one = saved(NOON_MS, {
    entries: [entry("a"), resolved("b", 9), resolved("c", 7)],
    silences: [silence("s", 1)],
    told: [told("a", 5)],
    ended: [{ id: "t", untilMs: 9 }],
  });
  assertEquals(mergeAlerts([one]), one.state);
  assertEquals(mergeAlerts([one, one]), one.state);
  assertEquals(mergeAlerts([]), undefined);
});

Deno.test("mergeAlerts() keeps what a process noted that did not write last", () => {
  const older = saved(NOON_MS, {
    entries: [entry("a"), entry("only here"), entry("pending", { state: "pending" })],
    silences: [silence("made here", 2)],
    told: [told("a", NOON_MS), told("b", 1)],
  });
  const newer = saved(NOON_MS + HOUR_MS, {
    entries: [entry("a", { summary: "newer" })],
    silences: [silence("made there", 1)],
    told: [told("b", 2, "resolved")],
  });
  for (const states of [[older, newer], [newer, older]]) {
    const state = mergeAlerts(states);
    assertEquals(state?.entries.map(({ id, summary }) => `${id}: ${summary}`), [
      "a: newer",
      "only here: web-1 is offline",
    ]);
    assertEquals(state?.silences.map(({ id }) => id), ["made there", "made here"]);
    assertEquals(state?.told.map(({ id, state }) => `${id} ${state}`).sort(), [
      "a firing",
      "b resolved",
    ]);
  }
});

Deno.test("mergeAlerts() brings back nothing that another process saw the end of", () => {
  const older = saved(NOON_MS, {
    entries: [entry("a", { firedMs: NOON_MS }), resolved("b", NOON_MS)],
    silences: [silence("s", 1)],
  });
  const newer = saved(NOON_MS + HOUR_MS, {
    entries: [resolved("a", NOON_MS + 60_000), resolved("b", NOON_MS + 90_000)],
    ended: [{ id: "s", untilMs: NOON_MS + HOUR_MS }],
  });
  const state = mergeAlerts([older, newer]);
  assertEquals(state?.entries.map(({ id, state }) => `${state} ${id}`), [
    "resolved b",
    "resolved a",
  ]);
  assertEquals([state?.silences, state?.ended?.length], [[], 1]);
});

Deno.test("mergeAlerts() takes no alerts of a process that ended long ago, but its silences", () => {
  const old = saved(NOON_MS - 25 * HOUR_MS, {
    entries: [entry("a")],
    told: [told("a", 1)],
    silences: [silence("s", 1)],
  });
  const state = mergeAlerts([old, saved(NOON_MS, {})]);
  assertEquals([state?.entries, state?.told, state?.silences.length], [[], [], 1]);
});
