/**
 * Hosts as JSON: this host's tailscaled, what it says of itself, its peers by path, page by page,
 * and what the watchdog did.
 *
 * @module
 */

import type { HostFacts, PeerFacts } from "../facts/mod.ts";
import { PATH_STATES } from "../paths/path.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { formatOptionalTime } from "../timestamp.ts";
import { comparePlaces, decodeCursor, encodeCursor, type Place, type SortKey } from "./cursor.ts";
import type { JsonObject, Known } from "./known.ts";
import {
  cursorParameter,
  integerParameter,
  type Parameter,
  type ParameterFault,
  type Query,
  textParameter,
  wordParameter,
} from "./parameter.ts";
import { PEER, peerJson, relayRatio } from "./peer.ts";
import { count, flag, list, map, object, orNull, type Schema, text, time } from "./schema.ts";
import { sortInSlices } from "./sort.ts";

/** What peers can be sorted by. */
const SORTS: Readonly<Record<string, (peer: PeerFacts, nowMs: number) => SortKey>> = {
  name: ({ name }) => name,
  path: ({ path }) => PATH_STATES.indexOf(path),
  region: ({ region }) => region ?? null,
  relay: (peer, nowMs) => relayRatio(peer, nowMs) ?? null,
  rtt: ({ rttMs }) => rttMs ?? null,
  since: ({ sinceMs }) => sinceMs,
};

const CURSOR: Parameter = cursorParameter(
  "Where to go on: `next` of the page before, with the same order.",
);

/** The parameters of the hosts. */
export const HOST_PARAMETERS: readonly Parameter[] = [
  wordParameter("path", PATH_STATES, "Only peers on this path.", true),
  textParameter("region", "Only peers with this home region.", { isRepeatable: true }),
  textParameter("q", "Only peers whose name contains this."),
  wordParameter(
    "sort",
    Object.keys(SORTS).flatMap((name) => [name, `-${name}`]),
    "The order of peers; a leading minus turns it round. Default: name.",
  ),
  integerParameter("limit", { min: 0, max: 1000, fallback: 100 }, "Maximum number of peers."),
  CURSOR,
];

/** The schema of {@linkcode hostsJson}. */
export const HOSTS: Schema = object({
  hosts: list(
    object({
      host: text("How its tailscaled is reached."),
      answers: orNull(flag("Whether tailscaled answered the last poll.")),
      since: orNull(time("Since when that is so.")),
      fresh: flag("Whether the last answer is recent enough to be shown."),
      state: orNull(text("The state of tailscaled.")),
      health: list(text("A sentence."), "What tailscaled reports as wrong with itself."),
      peer_count: orNull(count("Peers.")),
      paths: map(count("Peers."), `Peers by path: ${PATH_STATES.join(", ")}.`),
      regions: list(
        object({
          region: orNull(text("The code of a DERP region; null if a peer tells none.")),
          paths: map(count("Peers."), "Peers by path."),
        }),
        "Peers by home region and path, the region with most peers first, null last.",
      ),
      total: count("Peers that pass the filters, on all pages."),
      next: orNull(text("The cursor of the next page of peers; null on the last one.")),
      peers: list(PEER, "The peers of this page."),
      actions: list(
        object({
          time: time("When."),
          action: text("What the watchdog did."),
          succeeded: flag("Whether it could be done."),
        }),
        "The watchdog's last actions, the latest first.",
      ),
    }),
    "The hosts; empty without a way to a tailscaled.",
  ),
});

/** Checks that a cursor belongs to the order. */
export function checkHostQuery(query: Query): ParameterFault | undefined {
  const cursor = query.one("cursor");
  if (cursor === undefined || decodeCursor(sortOf(query), cursor) !== undefined) return undefined;
  return { parameter: "cursor", value: cursor.slice(0, 100), allowed: CURSOR.allowed };
}

/** The hosts. */
export async function hostsJson(
  known: Known,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const host = known.host();
  return { hosts: host === undefined ? [] : [await hostJson(host, query, known.now(), slices)] };
}

async function hostJson(
  facts: HostFacts,
  query: Query,
  nowMs: number,
  slices?: TimeSliceOptions,
): Promise<JsonObject> {
  const slice = new TimeSlice(slices);
  const sort = sortOf(query);
  const start = decodeCursor(sort, query.one("cursor") ?? "");
  const isDescending = sort.startsWith("-");
  const compare = (a: Place, b: Place) => comparePlaces(a, b, isDescending);
  const keyOf = SORTS[sort.replace("-", "")] ?? (() => null);
  const passes = createFilter(query);
  const regions = new Map<string | null, PathCounts>();
  const entries: (Place & { readonly peer: PeerFacts })[] = [];
  let total = 0;
  for (const peer of facts.peers?.values() ?? []) {
    if (slice.isOver) await slice.next();
    const { id, path, region = null } = peer;
    const counts = regions.get(region) ?? {};
    regions.set(region, counts);
    counts[path] = (counts[path] ?? 0) + 1;
    if (!passes(peer)) continue;
    total++;
    const entry = { key: keyOf(peer, nowMs), id, peer };
    if (start === undefined || compare(entry, start) > 0) entries.push(entry);
  }
  const sorted = await sortInSlices(entries, compare, slices);
  const page = sorted.slice(0, query.integer("limit", 100));
  const last = page.at(-1);
  return {
    host: facts.host,
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
    next: last !== undefined && sorted.length > page.length ? encodeCursor(sort, last) : null,
    peers: page.map(({ peer }) => peerJson(peer, nowMs)),
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

function sortOf(query: Query): string {
  return query.one("sort") ?? "name";
}
