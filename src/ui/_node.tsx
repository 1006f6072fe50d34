/**
 * One node: what the control plane, its own metrics and hosts tell of it, joined; all that is wrong
 * and what mends it.
 *
 * @module
 */

import type { JSX } from "preact";
import { shortName } from "../text/short_name.ts";
import { CopyButton, CopyText, useCopy } from "./_copy.tsx";
import { Sign } from "./_icon.tsx";
import { Card, Empty, Facts, Failure, MetricsState, Prose, Skeleton } from "./_element.tsx";
import { EventPages } from "./_events.tsx";
import { PeerPath, RelayShare } from "./_path.tsx";
import { Traffic } from "./_traffic.tsx";
import { Uptime } from "./_uptime.tsx";
import { useData } from "./_use_data.ts";
import type { Client } from "./client.ts";
import { formatAge, formatAgo, formatMoment, formatNumber, words } from "./format.ts";
import type { DeviceDetails } from "./model.ts";
import { formatMs } from "./path.ts";
import { formatPlace } from "./place.ts";

/** The node of an id. */
export function Node(
  { client, id, nowMs }: { client: Client; id: string; nowMs: number },
): JSX.Element {
  const path = `api/v1/devices/${encodeURIComponent(id)}`;
  const { data, error } = useData<DeviceDetails>(client, path, 15_000);
  if (data !== undefined) {
    return <NodeDetails client={client} node={data} nowMs={nowMs} path={path} />;
  }
  if (error === undefined) return <Skeleton rows={10} />;
  if (error.status !== 404) return <Failure error={error} />;
  return (
    <Empty title="There is no such node">
      It left the tailnet, or a filter excludes it. <a href={formatPlace("nodes")}>All nodes</a>
    </Empty>
  );
}

