/**
 * The answers below `/analytics/`: devices by class, the last requests, what was used, and the
 * quota of external users. Loaded with the first request for one of them.
 *
 * @module
 */

import type { AnalyticsViews } from "../access/mod.ts";
import {
  integerParameter,
  type Parameter,
  Query,
  quotaJson,
  readQuery,
  RECENT,
  recordJson,
  usageJson,
} from "../api/mod.ts";
import { toJson } from "../text/printable.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { HOUR_MS } from "../time/timestamp.ts";
import { faultReply } from "./_fault_reply.ts";
import { encodeInSlices } from "./_sliced_text.ts";
import { ANALYTICS_OFF } from "./ingest.ts";
import { jsonBytesReply, jsonReply } from "./reply.ts";

/** Options for {@linkcode createAnalyticsAnswer}. */
export interface AnalyticsAnswerOptions {
  /** What there is to show; undefined if no access logs are taken. */
  readonly views: AnalyticsViews | undefined;
  /** Clock, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** How long answers are made in slices. */
  readonly slices?: TimeSliceOptions | undefined;
}

const HOURS = integerParameter(
  "hours",
  { min: 1, max: 2_160, fallback: 24 },
  "Of the last hours.",
);
const DAYS = integerParameter("days", { min: 1, max: 90, fallback: 7 }, "Of the last days.");
const LIMIT = integerParameter(
  "limit",
  { min: 1, max: 10_000, fallback: 100 },
  "Requests at most.",
);
const TOP = integerParameter("top", { min: 1, max: 1_000, fallback: 10 }, "Entries of each list.");

/** Answers requests for a path below `/analytics/`. */
export function createAnalyticsAnswer(
  { views, now = Date.now, slices }: AnalyticsAnswerOptions,
): (request: Request) => Promise<Response> {
  if (views === undefined) {
    return () => Promise.resolve(jsonReply(404, { error: ANALYTICS_OFF }));
  }
  return async (request) => {
    const url = new URL(request.url);
    const page = PAGES.find(({ path }) => path === url.pathname);
    if (page === undefined) return jsonReply(404, { error: "no such path" });
    const query = readQuery(page.parameters, url.searchParams);
    if (!(query instanceof Query)) return faultReply(query);
    const pieces = await page.answer(views, query, now(), new TimeSlice(slices));
    return jsonBytesReply(200, await encodeInSlices(pieces, slices));
  };
}

/** One path. */
interface AnalyticsPage {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly answer: (
    views: AnalyticsViews,
    query: Query,
    nowMs: number,
    slice: TimeSlice,
  ) => Iterable<string> | Promise<Iterable<string>>;
}

const PAGES: readonly AnalyticsPage[] = [
  {
    path: "/analytics/devices",
    parameters: [],
    answer: (views, _, nowMs) => devices(views, nowMs),
  },
  {
    path: "/analytics/access-logs",
    parameters: [HOURS, LIMIT],
    answer: ({ access }, query, nowMs) => {
      const [hours, limit] = [query.integer("hours", 24), query.integer("limit", 100)];
      const records = access.ledger.records(nowMs - hours * HOUR_MS);
      const head = { hours, total_requests: records.length };
      return listJson(head, "access_logs", records.slice(0, limit).map(recordJson));
    },
  },
  {
    path: "/analytics/dashboard-usage",
    parameters: [DAYS, TOP],
    async answer({ access }, query, nowMs, slice) {
      const [days, top] = [query.integer("days", 7), query.integer("top", 10)];
      const fromMs = nowMs - days * 24 * HOUR_MS;
      const usage = await access.ledger.usageInSlices(fromMs, slice);
      const recent = access.ledger.records(fromMs).slice(0, RECENT).map(recordJson);
      return [`${toJson({ days, ...await usageJson(usage, top, slice), recent }, 2)}\n`];
    },
  },
  {
    path: "/analytics/quota-status",
    parameters: [],
    async answer(views) {
      return [`${toJson(quotaJson(await views.quota()), 2)}\n`];
    },
  },
];

function* devices(views: AnalyticsViews, nowMs: number): Generator<string> {
  const totals = { own: 0, tagged: 0, shared: 0 };
  yield `{\n  "timestamp": ${toJson(new Date(nowMs).toISOString())},\n  "devices": [`;
  let comma = "";
  for (const { device, isOnline } of views.devices()) {
    const isTagged = device.tags.length > 0;
    const userClass = device.isExternal === true ? "shared" : isTagged ? "tagged" : "own";
    totals[userClass]++;
    const shown = {
      id: device.id,
      name: device.name,
      class: userClass,
      user: isTagged ? null : device.user ?? null,
      tags: device.tags,
      os: device.os ?? null,
      addresses: device.addresses,
      online: isOnline,
    };
    yield `${comma}\n    ${toJson(shown)}`;
    comma = ",";
  }
  yield `${comma === "" ? "" : "\n  "}],\n  "total": ${toJson(totals)}\n}\n`;
}

/** An object whose last member is a list, entry by entry. */
function* listJson(
  head: Readonly<Record<string, unknown>>,
  name: string,
  entries: Iterable<unknown>,
): Generator<string> {
  yield `{\n`;
  for (const [key, value] of Object.entries(head)) yield `  ${toJson(key)}: ${toJson(value)},\n`;
  yield `  ${toJson(name)}: [`;
  let comma = "";
  for (const entry of entries) {
    yield `${comma}\n    ${toJson(entry)}`;
    comma = ",";
  }
  yield `${comma === "" ? "" : "\n  "}]\n}\n`;
}
