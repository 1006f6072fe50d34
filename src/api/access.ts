/**
 * Who used what, as JSON: usage, single requests, the quota of external users, and what became of
 * lines that were sent. The answers below `/analytics/` have the same objects.
 *
 * @module
 */

import { LINE_OUTCOMES } from "../access/access_metrics.ts";
import type { AccessRecord, Counts, Quota, Usage } from "../access/mod.ts";
import { USER_CLASSES } from "../access/visitor.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { formatTime } from "../timestamp.ts";
import type { JsonObject, Known } from "./known.ts";
import {
  integerParameter,
  type Parameter,
  type Query,
  textParameter,
  wordParameter,
} from "./parameter.ts";
import {
  count,
  flag,
  list,
  map,
  number,
  object,
  orNull,
  type Schema,
  text,
  time,
  word,
} from "./schema.ts";

/** Requests that {@linkcode accessJson} lists one by one. */
export const RECENT = 5;

const HOUR_MS = 3_600_000;

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
export const ACCESS_RECORD: Schema = object({
  time: time("When it was made."),
  user: orNull(text("Login name, or its hash; null for tagged devices, and where unknown.")),
  device: orNull(text("Name of the device, or its hash.")),
  user_class: word(USER_CLASSES, "Where it came from."),
  ip: text("The client's address, or its hash."),
  service: text("The service."),
  method: text("The method; other or invalid for what is none."),
  endpoint: text("The path without ids; (other) for one that was never answered without error."),
  path: orNull(text("The path; null if it was no HTTP request.")),
  query: orNull(text("The query; null without one, or where it is hidden.")),
  status: count("Status of the response."),
  bytes: orNull(count("Size of the response.")),
  response_time: orNull(number("Duration in seconds.")),
  user_agent: orNull(text("User-Agent.")),
}, "A request.");

const COUNTED: Schema = object({
  name: text("The name; (other) for all that are not listed."),
  requests: count("Requests."),
});

const USAGE: Readonly<Record<string, Schema>> = {
  total_requests: count("Requests."),
  total_bytes: count("Bytes of all responses whose size is known."),
  unique_users: count("Distinct users."),
  active_devices: count("Distinct devices that made a request."),
  status_classes: map(count("Requests."), "Requests by class of status, such as 2xx."),
  user_classes: map(count("Requests."), "Requests by class of user."),
  services: list(COUNTED, "The most used services."),
  top_endpoints: list(COUNTED, "The most used endpoints."),
  top_users: list(COUNTED, "The users with most requests."),
  top_devices: list(COUNTED, "The devices with most requests."),
  hours: list(
    object({ time: time("The hour."), requests: count("Requests.") }),
    "Hours with requests, in order.",
  ),
};

/** The schema of {@linkcode accessJson}. */
export const ACCESS: Schema = object({
  days: count("How far it looks back, in whole hours."),
  ...USAGE,
  recent: list(ACCESS_RECORD, "The last requests, the newest first."),
  lines: map(count("Lines since the start."), "What became of lines of access logs."),
});

/** The schema of {@linkcode accessRequests}. */
export const ACCESS_REQUESTS: Schema = object({
  hours: count("How far it looks back."),
  total_requests: count("Requests that pass the filters, of the last 10,000 of all."),
  access_logs: list(ACCESS_RECORD, "The newest first."),
});

/** The schema of {@linkcode quotaJson}. */
export const ACCESS_QUOTA: Schema = object({
  external_users: count("External users."),
  limit: count("The number that the plan permits: USER_QUOTA."),
  available: count("How many more there may be."),
  exceeded: flag("Whether there are more than permitted."),
  users: list(text("A login."), "The external users, by name."),
});

/** What was used; undefined if no access logs are taken. */
export async function accessJson(
  known: Known,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<JsonObject | undefined> {
  const access = known.analytics()?.access;
  if (access === undefined) return undefined;
  const days = query.integer("days", 7);
  const fromMs = known.now() - days * 24 * HOUR_MS;
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
export function accessRequests(known: Known, query: Query): JsonObject | undefined {
  const access = known.analytics()?.access;
  if (access === undefined) return undefined;
  const hours = query.integer("hours", 24);
  const classes = query.all("user_class");
  const isWanted = (name: string, value: string | undefined) =>
    query.one(name) === undefined || query.one(name) === value;
  const records = access.ledger.records(known.now() - hours * HOUR_MS).filter((record) =>
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
