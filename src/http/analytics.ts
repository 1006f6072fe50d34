/**
 * The answers below `/analytics/`: devices by class, the last requests, what was used, and the
 * quota of external users. Loaded with the first request for one of them.
 *
 * @module
 */

import type { AnalyticsViews } from "../access/mod.ts";
import { quotaJson, RECENT, recordJson, usageJson } from "../api/mod.ts";
import { toJson } from "../text/printable.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
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

/** A parameter that is a whole number. */
interface NumberParameter {
  readonly name: string;
  readonly standard: number;
  readonly most: number;
}

const HOURS: NumberParameter = { name: "hours", standard: 24, most: 2_160 };
const DAYS: NumberParameter = { name: "days", standard: 7, most: 90 };
const LIMIT: NumberParameter = { name: "limit", standard: 100, most: 10_000 };
const TOP: NumberParameter = { name: "top", standard: 10, most: 1_000 };

const HOUR_MS = 3_600_000;

/** The numbers that a request asks for, by name; or what is wrong with it. */
type Numbers = Readonly<Record<string, number>> | string;

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
    const numbers = readNumbers(url.searchParams, page.parameters);
    if (typeof numbers === "string") return jsonReply(400, { error: numbers });
    const pieces = await page.answer(views, numbers, now(), new TimeSlice(slices));
    return jsonBytesReply(200, await encodeInSlices(pieces, slices));
  };
}

/** One path. */
interface AnalyticsPage {
  readonly path: string;
  readonly parameters: readonly NumberParameter[];
  readonly answer: (
    views: AnalyticsViews,
    numbers: Readonly<Record<string, number>>,
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
    answer: ({ access }, { hours = 0, limit = 0 }, nowMs) => {
      const records = access.ledger.records(nowMs - hours * HOUR_MS);
      const head = { hours, total_requests: records.length };
      return listJson(head, "access_logs", records.slice(0, limit).map(recordJson));
    },
  },
  {
    path: "/analytics/dashboard-usage",
    parameters: [DAYS, TOP],
    async answer({ access }, { days = 0, top = 0 }, nowMs, slice) {
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

function readNumbers(given: URLSearchParams, wanted: readonly NumberParameter[]): Numbers {
  const numbers: Record<string, number> = {};
  for (const { name, standard } of wanted) numbers[name] = standard;
  for (const [name, text] of given) {
    const parameter = wanted.find((each) => each.name === name);
    if (parameter === undefined) {
      const names = wanted.map((each) => each.name).join(" and ") || "none";
      return `unknown parameter: want ${names}`;
    }
    const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (number < 1 || number > parameter.most) {
      return `cannot read ${name}: want a whole number from 1 to ${parameter.most}`;
    }
    numbers[name] = number;
  }
  return numbers;
}

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
