/**
 * Access analytics: who used which service, when and how often, and the quota of external users.
 *
 * @module
 */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { shortName } from "../text/short_name.ts";
import { Counts, NUMBERS_MS, RequestList, useRecent } from "./_access_list.tsx";
import { Heatmap } from "./_heatmap.tsx";
import { Sign } from "./_icon.tsx";
import { Card, Empty, Failure, Figure, Skeleton } from "./_element.tsx";
import { useData } from "./_use_data.ts";
import type { AccessQuota, AccessUsage } from "./access_model.ts";
import type { Client } from "./client.ts";
import { formatBytes, formatNumber, plural } from "./format.ts";
import { formatPlace, type Place } from "./place.ts";

/** Spans that the view offers, in days. */
const SPANS: readonly (readonly [days: number, name: string])[] = [
  [1, "24 hours"],
  [7, "7 days"],
  [30, "30 days"],
];

/** Classes of status in their order. */
const STATUSES = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/** The view, for a place of the view "access". */
export function Access(
  { client, nowMs, place }: { client: Client; nowMs: number; place: Place },
): JSX.Element {
  const span = SPANS.find(([days]) => String(days) === place.params.days) ?? SPANS[1];
  const days = span?.[0] ?? 7;
  const { data, error } = useData<AccessUsage>(
    client,
    `analytics/dashboard-usage?days=${days}&top=10`,
    NUMBERS_MS,
  );
  const quota = useData<AccessQuota>(client, "analytics/quota-status", NUMBERS_MS);
  const recent = useRecent(client);
  // Another span shows the numbers of the last one until its own are there.
  const last = useRef<AccessUsage | undefined>(undefined);
  last.current = data ?? last.current;
  const usage = last.current;
  if (error?.status === 404) return <Off />;
  if (usage === undefined) return error === undefined ? <Skeleton /> : <Failure error={error} />;
  return (
    <>
      <Failure error={error} />
      <nav class="spans-menu" aria-label="Span of time">
        {SPANS.map(([each, name]) => (
          <a
            key={each}
            href={formatPlace("access", "", { days: each === 7 ? "" : String(each) })}
            {...each === days && { "aria-current": "true" }}
          >
            {name}
          </a>
        ))}
      </nav>
      <Numbers quota={quota.data} usage={usage} />
      {usage.total_requests === 0 ? <Nothing /> : <Details nowMs={nowMs} usage={usage} />}
      <Card title="Last requests">
        {(recent.data?.access_logs.length ?? 0) === 0
          ? <p class="soft">None in the last 7 days.</p>
          : <RequestList nowMs={nowMs} of={recent.data?.access_logs ?? []} />}
      </Card>
      <Quota of={quota.data} />
    </>
  );
}

function Off(): JSX.Element {
  return (
    <Empty title="No access logs are collected">
      Your web servers' access logs tell who used which service. Set{" "}
      <code>ACCESS_LISTEN=127.0.0.1:5514</code>{" "}
      and send them there: nginx by syslog, Caddy as JSON over TCP, other servers through rsyslog or
      a log shipper. Or set <code>ACCESS_INGEST=true</code> and POST lines to{" "}
      <code>/analytics/ingest</code>.
    </Empty>
  );
}

function Nothing(): JSX.Element {
  return (
    <Empty title="No requests yet">
      Nothing has arrived in this span. <code>tsmetrics_access_lines_total</code>{" "}
      on /metrics tells whether lines arrive and are refused.
    </Empty>
  );
}

function Numbers(
  { quota, usage }: { quota: AccessQuota | undefined; usage: AccessUsage },
): JSX.Element {
  const failed = (usage.status_classes["5xx"] ?? 0) + (usage.status_classes["4xx"] ?? 0);
  return (
    <div class="figures">
      <Figure
        name="Requests"
        value={formatNumber(usage.total_requests)}
        note={usage.total_bytes === 0 ? undefined : formatBytes(usage.total_bytes)}
      />
      <Figure
        name="Unique users"
        value={formatNumber(usage.unique_users)}
        note={`${plural(usage.user_classes.external ?? 0, "request")} from outside the tailnet`}
      />
      <Figure
        name="Active devices"
        value={formatNumber(usage.active_devices)}
        note={`${formatNumber(failed)} responses with 4xx or 5xx`}
      />
      <Figure
        name="External users"
        value={formatNumber(quota?.external_users)}
        note={quota === undefined
          ? undefined
          : quota.exceeded
          ? `more than the ${quota.limit} of USER_QUOTA`
          : `of ${quota.limit} (USER_QUOTA)`}
      />
    </div>
  );
}

function Details({ nowMs, usage }: { nowMs: number; usage: AccessUsage }): JSX.Element {
  const { days, hours, services, top_devices, top_endpoints, top_users } = usage;
  return (
    <>
      <Card title="Requests by hour" aside={<HeatLegend />}>
        <Heatmap days={days} hours={hours} nowMs={nowMs} />
      </Card>
      <div class="columns access-columns">
        <Card title="Top endpoints">
          <Counts of={top_endpoints} mono />
        </Card>
        <Card title="Users">
          {top_users.length === 0
            ? <p class="soft">No request has a known user.</p>
            : <Counts of={top_users} />}
        </Card>
        <Card title="Devices">
          {top_devices.length === 0
            ? <p class="soft">No request has a known device.</p>
            : <Counts of={top_devices} nameOf={shortName} />}
        </Card>
        <Card title="Services">
          <Counts of={services} />
        </Card>
        <Card title="Responses">
          <Statuses of={usage.status_classes} />
        </Card>
      </div>
    </>
  );
}

function HeatLegend(): JSX.Element {
  return (
    <span class="heat-legend soft" aria-hidden="true">
      fewer {[0, 1, 2, 3, 4].map((level) => <i key={level} class={`level-${level}`} />)} more
    </span>
  );
}

function Statuses({ of }: { of: AccessUsage["status_classes"] }): JSX.Element {
  const known = STATUSES.map((name) => ({ name, requests: of[name] ?? 0 }));
  const others = Object.entries(of).filter(([name]) => !STATUSES.includes(name))
    .map(([name, requests]) => ({ name, requests }));
  return <Counts of={[...known, ...others].filter(({ requests }) => requests > 0)} />;
}

function Quota({ of }: { of: AccessQuota | undefined }): JSX.Element | null {
  if (of === undefined || of.users.length === 0) return null;
  return (
    <Card
      title="External users"
      aside={
        <span class={`chip ${of.exceeded ? "bad" : "good"}`}>
          {of.exceeded ? <Sign name="warning" /> : null} {of.external_users} of {of.limit}
        </span>
      }
    >
      <ul class="links">{of.users.map((user) => <li key={user}>{user}</li>)}</ul>
    </Card>
  );
}