function NodeDetails(
  { client, node, nowMs, path }: {
    client: Client;
    node: DeviceDetails;
    nowMs: number;
    path: string;
  },
): JSX.Element {
  const { name, online, problems } = node;
  const short = shortName(name);
  const diagnosis = useCopy(node.diagnosis);
  return (
    <article class="node">
      <header class="title">
        <p class="crumb">
          <a href={formatPlace("nodes")}>Nodes</a>
        </p>
        <h1>
          <Sign name={online ? "online" : "offline"} label={online ? "online" : "offline"} />
          {short}
          <span class="soft">{name.slice(short.length)}</span>
        </h1>
        <div class="actions">
          <CopyButton label="Copy diagnosis" of={diagnosis} />
          <a class="button" href={path}>JSON</a>
        </div>
        <CopyText
          label="Browsers do not allow copying over plain HTTP. Copy the text below:"
          of={diagnosis}
        />
      </header>
      {problems.length === 0 ? null : (
        <ul class="problems card">
          {problems.map(({ advice, kind, severity, text }) => (
            <li key={kind}>
              <Sign name={severity} label={severity} />
              <div>
                <p class="title">
                  <Prose text={text} />
                </p>
                <p class="note">
                  <Prose text={advice} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      <div class="columns">
        <Control node={node} nowMs={nowMs} />
        <Metrics node={node} nowMs={nowMs} />
        {node.uptime === null ? null : <Uptime of={node.uptime} />}
        <Traffic of={node.traffic} state={node.metrics} />
        <Paths node={node} nowMs={nowMs} />
        <Latencies of={node.latencies} />
        <Routes of={node.routes} />
      </div>
      <h2 class="section">Events</h2>
      <EventPages client={client} nowMs={nowMs} query={`&node=${encodeURIComponent(node.id)}`} />
    </article>
  );
}

function Control({ node, nowMs }: { node: DeviceDetails; nowMs: number }): JSX.Element {
  const yesNo = (value: boolean | null) => value === null ? null : value ? "yes" : "no";
  return (
    <Card title="Control plane">
      <Facts
        of={[
          ["Last seen", node.online ? "now" : moment(node.last_seen, nowMs)],
          ["Addresses", node.addresses.map((each) => <code key={each}>{each}</code>)],
          ["Owner", node.owner],
          ["Tags", node.tags.join(", ")],
          ["Type", node.critical ? `${node.type}, critical` : node.type],
          ["System", node.os],
          ["Client", node.version],
          ["Update available", node.update_available === true ? "yes" : null],
          ["Key expires", node.expires === null ? "never" : moment(node.expires, nowMs, formatAge)],
          ["Approved", yesNo(node.authorized)],
          ["Shared in", node.external === true ? "yes" : null],
          ["Ephemeral", node.ephemeral === true ? "yes" : null],
          ["Blocks incoming", node.blocks_incoming === true ? "yes" : null],
          ["Added", moment(node.created, nowMs)],
          ["Id", <code key="id">{node.id}</code>],
          ["Node id", node.node_id === null ? null : <code key="node">{node.node_id}</code>],
        ]}
      />
    </Card>
  );
}

function Metrics({ node, nowMs }: { node: DeviceDetails; nowMs: number }): JSX.Element {
  const { failing_since, last_success, next_try, reason, state, url } = node.scrape;
  return (
    <Card title="Device metrics" aside={<MetricsState state={state} />}>
      {reason === null ? null : (
        <p class="reason">
          <Prose text={reason} />
        </p>
      )}
      <Facts
        of={[
          ["Scrape URL", url === null ? null : <code key="url">{url}</code>],
          ["Last success", moment(last_success, nowMs)],
          ["Failing since", moment(failing_since, nowMs)],
          ["Next attempt", moment(next_try, nowMs, formatAge)],
          ...node.left_out.map(({ family, reason, samples }) =>
            [
              `Left out: ${family ?? "whole page"}`,
              `${formatNumber(samples)} samples, ${words(reason)}`,
            ] as const
          ),
        ]}
      />
    </Card>
  );
}

function Paths(
  { node: { paths }, nowMs }: { node: DeviceDetails; nowMs: number },
): JSX.Element | null {
  if (paths.length === 0) return null;
  return (
    <Card title="As hosts see it">
      {paths.map((entry) => (
        <section key={entry.host} class="seen">
          {paths.length === 1 ? null : <h3>{entry.host_name ?? entry.host}</h3>}
          <Facts
            of={[
              ["Path", <PeerPath key="path" of={entry} />],
              ["Since", moment(entry.since, nowMs)],
              ["Home region", entry.region],
              ["Round-trip time", entry.rtt_ms === null ? null : formatMs(entry.rtt_ms)],
              ["Time on relays", <RelayShare key="share" of={entry} />],
            ]}
          />
        </section>
      ))}
    </Card>
  );
}

function Latencies({ of }: { of: DeviceDetails["latencies"] }): JSX.Element | null {
  if (of.length === 0) return null;
  const sorted = of.toSorted((a, b) => a.ms - b.ms).slice(0, 12);
  const most = Math.max(...sorted.map(({ ms }) => ms), 1);
  return (
    <Card title="Latency by DERP region">
      <ul class="latencies">
        {sorted.map(({ home, ms, region }) => (
          <li key={region} class={home ? "home" : ""}>
            <span class="region">{region}{home ? <em>home</em> : null}</span>
            <span class="track">
              <span style={{ width: `${Math.max(1, 100 * ms / most)}%` }} />
            </span>
            <span class="ms">{ms.toFixed(ms < 10 ? 1 : 0)} ms</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Routes(
  { of: { advertised, enabled, primary } }: { of: DeviceDetails["routes"] },
): JSX.Element | null {
  const all = [...new Set([...advertised ?? [], ...enabled ?? []])];
  if (all.length === 0) return null;
  return (
    <Card title="Routes">
      <Facts
        of={all.map((route) =>
          [
            route,
            [
              advertised?.includes(route) === true ? "offered" : "not offered",
              enabled?.includes(route) === true ? "approved" : "not approved",
              primary?.includes(route) === true ? "serving" : "",
            ].filter(Boolean).join(", "),
          ] as const
        )}
      />
    </Card>
  );
}

function moment(
  time: string | null,
  nowMs: number,
  format: typeof formatAge = formatAgo,
): JSX.Element | null {
  if (time === null) return null;
  return <time dateTime={time} title={formatMoment(time)}>{format(time, nowMs)}</time>;
}
