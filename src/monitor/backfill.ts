/**
 * Fills history and alerts with a simulated past, so that the demo begins as if it
 * had been watched for a month. Events are worded as those of the present are, and marked.
 *
 * @module
 */

import { type Alerts, type BookEntry, eventOfTransition } from "../alerts/mod.ts";
import { RESOLVED_MS } from "../alerts/book.ts";
import { pastAlerts, type PastAlertsOptions, pastRelayAlert } from "../alerts/past_alerts.ts";
import {
  EXPIRING_MS,
  expiryMs,
  isQuiet,
  type KnownDevice,
  PENDING,
  type TailnetChange,
  type TailnetFacts,
} from "../facts/mod.ts";
import { eventOfMetrics, eventOfTailnet } from "../history/event_of.ts";
import {
  describeHealth,
  type DevicePast,
  type EventDraft,
  type HealthPoint,
  type History,
  type Past,
  severityOfHealth,
  type UptimeDay,
} from "../history/mod.ts";
import { PastHealth } from "../history/past_health.ts";
import { PastUptime } from "../history/past_uptime.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/**
 * Maximum number of outages of one device that are events, the last ones: a device on a bad line
 * has thousands, which would push everything else out of the log.
 */
const MAX_OUTAGES = 100;

/** Minimum time between two reports: with shorter ones a month would be reports alone. */
const MIN_REPORT_MS = 3_600_000;

/** Options for {@linkcode backfill}. */
export interface BackfillOptions extends PastAlertsOptions, TimeSliceOptions {
  /** The host whose peers are told of; undefined if there is none. */
  readonly host?: string | undefined;
  /** From one report to the next, in milliseconds. */
  readonly reportMs: number;
}

/** A past in the words of history and alerts. */
export interface Backfill {
  /** The events, oldest first. */
  readonly events: readonly EventDraft[];
  /** Time online, by the day. */
  readonly days: readonly UptimeDay[];
  /** Alerts: those of the last day that are resolved, newest first, and all others. */
  readonly alerts: readonly BookEntry[];
}

/** What a past is added to. */
export interface PastTarget {
  /** Takes events and time online. */
  readonly history: Pick<History, "simulate">;
  /** Takes alerts; undefined if they are off. */
  readonly alerts: Pick<Alerts, "restore"> | undefined;
}

/** Adds a past that ends with the device list of a snapshot, before anything else is noted. */
export async function addPast(
  { alerts, history }: PastTarget,
  past: Past,
  facts: TailnetFacts,
  options: BackfillOptions,
): Promise<void> {
  const filled = await backfill(past, facts, options);
  await history.simulate(filled.events, filled.days, facts.listing?.atMs ?? facts.atMs);
  alerts?.restore({ entries: filled.alerts, silences: [], told: [] });
}

/** Turns what is told of the past into events, time online and alerts, in slices. */
export async function backfill(
  past: Past,
  facts: TailnetFacts,
  options: BackfillOptions,
): Promise<Backfill> {
  const { atMs } = facts;
  const known = new Map(facts.listing?.devices.map((each) => [each.device.id, each]));
  const [any] = known.values();
  const slice = new TimeSlice(options);
  const uptime = new PastUptime(past, facts);
  const health = new PastHealth(past);
  const drafts: EventDraft[] = [...apiEvents(past)];
  const alerts: BookEntry[] = [];
  const isCritical = ({ device }: KnownDevice) => options.classify(device).isCritical;
  for (const each of past.devices()) {
    if (slice.isOver) await slice.next();
    const present = known.get(each.id);
    const subject = present ?? (any && former(any, each));
    if (subject === undefined) continue;
    const fitting = present === undefined ? each : fitted(each, present, atMs);
    const changes = changesOf(fitting, subject, past.fromMs, atMs);
    for (const change of changes) {
      const draft = eventOfTailnet(change, isCritical) ?? eventOfMetrics(change, subject);
      if (draft !== undefined) drafts.push(draft);
    }
    const critical = isCritical(subject);
    health.add(fitting, {
      isCritical: critical,
      isQuiet: isQuiet(subject.device, { ...options, isCritical: () => critical }),
    });
    if (present === undefined) continue;
    uptime.add(present.key, fitting);
    for (const entry of alertsOf(present, fitting, facts, options)) {
      alerts.push(entry);
      drafts.push(...eventsOfAlert(entry));
    }
  }
  if (slice.isOver) await slice.next();
  const reportMs = Math.max(options.reportMs, MIN_REPORT_MS);
  for (const point of await health.points(reportMs, atMs, slice)) drafts.push(reportOf(point));
  return {
    events: drafts.filter(({ atMs: at }) => at >= past.fromMs && at <= atMs)
      .sort((a, b) => a.atMs - b.atMs),
    days: await uptime.days(slice),
    alerts: alerts.filter(({ resolvedMs = atMs }) => atMs - resolvedMs <= RESOLVED_MS)
      .sort((a, b) => (b.resolvedMs ?? 0) - (a.resolvedMs ?? 0)),
  };
}

