/**
 * Alerts and silences as data. Types only, and the words that settings, queries and labels use.
 *
 * @module
 */

import type { EventNode, Severity } from "../history/event.ts";

/** Every rule; what each means is in `rule.ts`. */
export const ALERT_RULES = [
  "critical_node_offline",
  "node_offline",
  "key_expired",
  "key_expiring",
  "lock_error",
  "routes_unapproved",
  "on_relay",
  "unreadable",
  "collection_stale",
  "credential_expiring",
] as const;

/** What is wrong, as a bounded value. */
export type AlertRule = typeof ALERT_RULES[number];

/** How far an alert is. */
export type AlertState =
  /** The condition holds, but not for long enough. */
  | "pending"
  /** The condition has held for long enough, and no end of it has been confirmed. */
  | "firing"
  /** It was firing, and the condition has been over for long enough. */
  | "resolved";

/** One alert: a rule and what it is about. Immutable; times are milliseconds since 1970. */
export interface Alert {
  /** Names rule and subject: the same each time this alert fires. */
  readonly id: string;
  /** What is wrong. */
  readonly rule: AlertRule;
  /** How bad it is. */
  readonly severity: Exclude<Severity, "ok">;
  /** How far it is. */
  readonly state: AlertState;
  /** The node; undefined for an alert of a tailnet or the exporter. */
  readonly node: EventNode | undefined;
  /** What the subject is: device_id, device_name, node_type, os, tailnet … */
  readonly labels: Readonly<Record<string, string>>;
  /** What is wrong, in one sentence without a full stop. */
  readonly summary: string;
  /** When the condition began to hold. */
  readonly sinceMs: number;
  /** When it fired; undefined while it is pending. */
  readonly firedMs: number | undefined;
  /** When it was resolved; undefined before. */
  readonly resolvedMs: number | undefined;
  /** When the first silence was made that keeps it from being sent; undefined if none does. */
  readonly silencedSinceMs: number | undefined;
  /** End of the silence that keeps it from being sent; undefined if none does. */
  readonly silencedUntilMs: number | undefined;
}

/** What a silence is made of. */
export interface SilenceDraft {
  /** Rule; undefined for every rule. */
  readonly rule?: AlertRule | undefined;
  /** Pattern of node names with * and ?, in any case; undefined for every node. */
  readonly node?: string | undefined;
  /** When it ends, in milliseconds since 1970. */
  readonly untilMs: number;
  /** Why, in the operator's words. Default: "". */
  readonly comment?: string | undefined;
}

/** Keeps alerts from being sent for a time; they are listed all the same. */
export interface Silence extends SilenceDraft {
  /** Unique. */
  readonly id: string;
  /** When it was made, in milliseconds since 1970. */
  readonly createdMs: number;
}

/** What a receiver that remembers nothing by itself was told last of an alert. */
export interface Told {
  /** The alert. */
  readonly id: string;
  /** When the alert fired of which it was told. */
  readonly firedMs: number;
  /** That it fires, or that it is resolved. */
  readonly state: "firing" | "resolved";
  /** When it was told, in milliseconds since 1970. */
  readonly toldMs: number;
}

/** A silence that was ended before its time: another process may still have it. */
export interface EndedSilence {
  /** Its id. */
  readonly id: string;
  /** When it would have ended, in milliseconds since 1970. */
  readonly untilMs: number;
}
