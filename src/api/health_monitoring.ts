/**
 * The paths below `/health-monitoring/`, in the shapes that dashboards of earlier health monitors
 * read: names, parameters and defaults are theirs.
 *
 * @module
 */

import { type DeviceFacts, devicesOf } from "../facts/mod.ts";
import { EVENT_TYPES, type EventType, OTHER_TYPE, SEVERITIES } from "../history/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { shortName } from "../text/short_name.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { DAY_MS, formatOptionalTime, formatTime } from "../time/timestamp.ts";
import { alertJson } from "./alert.ts";
import type { ApiSource } from "./fact_source.ts";
import { integerParameter, type Parameter, type Query, wordParameter } from "./parameter.ts";
import * as s from "./schema.ts";

/** Events of a page. */
const PER_PAGE = 20;

/** The types of node that have a place of their own in `/health-monitoring/critical`. */
const PLACES = { git: "git", dev: "development", prod: "production" } as const;

const NODE: s.Schema = s.object({
  hostname: s.text("The first label of its name in the tailnet."),
  ip: s.orNull(s.text("Its first address.")),
  online: s.flag("Whether it is connected to the control plane."),
  node_type: s.text("Its type, as NODE_TYPES has it."),
  os: s.orNull(s.text("Its operating system.")),
  last_seen: s.orNull(s.time("When it was last connected; now while it is.")),
  uptime_24h: s.orNull(
    s.number("Percent of the observed part of the last 24 hours; null if none was."),
  ),
}, "A node.");

/** The schema of `/health-monitoring/summary`. */
export const HEALTH_SUMMARY: s.Schema = s.object({
  total_nodes: s.count("Nodes."),
  online_nodes: s.count("Nodes that are connected to the control plane."),
  offline_nodes: s.count("Nodes that are not."),
  critical_nodes: s.object({
    total: s.count("Critical nodes."),
    online: s.count("Critical nodes that are connected."),
    offline: s.count("Critical nodes that are not."),
    health_percentage: s.number("Percent of the critical nodes that are online; 100 without any."),
  }),
});

/** The schema of `/health-monitoring/nodes`. */
export const HEALTH_NODES: s.Schema = s.list(NODE, "The nodes.");

/** The schema of `/health-monitoring/critical`. */
export const HEALTH_CRITICAL: s.Schema = s.object({
  git: s.orNull(NODE),
  dev: s.orNull(NODE),
  prod: s.orNull(NODE),
}, "The first node of each type, one that is offline before others; null without one.");

/** The schema of `/health-monitoring/alerts`. */
export const HEALTH_ALERTS: s.Schema = s.list(
  s.object({
    severity: s.word(["warning", "critical"], "Severity."),
    hostname: s.orNull(s.text("The node; null for an alert of something else.")),
    rule: s.text("The alert rule."),
    message: s.text("The same in a sentence."),
    since: s.time("When it began."),
  }),
  "The alerts that fire.",
);

/** The schema of `/health-monitoring/logs`. */
export const HEALTH_LOGS: s.Schema = s.object({
  logs: s.list(
    s.object({
      timestamp: s.time("When."),
      severity: s.word(SEVERITIES, "Severity."),
      event_type: s.word(EVENT_TYPES, "What happened."),
      hostname: s.orNull(s.text("The node.")),
      message: s.text("The same in a sentence."),
    }),
    "Newest first.",
  ),
  page: s.count("The number of this page, from 1."),
  per_page: s.count("Events of a page."),
  total: s.count("Events that pass the filters."),
  total_pages: s.count("Pages."),
});

/** The parameters of `/health-monitoring/nodes`. */
export const HEALTH_NODES_PARAMETERS: readonly Parameter[] = [
  wordParameter("project_only", ["true", "false"], "Only critical nodes. Default: true."),
];

/** The parameters of `/health-monitoring/logs`; a filter that is empty asks for nothing. */
export const HEALTH_LOGS_PARAMETERS: readonly Parameter[] = [
  integerParameter("page", { min: 1, max: 1_000_000, fallback: 1 }, "The page."),
  wordParameter("severity", ["", ...SEVERITIES], "Only events of this severity."),
  wordParameter("event_type", ["", "all", ...EVENT_TYPES], "Only events of this type."),
];

