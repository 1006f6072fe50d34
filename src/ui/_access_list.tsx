/**
 * Lists of the access view that the overview shows, too: names with bars, the last requests.
 *
 * @module
 */

import type { JSX } from "preact";
import { shortName } from "../text/short_name.ts";
import { type Loaded, useData } from "./_use_data.ts";
import type { AccessCount, AccessRequest, AccessRequests } from "./access_model.ts";
import type { Client } from "./client.ts";
import { formatAgo, formatMoment, formatNumber, words } from "./format.ts";

/** How often numbers are asked for, in milliseconds. */
export const NUMBERS_MS = 5 * 60_000;

/** How often the last requests are asked for, in milliseconds. */
const RECENT_MS = 5_000;

/** The last requests of 7 days, live while the page is shown. */
export function useRecent(client: Client): Loaded<AccessRequests> {
  return useData<AccessRequests>(client, "analytics/access-logs?hours=168&limit=5", RECENT_MS);
}

/** What requests are counted by, each with a bar. */
export function Counts(
  { of, mono = false, most = 10, nameOf = (name) => name }: {
    of: readonly AccessCount[];
    mono?: boolean;
    nameOf?: (name: string) => string;
    most?: number;
  },
): JSX.Element {
  const shown = of.slice(0, most);
  const largest = Math.max(1, ...shown.map(({ requests }) => requests));
  return (
    <ol class="counts">
      {shown.map(({ name, requests }) => (
        <li key={name}>
          <span class={`name${mono ? " mono" : ""}`} title={name}>
            {name === "(other)" ? "all others" : nameOf(name)}
          </span>
          <span class="track" aria-hidden="true">
            <span style={{ width: `${Math.max(1, 100 * requests / largest)}%` }} />
          </span>
          <span class="number">{formatNumber(requests)}</span>
        </li>
      ))}
    </ol>
  );
}

/** The last requests. */
export function RequestList(
  { nowMs, of }: { nowMs: number; of: readonly AccessRequest[] },
): JSX.Element {
  return (
    <ol class="requests">
      {of.map((request, at) => <RequestLine key={at} nowMs={nowMs} request={request} />)}
    </ol>
  );
}

function RequestLine(
  { nowMs, request }: { nowMs: number; request: AccessRequest },
): JSX.Element {
  const { device, endpoint, ip, method, response_time, service, status, time, user, user_class } =
    request;
  const tone = status >= 500 ? "bad" : status >= 400 ? "fair" : "good";
  // The first part of an address is no name.
  const place = device === null ? ip : shortName(device);
  return (
    <li>
      <time dateTime={time} title={formatMoment(time)}>{formatAgo(time, nowMs)}</time>
      <span class="who" title={device ?? ip}>
        {user ?? place}
        <span class="soft">{user === null ? words(user_class) : place}</span>
      </span>
      <code class="what" title={`${service} ${method} ${endpoint}`}>
        <span class="soft">{service}</span> {method} {endpoint}
      </code>
      <span class={`chip ${tone}`}>{status}</span>
      <span class="number soft">{formatSeconds(response_time)}</span>
    </li>
  );
}

/** Units: seconds → "12 ms", "1.2 s" */
function formatSeconds(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(1)} s`;
}