function* alertsOf(
  known: KnownDevice,
  past: DevicePast,
  facts: TailnetFacts,
  options: BackfillOptions,
): Generator<BookEntry> {
  yield* pastAlerts(known, past, facts, options);
  const { host } = options;
  if (host === undefined || past.relayedMs === undefined) return;
  yield* pastRelayAlert(known, past.relayedMs, host, facts, options);
}

/** A device that is in no list any more. */
function former({ device, key }: KnownDevice, { id, name }: DevicePast): KnownDevice {
  const tailnet = key.slice(0, key.indexOf("/") + 1);
  return { key: tailnet + id, device: { ...device, id, name, isEphemeral: true }, isOnline: false };
}

/** A past that ends as the device list says: a device may have gone since it was sent. */
function fitted(past: DevicePast, { isOnline }: KnownDevice, atMs: number): DevicePast {
  const last = past.outages.at(-1);
  const wasOnline = last === undefined || last.untilMs !== undefined;
  if (wasOnline === isOnline) return past;
  if (!isOnline) {
    return { ...past, outages: [...past.outages, { fromMs: atMs, untilMs: undefined }] };
  }
  const ended = last === undefined ? [] : [{ ...last, untilMs: atMs }];
  return { ...past, outages: [...past.outages.slice(0, -1), ...ended] };
}

/** What happened to a device, as changes of the facts. */
function* changesOf(
  past: DevicePast,
  known: KnownDevice,
  fromMs: number,
  untilMs: number,
): Generator<TailnetChange> {
  const { key } = known;
  const joined = { key, before: undefined, after: known, atMs: past.joinedMs } as const;
  if (past.joinedMs >= fromMs) yield { kind: "device_joined", ...joined };
  if (past.leftMs !== undefined) {
    yield { kind: "device_left", key, before: known, after: undefined, atMs: past.leftMs };
    return;
  }
  const same = { key, before: known, after: known };
  for (const span of past.outages.slice(-MAX_OUTAGES)) {
    yield { kind: "device_offline", ...same, atMs: span.fromMs };
    if (span.untilMs !== undefined) {
      yield { kind: "device_online", ...same, atMs: span.untilMs };
    }
  }
  const expiresMs = expiryMs(known.device);
  yield { kind: "key_expiring", ...same, atMs: expiresMs - EXPIRING_MS };
  if (expiresMs <= untilMs) yield { kind: "key_expired", ...same, atMs: expiresMs };
  const { lockErrorMs, routesMs, unreadable, updateMs } = past;
  if (lockErrorMs !== undefined) yield { kind: "lock_error", ...same, atMs: lockErrorMs };
  if (updateMs !== undefined) yield { kind: "update_available", ...same, atMs: updateMs };
  if (routesMs !== undefined) {
    const { advertisedRoutes = [], enabledRoutes = [] } = known.device;
    const routes = advertisedRoutes.filter((route) => !enabledRoutes.includes(route));
    yield { kind: "routes_offered", ...same, routes, atMs: routesMs };
  }
  if (unreadable === undefined) return;
  yield {
    kind: "metrics_unreadable",
    key,
    before: { ...PENDING, state: "up" },
    after: { ...PENDING, state: "down", reason: unreadable.reason },
    atMs: unreadable.sinceMs,
  };
}

function* apiEvents({ apiOutages }: Past): Generator<EventDraft> {
  const make = (atMs: number, isUp: boolean): EventDraft => ({
    atMs,
    type: isUp ? "api_up" : "api_down",
    severity: isUp ? "ok" : "warning",
    node: undefined,
    message: isUp ? "The API answers" : "The API does not answer: timeout",
  });
  for (const { fromMs, untilMs } of apiOutages) {
    yield make(fromMs, false);
    if (untilMs !== undefined) yield make(untilMs, true);
  }
}

function* eventsOfAlert(entry: BookEntry): Generator<EventDraft> {
  if (entry.firedMs === undefined) return;
  yield eventOfTransition({ to: "firing", entry: { ...entry, resolvedMs: undefined } });
  if (entry.resolvedMs !== undefined) yield eventOfTransition({ to: "resolved", entry });
}

/** A report of the past. */
function reportOf(point: HealthPoint): EventDraft {
  const severity = severityOfHealth(point);
  const message = describeHealth(point);
  return { atMs: point.atMs, type: "health_check", severity, node: undefined, message };
}
