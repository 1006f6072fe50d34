/**
 * The state of alerts that several processes left, each in its own place, as one. They watched the
 * same tailnet, at the same time or one after the other.
 *
 * @module
 */

import type { AlertsState, BookEntry, EndedSilence, Silence, Told } from "../alerts/mod.ts";
import type { SavedAlerts } from "./_alert_segment.ts";

/**
 * How much older a state may be than the newest for its alerts to count, in milliseconds: resolved
 * alerts are kept for as long, so that the newest state knows of the end of all others.
 */
const RECENT_MS = 86_400_000;

/** Two processes that saw the same end noted it within this time, in milliseconds. */
const SAME_MS = 2 * 60_000;

/**
 * All that is known: of each alert what the newest state says that has it, of what receivers were
 * told the latest, and all silences but those that one of the processes has ended.
 *
 * @returns undefined if there is no state.
 */
export function mergeAlerts(saved: readonly SavedAlerts[]): AlertsState | undefined {
  const [newest, ...others] = saved.toSorted((a, b) => b.savedMs - a.savedMs);
  if (newest === undefined) return undefined;
  const recent = [newest, ...others.filter(({ savedMs }) => newest.savedMs - savedMs <= RECENT_MS)];
  const ended = new Map<string, EndedSilence>();
  const silences = new Map<string, Silence>();
  for (const { state } of [newest, ...others]) {
    for (const each of state.ended ?? []) ended.set(each.id, each);
    for (const each of state.silences) silences.set(each.id, each);
  }
  return {
    entries: mergeEntries(recent.map(({ state }) => state.entries)),
    silences: [...silences.values()].filter(({ id }) => !ended.has(id))
      .sort((a, b) => a.createdMs - b.createdMs),
    ended: [...ended.values()],
    told: mergeTold(recent.map(({ state }) => state.told)),
  };
}

/** @param states The newest first. */
function mergeEntries(states: readonly (readonly BookEntry[])[]): readonly BookEntry[] {
  const [newest = [], ...others] = states;
  const active = new Map<string, BookEntry>();
  const resolved = newest.filter(({ state }) => state === "resolved");
  for (const entry of newest) if (entry.state !== "resolved") active.set(entry.id, entry);
  for (const entry of others.flat()) {
    const ends = resolved.filter(({ id }) => id === entry.id);
    if (entry.state === "resolved") {
      if (!ends.some((end) => isSameEnd(end, entry))) resolved.push(entry);
      continue;
    }
    // What is pending, or has ended since as another process saw it, is judged anew.
    const hasEnded = ends.some(({ resolvedMs = 0 }) => resolvedMs >= (entry.firedMs ?? 0));
    if (entry.state === "firing" && !active.has(entry.id) && !hasEnded) {
      active.set(entry.id, entry);
    }
  }
  resolved.sort((a, b) => (b.resolvedMs ?? 0) - (a.resolvedMs ?? 0));
  return [...active.values(), ...resolved];
}

function isSameEnd(a: BookEntry, b: BookEntry): boolean {
  return Math.abs((a.resolvedMs ?? 0) - (b.resolvedMs ?? 0)) <= SAME_MS;
}

function mergeTold(states: readonly (readonly Told[])[]): readonly Told[] {
  const latest = new Map<string, Told>();
  for (const told of states.flat()) {
    const before = latest.get(told.id);
    if (before === undefined || told.toldMs > before.toldMs) latest.set(told.id, told);
  }
  return [...latest.values()];
}
