/**
 * The peers of a host: search, filters and order in the URL, page by page.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shortName } from "../text/short_name.ts";
import { PeerPath, RelayShare } from "./_path.tsx";
import { Empty, Failure } from "./_element.tsx";
import { type Client, type RequestError, requestErrorOf } from "./client.ts";
import { formatAgo, formatMoment, formatNumber, formatSpan, plural } from "./format.ts";
import { noPeersText } from "./host_words.ts";
import type { HostEntry, Hosts, Peer } from "./host_model.ts";
import { formatMs, pathName, usedPaths } from "./path.ts";
import { changePlace, formatPlace, type Place } from "./place.ts";

/** Peers of a page. */
const LIMIT = 100;

/** The peers that were on a relay for longest come first. */
const DEFAULT_SORT = "-relay";

/** The columns, by what the API sorts by. */
const COLUMNS: readonly (readonly [sort: string, title: string, isNumber: boolean])[] = [
  ["name", "Peer", false],
  ["path", "Path", false],
  ["since", "Since", true],
  ["region", "Home region", false],
  ["rtt", "RTT", true],
  ["relay", "Time on relays", true],
];

/** The path of the API for a place of the view "hosts". */
export function peersPath({ params }: Place): string {
  const { path = "", q = "", region = "", sort = DEFAULT_SORT } = params;
  const query = Object.entries({ q: q.trim(), path, region, sort, limit: String(LIMIT) })
    .filter(([, value]) => value !== "");
  return `api/v1/hosts?${new URLSearchParams(query)}`;
}

/** The peers of a host. */
export function Peers(
  { client, error, host, nowMs, path, place }: {
    client: Client;
    error: RequestError | undefined;
    host: HostEntry;
    nowMs: number;
    path: string;
    place: Place;
  },
): JSX.Element {
  const { fault, hasMore, more, peers } = usePages(client, path, host);
  return (
    <section class="peers">
      <Filters host={host} place={place} />
      <p class="count" role="status">
        {formatNumber(host.total)} of {plural(host.peer_count ?? host.total, "peer")}
        {peers.length === 0 || peers.some(({ rtt_ms }) => rtt_ms !== null)
          ? null
          : ". KEEPALIVE=on measures round-trip times."}
      </p>
      <Failure error={error} />
      {peers.length === 0 ? <NoPeers host={host} /> : (
        <table class="list">
          <Head place={place} />
          <tbody>{peers.map((peer) => <Row key={peer.id} peer={peer} nowMs={nowMs} />)}</tbody>
        </table>
      )}
      <Failure error={fault} next="" />
      {hasMore
        ? (
          <p class="more">
            <button type="button" onClick={more}>More peers</button>
          </p>
        )
        : null}
    </section>
  );
}

/** The pages after the first one of a path. */
interface LaterPages {
  readonly path: string;
  readonly pages: readonly HostEntry[];
  /** Why the last request for one failed; undefined if it did not. */
  readonly fault: RequestError | undefined;
}

/** The first page as it is now, and those after it as they were when they were asked for. */
function usePages(client: Client, path: string, host: HostEntry) {
  const [later, setLater] = useState<LaterPages>({ path, pages: [], fault: undefined });
  const { fault, pages } = later.path === path ? later : { fault: undefined, pages: [] };
  const last = pages.at(-1) ?? host;
  const more = async () => {
    if (last.next === null) return;
    const next = `${path}&cursor=${encodeURIComponent(last.next)}`;
    try {
      const { hosts: [page] } = await client.get<Hosts>(next);
      if (page !== undefined) setLater({ path, pages: [...pages, page], fault: undefined });
    } catch (cause) {
      setLater({ path, pages, fault: requestErrorOf(cause) });
    }
  };
  const all = [host, ...pages].flatMap(({ peers }) => peers);
  const peers = [...new Map(all.map((peer) => [peer.id, peer])).values()];
  return { fault, hasMore: last.next !== null, more, peers };
}

function Filters({ host, place }: { host: HostEntry; place: Place }): JSX.Element {
  const { path = "", q = "", region = "" } = place.params;
  const regions = host.regions.flatMap(({ region }) => region === null ? [] : [region]);
  const menus = [
    ["path", "Path", "All paths", path, usedPaths(host.paths)],
    ["region", "Home region", "All regions", region, regions.toSorted()],
  ] as const;
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        id="search"
        type="search"
        placeholder="Search peers"
        aria-label="Search peers"
        value={q}
        onInput={({ currentTarget }) => changePlace(place, { q: currentTarget.value })}
      />
      {menus.map(([name, label, all, value, values]) => (
        <select
          key={name}
          aria-label={label}
          class={value === "" ? "" : "set"}
          value={value}
          onChange={({ currentTarget }) => changePlace(place, { [name]: currentTarget.value })}
        >
          <option value="">{all}</option>
          {values.map((each) => (
            <option key={each} value={each}>{name === "path" ? pathName(each) : each}</option>
          ))}
        </select>
      ))}
    </form>
  );
}

function Head({ place }: { place: Place }): JSX.Element {
  const sort = place.params.sort ?? DEFAULT_SORT;
  const isDescending = sort.startsWith("-");
  return (
    <thead>
      <tr>
        {COLUMNS.map(([name, title, isNumber]) => {
          const isSorted = sort.replace("-", "") === name;
          const order = !isSorted ? "none" : isDescending ? "descending" : "ascending";
          const next = isSorted && !isDescending ? `-${name}` : name;
          return (
            <th key={name} scope="col" class={isNumber ? "number" : ""} aria-sort={order}>
              <button type="button" onClick={() => changePlace(place, { sort: next })}>
                {title}
                <span class="arrow" aria-hidden="true">
                  {!isSorted ? "" : isDescending ? "↓" : "↑"}
                </span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function Row({ nowMs, peer }: { nowMs: number; peer: Peer }): JSX.Element {
  const { id, name, region, relay_seconds, rtt_ms, since } = peer;
  const short = shortName(name);
  return (
    <tr>
      <td class="name">
        <a href={formatPlace("nodes", id)} title={name}>
          <b>{short}</b>
          <span class="soft">{name.slice(short.length)}</span>
        </a>
      </td>
      <td>
        <PeerPath of={peer} />
      </td>
      <td class="number since" title={formatMoment(since)}>{formatAgo(since, nowMs)}</td>
      <td class="region">{region ?? "–"}</td>
      <td class="number rtt">{formatMs(rtt_ms)}</td>
      <td class="number" title={`${formatSpan(1000 * relay_seconds)} on relays`}>
        <RelayShare of={peer} />
      </td>
    </tr>
  );
}

function NoPeers({ host }: { host: HostEntry }): JSX.Element {
  return Object.keys(host.paths).length === 0
    ? <Empty title="No current peers">{noPeersText(host)}</Empty>
    : <Empty title="No peer matches">Change the search or the filters.</Empty>;
}
