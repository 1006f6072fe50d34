/**
 * Hosts: their tailscaled, a matrix of home regions and paths, their peers, and what the watchdog
 * did.
 *
 * @module
 */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Sign } from "./_icon.tsx";
import { Card, Empty, Failure, Skeleton } from "./_element.tsx";
import { PathLabel } from "./_path.tsx";
import { Peers, peersPath } from "./_peers.tsx";
import { useData } from "./_use_data.ts";
import type { Client } from "./client.ts";
import { formatAgo, formatMoment, formatNumber, plural, words } from "./format.ts";
import { daemonName, describeHost, isUp, stateName } from "./host_words.ts";
import type { HostEntry, Hosts as HostList, PathCounts } from "./host_model.ts";
import { pathName, usedPaths } from "./path.ts";
import { formatPlace, type Place } from "./place.ts";

/** Regions of the matrix; further ones are one row. */
const MAX_REGIONS = 8;

/** All hosts, for a place of the view "hosts". */
export function Hosts(
  { client, nowMs, place }: { client: Client; nowMs: number; place: Place },
): JSX.Element {
  const path = peersPath(place);
  const { data, error } = useData<HostList>(client, path, 10_000);
  // A new filter shows the rows of the last one until its own are there.
  const last = useRef<HostList | undefined>(undefined);
  last.current = data ?? last.current;
  const shown = last.current;
  if (shown === undefined) return error === undefined ? <Skeleton /> : <Failure error={error} />;
  if (shown.hosts.length === 0) return <NoHost />;
  return (
    <>
      {shown.hosts.map((host) => (
        <section key={host.host} class="host">
          <Host host={host} nowMs={nowMs} place={place} />
          <Peers
            client={client}
            error={error}
            host={host}
            nowMs={nowMs}
            path={path}
            place={place}
          />
          <Actions of={host.actions} nowMs={nowMs} />
        </section>
      ))}
    </>
  );
}

function NoHost(): JSX.Element {
  return (
    <Empty title="No host is watched">
      Only a host's tailscaled knows paths and round-trip times. Run <code>tsmetrics-host</code>
      {" "}
      with <code>LOCALAPI_SOCKET</code>, or set <code>LOCALAPI_URL</code> or{" "}
      <code>BRIDGE_URL</code>.
    </Empty>
  );
}

function Host(
  { host, nowMs, place }: { host: HostEntry; nowMs: number; place: Place },
): JSX.Element {
  const { fresh, health, paths, relay_only, since } = host;
  const total = Math.max(1, Object.values(paths).reduce((sum, each) => sum + each, 0));
  return (
    <Card
      title={host.name ?? host.host}
      aside={<span class={`chip ${isUp(host) ? "good" : "bad"}`}>{stateName(host)}</span>}
    >
      <p class="soft" title={formatMoment(since)}>
        {describeHost(host, nowMs)}
      </p>
      {host.name === null ? null : <p class="soft">at {host.host}</p>}
      {relay_only
        ? <p class="soft">This is an embedded node (WebAssembly): all its paths are relayed.</p>
        : null}
      {fresh ? null : <p class="reason">No recent answer from {daemonName(host)}.</p>}
      {health.map((sentence) => (
        <p key={sentence} class="failure">
          <Sign name="warning" /> {sentence}
        </p>
      ))}
      {host.peers.length === 0 && host.regions.length === 0 ? null : (
        <>
          <div class="bar paths" aria-hidden="true">
            {usedPaths(paths).map((path) => (
              <span
                key={path}
                class={path}
                style={{ width: `${100 * (paths[path] ?? 0) / total}%` }}
              />
            ))}
          </div>
          <Matrix host={host} place={place} />
        </>
      )}
    </Card>
  );
}

/** Home regions by path; each number leads to the peers that it counts. */
function Matrix({ host, place }: { host: HostEntry; place: Place }): JSX.Element {
  const used = usedPaths(host.paths);
  const first = host.regions.slice(0, MAX_REGIONS);
  const others = host.regions.slice(MAX_REGIONS);
  const most = Math.max(...host.regions.flatMap(({ paths }) => Object.values(paths)), 1);
  return (
    <div class="scroll">
      <table class="matrix">
        <caption class="hidden">Peers by home region and path</caption>
        <thead>
          <tr>
            <th scope="col">Home region</th>
            {used.map((path) => (
              <th key={path} scope="col">
                <PathLabel path={path} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first.map(({ paths, region }) => (
            <MatrixRow
              key={region}
              name={region ?? "not known"}
              counts={paths}
              used={used}
              most={most}
              hrefOf={(path) =>
                region === null ? undefined : formatPlace("hosts", "", {
                  ...place.params,
                  q: "",
                  path,
                  region,
                })}
            />
          ))}
          {others.length === 0 ? null : (
            <MatrixRow
              name={`${others.length} more`}
              counts={addUp(others.map(({ paths }) => paths))}
              used={used}
              most={most}
              hrefOf={() => undefined}
            />
          )}
        </tbody>
        <tfoot>
          <MatrixRow
            name="All"
            counts={host.paths}
            used={used}
            most={Infinity}
            hrefOf={(path) =>
              formatPlace("hosts", "", { ...place.params, q: "", path, region: "" })}
          />
        </tfoot>
      </table>
    </div>
  );
}

function MatrixRow(
  { counts, hrefOf, most, name, used }: {
    counts: PathCounts;
    hrefOf: (path: string) => string | undefined;
    most: number;
    name: string;
    used: readonly string[];
  },
): JSX.Element {
  return (
    <tr>
      <th scope="row">{name}</th>
      {used.map((path) => {
        const count = counts[path] ?? 0;
        const href = hrefOf(path);
        const label = `${name}, ${pathName(path)}: ${plural(count, "peer")}`;
        return (
          <td key={path} class={`${path} ${count === 0 ? "none" : levelOf(count / most)}`}>
            {count === 0
              ? <span class="soft" role="img" aria-label="0">·</span>
              : href === undefined
              ? <span>{formatNumber(count)}</span>
              : <a href={href} aria-label={label}>{formatNumber(count)}</a>}
          </td>
        );
      })}
    </tr>
  );
}

/** How strongly a cell is tinted. */
function levelOf(share: number): string {
  return share >= 0.5 ? "strong" : share >= 0.1 ? "medium" : share > 0 ? "weak" : "plain";
}

function addUp(parts: readonly PathCounts[]): PathCounts {
  const whole: Record<string, number> = {};
  for (const part of parts) {
    for (const [path, count] of Object.entries(part)) whole[path] = (whole[path] ?? 0) + count;
  }
  return whole;
}

function Actions(
  { nowMs, of }: { nowMs: number; of: HostEntry["actions"] },
): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <Card title="Watchdog actions">
      <ul class="actions-list">
        {of.slice(0, 20).map(({ action, succeeded, time }, at) => (
          <li key={at}>
            <Sign name={succeeded ? "ok" : "warning"} label={succeeded ? "done" : "failed"} />
            <span>{words(action)}</span>
            <span class="soft">{succeeded ? "done" : "failed"}</span>
            <time class="soft" dateTime={time} title={formatMoment(time)}>
              {formatAgo(time, nowMs)}
            </time>
          </li>
        ))}
      </ul>
    </Card>
  );
}
