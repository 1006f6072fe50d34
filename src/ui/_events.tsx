/**
 * The event log: filters in the URL, page by page, new events at its top as they happen.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shortName } from "../text/short_name.ts";
import { Sign } from "./_icon.tsx";
import { Empty, Failure, Prose, Skeleton } from "./_element.tsx";
import { useData } from "./_use_data.ts";
import { type Client, type RequestError, requestErrorOf } from "./client.ts";
import { formatAgo, formatMoment, formatNumber, words } from "./format.ts";
import type { EventPage, LogEvent } from "./model.ts";
import { changePlace, formatPlace, type Place } from "./place.ts";

/** The types that the menu offers; the search finds the others. */
const TYPES: readonly string[] = [
  "node_online",
  "node_offline",
  "alert",
  "health_check",
  "node_joined",
  "node_left",
  "key_expired",
  "key_expiring",
  "lock_error",
  "routes_changed",
  "metrics_unreadable",
  "metrics_readable",
  "api_down",
  "api_up",
  "watchdog",
  "tsnet_state",
];

/** Events of a page. */
const LIMIT = 50;

/** The event log, for a place of the view "events". */
export function Events(
  { client, nowMs, place }: { client: Client; nowMs: number; place: Place },
): JSX.Element {
  const { q = "", severity = "", type = "" } = place.params;
  const change = (change: Readonly<Record<string, string>>) => changePlace(place, change);
  return (
    <>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          id="search"
          type="search"
          placeholder="Search text or node"
          aria-label="Search events"
          value={q}
          onInput={({ currentTarget }) => change({ q: currentTarget.value })}
        />
        <select
          aria-label="Severity"
          class={severity === "" ? "" : "set"}
          value={severity}
          onChange={({ currentTarget }) => change({ severity: currentTarget.value })}
        >
          <option value="">All severities</option>
          {["critical", "warning", "ok"].map((each) => <option key={each}>{each}</option>)}
        </select>
        <select
          aria-label="Type"
          class={type === "" ? "" : "set"}
          value={type}
          onChange={({ currentTarget }) => change({ type: currentTarget.value })}
        >
          <option value="">All types</option>
          {TYPES.map((each) => <option key={each} value={each}>{words(each)}</option>)}
        </select>
      </form>
      <EventPages
        key={`${q} ${severity} ${type}`}
        client={client}
        nowMs={nowMs}
        query={queryOf({ q: q.trim(), severity, type })}
      />
    </>
  );
}

/** Events of a query, the newest page first; older ones on request. */
export function EventPages(
  { client, nowMs, query }: { client: Client; nowMs: number; query: string },
): JSX.Element {
  const [older, setOlder] = useState<readonly EventPage[]>([]);
  const [fault, setFault] = useState<RequestError | undefined>(undefined);
  const path = `api/v1/events?limit=${LIMIT}${query}`;
  const { data, error } = useData<EventPage>(client, path, 5_000);
  if (data === undefined) return error === undefined ? <Skeleton /> : <Failure error={error} />;
  // The newest page moves on while older ones are shown: what lies between is on it, too.
  const events = distinct([data, ...older].flatMap(({ events }) => events));
  const last = older.at(-1) ?? data;
  const more = async () => {
    try {
      const page = await client.get<EventPage>(`${path}&cursor=${last.next}`);
      setOlder([...older, page]);
      setFault(undefined);
    } catch (cause) {
      setFault(requestErrorOf(cause));
    }
  };
  if (events.length === 0) {
    return <Empty title="No events">Nothing has happened that matches.</Empty>;
  }
  return (
    <>
      <p class="count" role="status">{formatNumber(data.total)} events</p>
      <Failure error={error} />
      <ol class="events card">
        {events.map((event) => <EventLine key={event.id} event={event} nowMs={nowMs} />)}
      </ol>
      <Failure error={fault} next="" />
      {last.next === null ? null : (
        <p class="more">
          <button type="button" onClick={more}>Older events</button>
        </p>
      )}
    </>
  );
}

function EventLine({ event, nowMs }: { event: LogEvent; nowMs: number }): JSX.Element {
  const { message, node, severity, simulated, time, type } = event;
  return (
    <li>
      <Sign name={severity} label={severity} />
      <time dateTime={time} title={formatMoment(time)}>{formatAgo(time, nowMs)}</time>
      <span class="node">
        {node === null
          ? null
          : <a href={formatPlace("nodes", node.id)} title={node.name}>{shortName(node.name)}</a>}
      </span>
      <span class="message">
        <Prose text={message} />
      </span>
      <span class="soft type">{words(type)}{simulated ? ", simulated" : ""}</span>
    </li>
  );
}

function distinct(events: readonly LogEvent[]): readonly LogEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()]
    .sort((a, b) => b.id - a.id);
}

function queryOf(params: Readonly<Record<string, string>>): string {
  const filled = Object.entries(params).filter(([, value]) => value !== "");
  return filled.map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join("");
}
