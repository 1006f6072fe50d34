/**
 * The state of every alert: conditions in, pending, firing and resolved alerts out. Pure: the time
 * is an argument, and the whole state can be taken out and put back, so that a restart neither
 * repeats nor forgets an alert.
 *
 * @module
 */

import type { EventDraft } from "../history/event.ts";
import type { Alert, AlertRule, AlertState } from "./alert.ts";
import type { Condition } from "./condition.ts";
import { type RuleDefinition, RULES } from "./rule.ts";

/** Maximum number of alerts that are pending or firing; further ones of nodes are left out. */
export const MAX_ALERTS = 5_000;

/** Maximum number of resolved alerts, and for how long they are listed, in milliseconds. */
export const MAX_RESOLVED = 500, RESOLVED_MS = 86_400_000;

/** An alert as the book keeps it, without what silences add. */
export interface BookEntry extends Omit<Alert, "silencedSinceMs" | "silencedUntilMs"> {
  /** What the condition was looked for in: the alerts of one scope are judged together. */
  readonly scope: string;
  /** Since when the condition is over while it is firing; undefined while it holds. */
  readonly clearSinceMs: number | undefined;
}

/** An alert that began to fire or was resolved. */
export interface Transition {
  /** To what. */
  readonly to: Exclude<AlertState, "pending">;
  /** The alert as it is now. */
  readonly entry: BookEntry;
}

/** Options for an {@linkcode AlertBook}. */
export interface AlertBookOptions {
  /** How long a node must be offline before that is an alert, in milliseconds. */
  readonly offlineMs?: number;
}

/** All alerts. */
export class AlertBook {
  readonly #offlineMs: number | undefined;
  readonly #active = new Map<string, BookEntry>();
  #resolved: BookEntry[] = [];
  readonly #leftOut = new Map<string, number>();

  #version = 0;

  /** A book without alerts. */
  constructor({ offlineMs }: AlertBookOptions = {}) {
    this.#offlineMs = offlineMs;
  }

  /** Conditions that found no room, of all scopes at their last look. */
  get leftOutCount(): number {
    return this.#leftOut.values().reduce((sum, count) => sum + count, 0);
  }

  /** All alerts: pending, firing and, newest first, resolved. */
  *entries(): Generator<BookEntry> {
    yield* this.#active.values();
    yield* this.#resolved.toReversed();
  }

  /** Rises with each change. */
  get version(): number {
    return this.#version;
  }

  /**
   * Takes what is wrong in a scope now. What was wrong there and is not among it is over; where
   * nothing is known, do not call this.
   *
   * @returns What began to fire and what was resolved.
   */
  update(scope: string, conditions: Iterable<Condition>, nowMs: number): readonly Transition[] {
    const transitions: Transition[] = [];
    const present = new Set<string>();
    this.#leftOut.delete(scope);
    for (const condition of conditions) {
      const id = `${condition.rule} ${condition.key}`;
      present.add(id);
      this.#hold(id, scope, condition, nowMs, transitions);
    }
    for (const [id, entry] of this.#active) {
      if (entry.scope !== scope || present.has(id)) continue;
      this.#release(entry, nowMs, transitions);
    }
    this.#dropResolved(nowMs);
    return transitions;
  }

  /** Puts back the entries that an earlier process had; those of this one stay. */
  restore(entries: Iterable<BookEntry>): void {
    const resolved: BookEntry[] = [];
    for (const entry of entries) {
      if (entry.state === "resolved") resolved.push(entry);
      else if (this.#active.has(entry.id)) continue;
      else if (this.#hasRoomFor(entry)) this.#active.set(entry.id, entry);
    }
    this.#resolved = [...resolved.toReversed(), ...this.#resolved].slice(-MAX_RESOLVED);
  }

  #hold(
    id: string,
    scope: string,
    condition: Condition,
    nowMs: number,
    transitions: Transition[],
  ): void {
    const { labels, node, rule, summary } = condition;
    const old = this.#active.get(id);
    if (old === undefined && !this.#hasRoomFor(condition)) {
      this.#leftOut.set(scope, (this.#leftOut.get(scope) ?? 0) + 1);
      return;
    }
    const { forMs, severity } = this.#ruleOf(rule);
    const sinceMs = Math.min(old?.sinceMs ?? nowMs, nowMs);
    const isFiring = old?.state === "firing" || nowMs - sinceMs >= forMs;
    const state = isFiring ? "firing" : "pending";
    const isSame = old?.state === state && old.summary === summary && old.sinceMs === sinceMs &&
      old.clearSinceMs === undefined && old.node?.name === node?.name &&
      isSameRecord(old.labels, labels);
    if (isSame) return;
    const firedMs = old?.firedMs ?? (isFiring ? nowMs : undefined);
    const entry: BookEntry = {
      id,
      scope,
      rule,
      severity,
      state,
      node,
      labels,
      summary,
      sinceMs,
      firedMs,
      resolvedMs: undefined,
      clearSinceMs: undefined,
    };
    this.#active.set(id, entry);
    this.#version++;
    if (isFiring && old?.state !== "firing") transitions.push({ to: "firing", entry });
  }

  /** Alerts of a whole tailnet always have room: they are few, and tell of what many nodes have. */
  #hasRoomFor({ node }: Pick<BookEntry, "node">): boolean {
    return node === undefined || this.#active.size < MAX_ALERTS;
  }

  #release(entry: BookEntry, nowMs: number, transitions: Transition[]): void {
    this.#version++;
    if (entry.state === "pending") {
      this.#active.delete(entry.id);
      return;
    }
    const clearSinceMs = Math.min(entry.clearSinceMs ?? nowMs, nowMs);
    if (nowMs - clearSinceMs < this.#ruleOf(entry.rule).clearMs) {
      if (clearSinceMs !== entry.clearSinceMs) {
        this.#active.set(entry.id, { ...entry, clearSinceMs });
      }
      return;
    }
    this.#active.delete(entry.id);
    const resolved = { ...entry, clearSinceMs, state: "resolved", resolvedMs: nowMs } as const;
    this.#resolved.push(resolved);
    transitions.push({ to: "resolved", entry: resolved });
  }

  #dropResolved(nowMs: number): void {
    const isRecent = ({ resolvedMs = 0 }: BookEntry) => nowMs - resolvedMs <= RESOLVED_MS;
    const first = this.#resolved.findIndex(isRecent);
    const old = first < 0 ? this.#resolved.length : first;
    const count = Math.max(old, this.#resolved.length - MAX_RESOLVED);
    if (count === 0) return;
    this.#version++;
    this.#resolved.splice(0, count);
  }

  #ruleOf(rule: AlertRule): RuleDefinition {
    const definition = RULES[rule];
    const isOffline = rule === "node_offline" || rule === "critical_node_offline";
    if (!isOffline || this.#offlineMs === undefined) return definition;
    return { ...definition, forMs: this.#offlineMs };
  }
}

function isSameRecord(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The event of an alert that began to fire or was resolved. */
export function eventOfTransition({ entry, to }: Transition): EventDraft {
  const { firedMs = 0, node, resolvedMs, rule, summary } = entry;
  return {
    atMs: resolvedMs ?? firedMs,
    type: "alert",
    severity: to === "resolved" ? "ok" : entry.severity,
    node,
    message: `${to === "firing" ? "Alert" : "Resolved"} ${rule}: ${summary}`,
  };
}
