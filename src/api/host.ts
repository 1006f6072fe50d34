/**
 * Hosts as JSON: this host's tailscaled, what it says of itself, its peers by path, page by page,
 * and what the watchdog did.
 *
 * @module
 */

import { currentPeersOf, type HostFacts, type PeerFacts } from "../facts/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { PATH_STATES } from "../paths/path_state.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { formatOptionalTime } from "../time/timestamp.ts";
import type { ApiSource } from "./fact_source.ts";
import { ListOrder } from "./list_order.ts";
import { type Parameter, type Query, textParameter, wordParameter } from "./parameter.ts";
import { PEER, peerJson, relayRatio } from "./peer.ts";
import * as s from "./schema.ts";

/** What peers can be sorted by. */
export const PEER_ORDER: ListOrder<PeerFacts, number> = new ListOrder({
  elements: "peers",
  keys: {
    name: ({ name }) => name,
    path: ({ path }) => PATH_STATES.indexOf(path),
    region: ({ region }) => region ?? null,
    // Time on a relay is no news of a peer that has no other path.
    relay: (peer, nowMs) => peer.isRelayOnly === true ? null : relayRatio(peer, nowMs) ?? null,
    rtt: ({ rttMs }) => rttMs ?? null,
    since: ({ sinceMs }) => sinceMs,
  },
  minLimit: 0,
});

/** The parameters of the hosts. */
export const HOST_PARAMETERS: readonly Parameter[] = [
  wordParameter("path", PATH_STATES, "Only peers on this path.", true),
  textParameter("region", "Only peers with this home region.", { isRepeatable: true }),
  textParameter("q", "Only peers whose name contains this."),
  ...PEER_ORDER.parameters,
];

/** The schema of {@linkcode hostsJson}. */
export const HOSTS: s.Schema = s.object({
  hosts: s.list(
    s.object({
      host: s.text("How its tailscaled is reached; events of the host name it so."),
      name: s.orNull(s.text("Its name in the tailnet; null if unknown.")),
      relay_only: s.flag("Whether it is an embedded node, all of whose paths are relayed."),
      own_node: s.orNull(
        s.text("The state of the node of tsmetrics (USE_TSNET), if it is this host; else null."),
      ),
      answers: s.orNull(s.flag("Whether tailscaled answered the last poll.")),
      since: s.orNull(s.time("Since when that is so.")),
      fresh: s.flag("Whether the last answer is recent enough to be shown."),
      state: s.orNull(s.text("The state of tailscaled.")),
      health: s.list(s.text("A sentence."), "What tailscaled reports as wrong with itself."),
      peer_count: s.orNull(s.count("Peers.")),
      paths: s.map(s.count("Peers."), `Peers by path: ${PATH_STATES.join(", ")}.`),
      regions: s.list(
        s.object({
          region: s.orNull(s.text("The code of a DERP region; null if a peer tells none.")),
          paths: s.map(s.count("Peers."), "Peers by path."),
        }),
        "Peers by home region and path, the region with most peers first, null last.",
      ),
      total: s.count("Peers that pass the filters, on all pages."),
      next: s.orNull(s.text("The cursor of the next page of peers; null on the last one.")),
      peers: s.list(PEER, "The peers of this page."),
      actions: s.list(
        s.object({
          time: s.time("When."),
          action: s.text("Action of the watchdog."),
          succeeded: s.flag("Whether it could be done."),
        }),
        "The watchdog's last actions, the latest first.",
      ),
    }),
    "The hosts; empty without a way to a tailscaled. One whose tailscaled is not up has no peers: " +
      "their paths are not known.",
  ),
});

/** The hosts. */
export async function hostsJson(
  source: ApiSource,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const host = source.host();
  if (host === undefined) return { hosts: [] };
  const ownState = host.isOwnNode === true ? source.ownNode()?.state : undefined;
  const entry = await hostJson(host, query, source.now(), slices);
  return { hosts: [{ ...entry, own_node: ownState ?? null }] };
}

async function hostJson(
  facts: HostFacts,
  query: Query,
  nowMs: number,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const slice = new TimeSlice(slices);
  const passes = createFilter(query);
  const regions = new Map<string | null, PathCounts>();
  const page = PEER_ORDER.begin(query, nowMs);
  let total = 0;
  for (const peer of currentPeersOf(facts)?.values() ?? []) {
    if (slice.isOver) await slice.next();
    const { id, path, region = null } = peer;
    const counts = regions.get(region) ?? {};
    regions.set(region, counts);
    counts[path] = (counts[path] ?? 0) + 1;
    if (!passes(peer)) continue;
    total++;
    page.add(id, peer);
  }
  const { elements, next } = page.end();
  return {
    host: facts.host,
    name: facts.name ?? null,
    relay_only: facts.isRelayed ?? false,
    answers: facts.answers ?? null,
    since: formatOptionalTime(facts.sinceMs),
    fresh: facts.isFresh,
    state: facts.backend ?? null,
    health: facts.health,
    peer_count: facts.peerCount ?? null,
    paths: addUp(regions.values()),
    regions: [...regions].map(([region, paths]) => ({ region, paths }))
      .sort((a, b) =>
        Number(a.region === null) - Number(b.region === null) || sum(b.paths) - sum(a.paths)
      ),
    total,
    next,
    peers: elements.map((peer) => peerJson(peer, nowMs)),
    actions: facts.actions.toReversed().map(({ atMs, kind, succeeded }) => ({
      time: formatOptionalTime(atMs),
      action: kind,
      succeeded,
    })),
  };
}

/** Peers by path. */
type PathCounts = Record<string, number>;

function addUp(parts: Iterable<PathCounts>): PathCounts {
  const whole: PathCounts = {};
  for (const part of parts) {
    for (const [path, count] of Object.entries(part)) whole[path] = (whole[path] ?? 0) + count;
  }
  return whole;
}

function sum(counts: PathCounts): number {
  return Object.values(counts).reduce((total, each) => total + each, 0);
}

function createFilter(query: Query): (peer: PeerFacts) => boolean {
  const paths = new Set(query.all("path"));
  const regions = new Set(query.all("region"));
  const search = query.one("q")?.toLowerCase() ?? "";
  return ({ name, path, region = "" }) =>
    (paths.size === 0 || paths.has(path)) && (regions.size === 0 || regions.has(region)) &&
    name.toLowerCase().includes(search);
}
