/**
 * The peers whose paths are true now. A path is momentary: it must not outlive the moment in which
 * tailscaled was up, while names and counters of a snapshot may.
 *
 * @module
 */

import type { HostFacts, PeerFacts } from "./host_facts.ts";

/**
 * A host's peers with the paths that they have now.
 *
 * A snapshot keeps the last known peers while tailscaled is silent, stopped or logged out; nothing
 * that shows or judges a path may take them for current.
 *
 * @returns By id; undefined unless tailscaled answered the last poll, recently, and was up.
 */
export function currentPeersOf(
  { answers, backend, isFresh, peers }: HostFacts,
): ReadonlyMap<string, PeerFacts> | undefined {
  return answers === true && isFresh && backend === "Running" ? peers : undefined;
}