/** `/health-monitoring/summary`. */
export async function healthSummary(
  source: ApiSource,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const classify = source.monitor()?.classify;
  let [total, online, critical, criticalOnline] = [0, 0, 0, 0];
  await eachDevice(source, slices, ({ device, isOnline }) => {
    total++;
    if (isOnline) online++;
    if (classify?.(device).isCritical !== true) return;
    critical++;
    if (isOnline) criticalOnline++;
  });
  return {
    total_nodes: total,
    online_nodes: online,
    offline_nodes: total - online,
    critical_nodes: {
      total: critical,
      online: criticalOnline,
      offline: critical - criticalOnline,
      health_percentage: critical === 0 ? 100 : percent(criticalOnline / critical),
    },
  };
}

/** `/health-monitoring/nodes`. */
export async function healthNodes(
  source: ApiSource,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<readonly JsonObject[]> {
  const isProject = query.one("project_only") !== "false";
  const nodes: JsonObject[] = [];
  await eachDevice(source, slices, (facts) => {
    const isCritical = source.monitor()?.classify(facts.device).isCritical === true;
    if (isCritical || !isProject) nodes.push(nodeJson(source, facts));
  });
  return nodes;
}

/** `/health-monitoring/critical`. */
export async function healthCritical(
  source: ApiSource,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const found = new Map<string, DeviceFacts>();
  await eachDevice(source, slices, (facts) => {
    const type = typeOf(source, facts);
    const before = found.get(type);
    if (before === undefined || (before.isOnline && !facts.isOnline)) found.set(type, facts);
  });
  return Object.fromEntries(
    Object.entries(PLACES).map(([place, type]) => {
      const facts = found.get(type);
      return [place, facts === undefined ? null : nodeJson(source, facts)];
    }),
  );
}

/** `/health-monitoring/alerts`. */
export async function healthAlerts(source: ApiSource): Promise<readonly JsonObject[]> {
  const firing = await source.monitor()?.alerts?.list({ states: ["firing"] });
  return (firing ?? []).map((alert) => ({
    severity: alert.severity,
    hostname: alert.node === undefined ? null : shortName(alert.node.name),
    rule: alert.rule,
    message: alert.summary,
    since: alertJson(alert).since,
  }));
}

/** `/health-monitoring/logs`. */
export async function healthLogs(
  source: ApiSource,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const page = query.integer("page", 1);
  const wanted = query.one("event_type") ?? "";
  const types = EVENT_TYPES.filter((each: EventType) => each === wanted);
  const severities = SEVERITIES.filter((each) => each === query.one("severity"));
  const { events = [], total = 0 } = await source.monitor()?.history.log.queryInSlices({
    ...types.length > 0 && { types },
    ...severities.length > 0 && { severities },
    offset: PER_PAGE * (page - 1),
    limit: PER_PAGE,
  }, slices) ?? {};
  return {
    logs: events.map(({ atMs, message, node, severity, type }) => ({
      timestamp: formatTime(atMs),
      severity,
      event_type: type,
      hostname: node === undefined ? null : shortName(node.name),
      message,
    })),
    page,
    per_page: PER_PAGE,
    total,
    total_pages: Math.ceil(total / PER_PAGE),
  };
}

/** Calls back with each device, in slices of time. */
async function eachDevice(
  source: ApiSource,
  slices: TimeSliceOptions | undefined,
  take: (facts: DeviceFacts) => void,
): Promise<void> {
  const slice = new TimeSlice(slices);
  for (const tailnet of source.tailnets()) {
    for (const facts of devicesOf(tailnet, () => [])) {
      if (slice.isOver) await slice.next();
      take(facts);
    }
  }
}

function nodeJson(source: ApiSource, facts: DeviceFacts): JsonObject {
  const { device, isOnline, key } = facts;
  const ratio = source.monitor()?.history.uptime(key, DAY_MS).ratio;
  const seenMs = device.lastSeenSeconds === undefined ? undefined : device.lastSeenSeconds * 1000;
  return {
    hostname: shortName(device.name),
    ip: device.addresses[0] ?? null,
    online: isOnline,
    node_type: typeOf(source, facts),
    os: device.os ?? null,
    last_seen: formatOptionalTime(isOnline ? source.now() : seenMs),
    uptime_24h: ratio === undefined ? null : percent(ratio),
  };
}

function typeOf(source: ApiSource, { device }: DeviceFacts): string {
  return source.monitor()?.classify(device).type ?? OTHER_TYPE;
}

/** Units: 0 to 1 → percent with one digit behind the point */
function percent(ratio: number): number {
  return Math.round(1000 * ratio) / 10;
}
