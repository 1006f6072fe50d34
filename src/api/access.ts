/**
 * Access analytics as JSON: usage, single requests, the quota of external users, and the outcome of
 * lines that were sent. The answers below `/analytics/` have the same objects.
 *
 * @module
 */

import { LINE_OUTCOMES } from "../access/access_metrics.ts";
import type { AccessRecord, Counts, Quota, Usage } from "../access/mod.ts";
import { USER_CLASSES } from "../access/visitor.ts";
import type { JsonObject } from "../json/json.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { formatTime, HOUR_MS } from "../time/timestamp.ts";
import type { ApiSource } from "./fact_source.ts";
import {
  integerParameter,
  type Parameter,
  type Query,
  textParameter,
  wordParameter,
} from "./parameter.ts";
import * as s from "./schema.ts";

/** Requests that {@linkcode accessJson} lists one by one. */
export const RECENT = 5;

/** The parameters of the usage. */
export const ACCESS_PARAMETERS: readonly Parameter[] = [
  integerParameter("days", { min: 1, max: 90, fallback: 7 }, "How far to look back."),
  integerParameter("top", { min: 1, max: 1000, fallback: 10 }, "Maximum length of each list."),
];

/** The parameters of the list of requests. */
export const ACCESS_REQUEST_PARAMETERS: readonly Parameter[] = [
  integerParameter("hours", { min: 1, max: 2160, fallback: 24 }, "How far to look back."),
  integerParameter("limit", { min: 1, max: 1000, fallback: 100 }, "Maximum number of requests."),
  wordParameter("user_class", USER_CLASSES, "Only requests of these classes.", true),
  textParameter("user", "Only requests of this user."),
  textParameter("device", "Only requests from this device."),
  textParameter("service", "Only requests to this service."),
];

/** The schema of {@linkcode recordJson}. */
const ACCESS_RECORD: s.Schema = s.object({
  time: s.time("When it was made."),
  user: s.orNull(s.text("Login name, or its hash; null for tagged devices, and where unknown.")),
  device: s.orNull(s.text("Name of the device, or its hash.")),
  user_class: s.word(USER_CLASSES, "Where it came from."),
  ip: s.text("The client's address, or its hash."),
  service: s.text("The service."),
  method: s.text("The method; other or invalid for what is none."),
  endpoint: s.text("The path without ids; (other) for one that was never answered without error."),
  path: s.orNull(s.text("The path; null if it was no HTTP request.")),
  query: s.orNull(s.text("The query; null without one, or where it is hidden.")),
  status: s.count("Status of the response."),
  bytes: s.orNull(s.count("Size of the response.")),
  response_time: s.orNull(s.number("Duration in seconds.")),
  user_agent: s.orNull(s.text("User-Agent.")),
}, "A request.");

const COUNTED: s.Schema = s.object({
  name: s.text("The name; (other) for all that are not listed."),
  requests: s.count("Requests."),
});

const USAGE: Readonly<Record<string, s.Schema>> = {
  total_requests: s.count("Requests."),
  total_bytes: s.count("Bytes of all responses whose size is known."),
  unique_users: s.count("Distinct users."),
  active_devices: s.count("Distinct devices that made a request."),
  status_classes: s.map(s.count("Requests."), "Requests by class of status, such as 2xx."),
  user_classes: s.map(s.count("Requests."), "Requests by class of user."),
  services: s.list(COUNTED, "The most used services."),
  top_endpoints: s.list(COUNTED, "The most used endpoints."),
  top_users: s.list(COUNTED, "The users with most requests."),
  top_devices: s.list(COUNTED, "The devices with most requests."),
  hours: s.list(
    s.object({ time: s.time("The hour."), requests: s.count("Requests.") }),
    "Hours with requests, in order.",
  ),
};

/** The schema of {@linkcode accessJson}. */
export const ACCESS: s.Schema = s.object({
  days: s.count("How far it looks back, in whole hours."),
  ...USAGE,
  recent: s.list(ACCESS_RECORD, "The last requests, the newest first."),
  lines: s.map(s.count("Lines since the start."), "What became of lines of access logs."),
});

