/**
 * The alerts that a device would have made in a simulated past: those that are over, and those that
 * are pending or firing at its end. The conditions are found as those of the present are. Pure.
 *
 * @module
 */

import {
  EXPIRING_MS,
  expiryMs,
  type KnownDevice,
  PENDING,
  type TailnetFacts,
} from "../facts/mod.ts";
import type { DevicePast, Span } from "../history/past.ts";
import type { AlertRule } from "./alert.ts";
import type { BookEntry } from "./book.ts";
import {
  type Condition,
  conditionOfPeer,
  type ConditionOptions,
  conditionsOfDevice,
  scopeOf,
  scopeOfHost,
} from "./condition.ts";
import { RULES } from "./rule.ts";

/** Options for {@linkcode pastAlerts}. */
export interface PastAlertsOptions extends ConditionOptions {
  /** How long a node must be offline before that is an alert, in milliseconds. */
  readonly offlineMs: number;
}

/** The alerts of a device in its past, which ends with the snapshot. */
export function* pastAlerts(
  known: KnownDevice,
  past: DevicePast,
  facts: TailnetFacts,
  options: PastAlertsOptions,
): Generator<BookEntry> {
  const { atMs } = facts;
  const [offline] = conditionsOfDevice(offlineSince(known, atMs), facts, options);
  if (offline !== undefined && isAboutOffline(offline.rule)) {
    const spans = past.outages.filter(({ fromMs }) => fromMs > -Infinity);
    for (const span of spans) yield* entriesOf(offline, span, facts, options.offlineMs);
  }
  for (const condition of conditionsOfDevice(known, withReason(facts, known, past), options)) {
    const fromMs = beginOf(condition.rule, known, past);
    if (fromMs === undefined) continue;
    const { forMs } = RULES[condition.rule];
    yield* entriesOf(condition, { fromMs, untilMs: undefined }, facts, forMs);
  }
}

/** The alert of a device that a host has reached over a DERP relay since some time. */
export function* pastRelayAlert(
  known: KnownDevice,
  fromMs: number,
  host: string,
  facts: TailnetFacts,
  options: PastAlertsOptions,
): Generator<BookEntry> {
  const { key, device: { name } } = known;
  const peer = { id: key, name, sinceMs: fromMs, path: "derp" } as const;
  const condition = conditionOfPeer(peer, host, () => known, options);
  if (condition === undefined) return;
  const { forMs } = RULES.on_relay;
  for (const entry of entriesOf(condition, { fromMs, untilMs: undefined }, facts, forMs)) {
    yield { ...entry, scope: scopeOfHost(host) };
  }
}

/** Whether a rule is about nodes that are offline. */
function isAboutOffline(rule: AlertRule): boolean {
  return rule === "node_offline" || rule === "critical_node_offline";
}

function offlineSince({ device, key }: KnownDevice, atMs: number): KnownDevice {
  return { key, device: { ...device, lastSeenSeconds: atMs / 1000 }, isOnline: false };
}

/** The snapshot as it is after a scrape: at the end of the past there was none yet. */
function withReason(
  facts: TailnetFacts,
  { key }: KnownDevice,
  { unreadable }: DevicePast,
): TailnetFacts {
  if (unreadable === undefined) return facts;
  const scrape = { ...PENDING, state: "down", reason: unreadable.reason } as const;
  return { ...facts, scrapes: new Map([[key, scrape]]) };
}

/** Since when a condition holds; undefined if it is told otherwise, or unknown. */
function beginOf(rule: AlertRule, { device }: KnownDevice, past: DevicePast): number | undefined {
  switch (rule) {
    case "key_expired":
      return expiryMs(device);
    case "key_expiring":
      return expiryMs(device) - EXPIRING_MS;
    case "lock_error":
      return past.lockErrorMs;
    case "routes_unapproved":
      return past.routesMs;
    case "unreadable":
      return past.unreadable?.sinceMs;
    default:
      return undefined;
  }
}

/** The alert of a span in which a condition held; none if it was over before it fired. */
function* entriesOf(
  condition: Condition,
  { fromMs, untilMs }: Span,
  { atMs, tailnet }: TailnetFacts,
  forMs: number,
): Generator<BookEntry> {
  const { key, labels, node, rule, summary } = condition;
  const { clearMs, severity } = RULES[rule];
  const firedMs = fromMs + forMs;
  const endMs = untilMs ?? Infinity;
  if (endMs <= firedMs) return;
  const isOver = endMs + clearMs <= atMs;
  const state = isOver ? "resolved" : firedMs <= atMs ? "firing" : "pending";
  yield {
    id: `${rule} ${key}`,
    scope: scopeOf(tailnet),
    rule,
    severity,
    state,
    node,
    labels,
    summary,
    sinceMs: fromMs,
    firedMs: state === "pending" ? undefined : firedMs,
    resolvedMs: isOver ? endMs + clearMs : undefined,
    clearSinceMs: endMs <= atMs ? endMs : undefined,
  };
}
