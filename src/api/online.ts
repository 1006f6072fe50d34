/**
 * How many nodes were online, hour by hour, as JSON.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";
import { DAY_MS, formatOptionalTime } from "../time/timestamp.ts";
import type { ApiSource } from "./fact_source.ts";
import { integerParameter, type Parameter, type Query } from "./parameter.ts";
import * as s from "./schema.ts";

/** The parameters of the hours. */
export const ONLINE_PARAMETERS: readonly Parameter[] = [
  integerParameter("days", { min: 1, max: 90, fallback: 30 }, "How far to look back."),
];

/** The schema of {@linkcode onlineJson}. */
export const ONLINE: s.Schema = s.object({
  hours: s.list(
    s.object({
      time: s.time("Begin of the hour."),
      nodes: s.number("Nodes, on average over the time that was observed."),
      online: s.number("Those of them that were online."),
    }),
    "Hours that were observed, oldest first; empty where nothing is remembered.",
  ),
});

/** How many nodes were online. */
export async function onlineJson(source: ApiSource, query: Query): Promise<JsonObject> {
  const days = query.integer("days", 30);
  const hours = await source.monitor()?.history.onlineHours(days * DAY_MS) ?? [];
  return {
    hours: hours.map(({ fromMs, nodes, online }) => ({
      time: formatOptionalTime(fromMs),
      nodes: round(nodes),
      online: round(online),
    })),
  };
}

function round(nodes: number): number {
  return Math.round(100 * nodes) / 100;
}
