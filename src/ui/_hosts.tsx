/**
 * Hosts: their tailscaled, peers by path, and what the watchdog did.
 *
 * @module
 */

import type { JSX } from "preact";
import { Sign } from "./_icon.tsx";
import { Card, Empty, Facts, Failure, Skeleton } from "./_part.tsx";
import { useData } from "./_use_data.ts";
import type { Client } from "./client.ts";
import { formatAge, formatNumber, words } from "./format.ts";
import type { Hosts as HostList } from "./model.ts";
import { formatPlace } from "./place.ts";

/** All hosts. */
export function Hosts({ client, nowMs }: { client: Client; nowMs: number }): JSX.Element {
  const { data, error } = useData<HostList>(client, "api/v1/hosts?limit=500", 10_000);
  if (data === undefined) return error === undefined ? <Skeleton /> : <Failure error={error} />;
  if (data.hosts.length === 0) {
    return (
      <Empty title="No host is watched">
        Set LOCALAPI_SOCKET or BRIDGE_URL to see peers and paths as this host's tailscaled does.
      </Empty>
    );
  }
  return <>{data.hosts.map((host) => <Host key={host.host} host={host} nowMs={nowMs} />)}</>;
}

function Host({ host, nowMs }: { host: HostList["hosts"][number]; nowMs: number }): JSX.Element {
  const { actions, answers, fresh, health, paths, peer_count, peers, state } = host;
  const isUp = answers === true && state === "Running";
  return (
    <Card
      title={host.host}
      aside={<span class={`chip ${isUp ? "good" : "bad"}`}>{state ?? "no answer"}</span>}
    >
      {fresh ? null : <p class="reason">The last answer of tailscaled is too old to be shown.</p>}
      {health.map((sentence) => (
        <p key={sentence} class="failure">
          <Sign name="warning" /> {sentence}
        </p>
      ))}
      <Facts
        of={[
          ["Peers", formatNumber(peer_count)],
          ...Object.entries(paths).map(([path, count]) =>
            [words(path), formatNumber(count)] as const
          ),
        ]}
      />
      <ul class="peers">
        {peers.map(({ id, name, path, since }) => (
          <li key={id}>
            <a href={formatPlace("nodes", id)}>{name}</a>
            <span class={`path ${path}`}>{words(path)}</span>
            <span class="soft">{formatAge(since, nowMs)}</span>
          </li>
        ))}
      </ul>
      {actions.length === 0 ? null : (
        <>
          <h3>Watchdog</h3>
          <ul class="peers">
            {actions.slice(0, 20).map(({ action, succeeded, time }, at) => (
              <li key={at}>
                <span>{action}</span>
                <span>{succeeded ? "done" : "failed"}</span>
                <span class="soft">{formatAge(time, nowMs)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