/** The schema of {@linkcode accessRequests}. */
export const ACCESS_REQUESTS: s.Schema = s.object({
  hours: s.count("How far it looks back."),
  total_requests: s.count("Requests that pass the filters, of the last 10,000 of all."),
  access_logs: s.list(ACCESS_RECORD, "The newest first."),
});

/** The schema of {@linkcode quotaJson}. */
export const ACCESS_QUOTA: s.Schema = s.object({
  external_users: s.count("External users."),
  limit: s.count("The number that the plan permits: USER_QUOTA."),
  available: s.count("How many more there may be."),
  exceeded: s.flag("Whether there are more than permitted."),
  users: s.list(s.text("A login."), "The external users, by name."),
});

/** What was used; undefined if no access logs are taken. */
export async function accessJson(
  source: ApiSource,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<JsonObject | undefined> {
  const access = source.analytics()?.access;
  if (access === undefined) return undefined;
  const days = query.integer("days", 7);
  const fromMs = source.now() - days * 24 * HOUR_MS;
  const slice = new TimeSlice(slices);
  const usage = await access.ledger.usageInSlices(fromMs, slice);
  return {
    days,
    ...await usageJson(usage, query.integer("top", 10), slice),
    recent: access.ledger.records(fromMs).slice(0, RECENT).map(recordJson),
    lines: Object.fromEntries(LINE_OUTCOMES.map((each) => [each, access.metrics.linesOf(each)])),
  };
}

/** The last requests; undefined if no access logs are taken. */
export function accessRequests(source: ApiSource, query: Query): JsonObject | undefined {
  const access = source.analytics()?.access;
  if (access === undefined) return undefined;
  const hours = query.integer("hours", 24);
  const classes = query.all("user_class");
  const isWanted = (name: string, value: string | undefined) =>
    query.one(name) === undefined || query.one(name) === value;
  const records = access.ledger.records(source.now() - hours * HOUR_MS).filter((record) =>
    (classes.length === 0 || classes.includes(record.visitor.userClass)) &&
    isWanted("user", record.visitor.user) && isWanted("device", record.visitor.device) &&
    isWanted("service", record.service)
  );
  const shown = records.slice(0, query.integer("limit", 100));
  return { hours, total_requests: records.length, access_logs: shown.map(recordJson) };
}

/** A quota. */
export function quotaJson({ available, externalUsers, isExceeded, limit }: Quota): JsonObject {
  return {
    external_users: externalUsers.length,
    limit,
    available,
    exceeded: isExceeded,
    users: externalUsers,
  };
}

/** A request. */
export function recordJson(record: AccessRecord): JsonObject {
  const { visitor } = record;
  return {
    time: formatTime(record.atMs),
    user: visitor.user ?? null,
    device: visitor.device ?? null,
    user_class: visitor.userClass,
    ip: record.address,
    service: record.service,
    method: record.method,
    endpoint: record.endpoint,
    path: record.path ?? null,
    query: record.query ?? null,
    status: record.status,
    bytes: record.bytes ?? null,
    response_time: record.seconds ?? null,
    user_agent: record.agent ?? null,
  };
}

/**
 * What was used within a stretch of time.
 *
 * @param top Maximum length of each list.
 */
export async function usageJson(usage: Usage, top: number, slice: TimeSlice): Promise<JsonObject> {
  async function table(counts: Counts) {
    const largest = await counts.topInSlices(top, slice);
    return largest.map(([name, requests]) => ({ name, requests }));
  }
  return {
    total_requests: usage.requests,
    total_bytes: usage.bytes,
    unique_users: usage.users.size,
    active_devices: usage.devices.size,
    status_classes: Object.fromEntries(usage.statuses.top(10)),
    user_classes: Object.fromEntries(usage.userClasses.top(10)),
    services: await table(usage.services),
    top_endpoints: await table(usage.endpoints),
    top_users: await table(usage.users),
    top_devices: await table(usage.devices),
    hours: usage.hours.map(([atMs, requests]) => ({
      time: formatTime(atMs),
      requests,
    })),
  };
}
