/**
 * Hosts as JSON: this host's tailscaled, what it says of itself, its peers by path, and what the
 * watchdog did.
 *
 * @module
 */

import type { HostFacts } from "../facts/mod.ts";
import { PATH_STATES } from "../paths/path.ts";
import { formatOptionalTime } from "../timestamp.ts";
import type { Known } from "./known.ts";
import { integerParameter, type Parameter, type Query, wordParameter } from "./parameter.ts";
import { count, flag, list, map, object, orNull, type Schema, text, time, word } from "./schema.ts";

/** The parameters of the hosts. */
export const HOST_PARAMETERS: readonly Parameter[] = [
  wordParameter("path", PATH_STATES, "Only peers on this path.", true),
  integerParameter("limit", { min: 0, max: 1000, fallback: 100 }, "Maximum number of peers."),
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
      peers: list(
        object({
          id: text("The stable id of the node."),
          name: text("Its name."),
          path: word(PATH_STATES, "The path that packets take."),
          since: time("When it was taken."),
        }),
        "Peers that pass the filter.",
      ),
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

/** The hosts. */
export function hostsJson(known: Known, query: Query): Readonly<Record<string, unknown>> {
  const host = known.host();
  return { hosts: host === undefined ? [] : [hostJson(host, query)] };
}

function hostJson(facts: HostFacts, query: Query): Readonly<Record<string, unknown>> {
  const wanted = new Set(query.all("path"));
  const limit = query.integer("limit", 100);
  const paths: Record<string, number> = {};
  const peers: unknown[] = [];
  for (const { id, name, path, sinceMs } of facts.peers?.values() ?? []) {
    paths[path] = (paths[path] ?? 0) + 1;
    if (peers.length >= limit || (wanted.size > 0 && !wanted.has(path))) continue;
    peers.push({ id, name, path, since: formatOptionalTime(sinceMs) });
  }
  return {
    host: facts.host,
    answers: facts.answers ?? null,
    since: formatOptionalTime(facts.sinceMs),
    fresh: facts.isFresh,
    state: facts.backend ?? null,
    health: facts.health,
    peer_count: facts.peerCount ?? null,
    paths,
    peers,
    actions: facts.actions.toReversed().map(({ atMs, kind, succeeded }) => ({
      time: formatOptionalTime(atMs),
      action: kind,
      succeeded,
    })),
  };
}
