/**
 * Writes 30 days of history into origin storage, as earlier processes would have left it. Started
 * by `history_load.ts` with the `DENO_DIR` of the program that is to read it.
 *
 *     deno run --allow-read=FILE tests/bench/_past.ts FILE
 *
 * FILE has {@linkcode PastOptions} as JSON.
 *
 * @module
 */

import { encodeEvents } from "../../src/archive/_event_segment.ts";
import { encodeUptime } from "../../src/archive/_uptime_segment.ts";
import { SegmentStore } from "../../src/archive/mod.ts";
import type { EventType, NodeEvent, Severity, UptimeColumn } from "../../src/history/mod.ts";

/** What the past is about. */
export interface PastOptions {
  /** The name of the store: what is monitored. */
  readonly storeName: string;
  /** The tailnet, as it stands in the nodes' keys. */
  readonly tailnet: string;
  /** The ids of the nodes. */
  readonly ids: readonly string[];
}

const HOUR_S = 3_600, DAY_S = 86_400, DAYS = 30;

/** As many as `HISTORY_MAX_EVENTS` keeps by default, and as many as a segment has. */
const EVENTS = 10_000, SEGMENT_EVENTS = 500;

const TYPES: readonly (readonly [EventType, Severity, string])[] = [
  ["node_offline", "warning", "is offline"],
  ["node_online", "ok", "is online"],
  ["key_expiring", "warning", "has a key that expires within 14 days"],
  ["routes_changed", "ok", "has other routes: 10.0.0.0/24, 10.1.0.0/24"],
];

/** The hours of a day until now; every seventh node was offline for a quarter of some hours. */
function columnsOf(day: number, nodes: number, nowS: number): readonly UptimeColumn[] {
  const columns: UptimeColumn[] = [];
  for (let startS = day * DAY_S; startS < (day + 1) * DAY_S && startS < nowS; startS += HOUR_S) {
    const seconds = Math.min(HOUR_S, nowS - startS);
    const observed = new Uint16Array(nodes).fill(seconds);
    const online = observed.map((all, at) => (at + startS / HOUR_S) % 7 === 0 ? all * 3 >> 2 : all);
    columns.push({ startS, observed, online });
  }
  return columns;
}

function eventAt(at: number, { ids, tailnet }: PastOptions, nowMs: number): NodeEvent {
  const [type, severity, text] = TYPES[at % TYPES.length] ?? ["node_left", "warning", "left"];
  const id = ids[at * 7 % ids.length] ?? "";
  return {
    id: at + 1,
    atMs: Math.round(nowMs - (EVENTS - at) / EVENTS * (DAYS * DAY_S - HOUR_S) * 1000),
    type,
    severity,
    node: { key: `${tailnet}/${id}`, name: `node-${id}.tail0123.ts.net` },
    message: `node-${id} ${text}`,
  };
}

const options: PastOptions = JSON.parse(await Deno.readTextFile(Deno.args[0] ?? ""));
const store = new SegmentStore(() => caches, `history of ${options.storeName}`);
const nowMs = Date.now();
const nowS = Math.floor(nowMs / 1000);
const keys = options.ids.map((id) => `${options.tailnet}/${id}`);
const today = Math.floor(nowS / DAY_S);
for (let day = today - DAYS; day <= today; day++) {
  const columns = columnsOf(day, keys.length, nowS);
  const bytes = await encodeUptime({ tailnet: options.tailnet, keys, columns });
  await store.write(`0/uptime-${options.tailnet}-${day}`, bytes);
}
for (let first = 0; first < EVENTS; first += SEGMENT_EVENTS) {
  const events = Array.from(
    { length: SEGMENT_EVENTS },
    (_, at) => eventAt(first + at, options, nowMs),
  );
  await store.write(`0/events-${first + 1}-past`, await encodeEvents(events));
}
