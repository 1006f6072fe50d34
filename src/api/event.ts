/**
 * Events as JSON, and the parameters that filter and page them.
 *
 * @module
 */

import { EVENT_TYPES, type EventQuery, type NodeEvent, SEVERITIES } from "../history/mod.ts";
import { deviceIdOf } from "../facts/mod.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { formatTime } from "../time/timestamp.ts";
import { type ApiSource, type FactSource, keyOfNode } from "./fact_source.ts";
import {
  integerParameter,
  type Parameter,
  type Query,
  textParameter,
  timeParameter,
  wordParameter,
} from "./parameter.ts";
import * as s from "./schema.ts";

/** The parameters that say which events are wanted. */
export const EVENT_FILTERS: readonly Parameter[] = [
  wordParameter("type", EVENT_TYPES, "Only events of this type.", true),
  wordParameter("severity", SEVERITIES, "Only events of this severity.", true),
  textParameter("node", "Only events about the device of this id."),
  textParameter("q", "Only events whose text or node name contains this."),
];

/** The parameters of the event list. */
export const EVENT_PARAMETERS: readonly Parameter[] = [
  ...EVENT_FILTERS,
  timeParameter("since", "Only events at this time or later."),
  timeParameter("until", "Only events before this time."),
  integerParameter("limit", { min: 1, max: 1000, fallback: 100 }, "Maximum number of events."),
  integerParameter(
    "cursor",
    { min: 0, max: 999_999_999, fallback: 0 },
    "Where to go on: `next` of the page before.",
  ),
];

/** The schema of an event. */
const EVENT: s.Schema = s.object({
  id: s.count("Rises from event to event."),
  time: s.time("When it happened."),
  type: s.word(EVENT_TYPES, "What happened."),
  severity: s.word(SEVERITIES, "Severity."),
  node: s.orNull(s.object({
    id: s.text("The device's id."),
    name: s.text("Its name at that time."),
  }, "The node; null for an event of a tailnet, a host or the exporter.")),
  message: s.text("One sentence."),
  simulated: s.flag("Whether it is of the past that the demo makes up."),
}, "Something that happened.");

/** The schema of {@linkcode eventsJson}. */
export const EVENTS: s.Schema = s.object({
  total: s.count("Events that pass the filters, from the cursor on."),
  next: s.orNull(s.count("The cursor of the next page; null on the last one.")),
  events: s.list(EVENT, "The events, newest first."),
});

/** A page of events. */
export async function eventsJson(
  source: ApiSource,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const page = await source.monitor()?.history.log.queryInSlices(eventQuery(source, query), slices);
  return {
    total: page?.total ?? 0,
    next: page?.next ?? null,
    events: (page?.events ?? []).map(eventJson),
  };
}

/** An event. */
export function eventJson(event: NodeEvent): Readonly<Record<string, unknown>> {
  const { atMs, id, message, node, severity, type } = event;
  return {
    id,
    time: formatTime(atMs),
    type,
    severity,
    node: node === undefined ? null : { id: deviceIdOf(node.key), name: node.name },
    message,
    simulated: event.isSimulated === true,
  };
}

/** The query that the parameters ask for. */
export function eventQuery(source: FactSource, query: Query): EventQuery {
  const [types, severities] = [query.all("type"), query.all("severity")];
  const node = query.one("node");
  return {
    ...types.length > 0 && { types: EVENT_TYPES.filter((each) => types.includes(each)) },
    ...severities.length > 0 &&
      { severities: SEVERITIES.filter((each) => severities.includes(each)) },
    node: node === undefined ? undefined : keyOfNode(source, node),
    text: query.one("q"),
    sinceMs: query.time("since"),
    untilMs: query.time("until"),
    before: query.one("cursor") === undefined ? undefined : query.integer("cursor", 0),
    limit: query.integer("limit", 100),
  };
}
