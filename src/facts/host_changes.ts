/**
 * The changes between two snapshots of a host. The only place that derives them.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { HostChange } from "./change.ts";
import type { HostFacts, PeerFacts } from "./host_facts.ts";

/** Peers between two looks at the clock; one costs far less than a microsecond. */
const PEERS_A_LOOK = 64;

/**
 * What changed from one snapshot of a host to a later one of the same.
 *
 * A poll that failed changes only whether tailscaled answers. The key of a peer's change is its id.
 *
 * @returns In the order of time; peers of the same moment in the order of their list.
 */
export async function hostChanges(
  before: HostFacts,
  after: HostFacts,
  slices: TimeSliceOptions = {},
): Promise<readonly HostChange[]> {
  const changes: HostChange[] = [];
  const { atMs, host: key } = after;
  if (after.answers !== undefined && before.answers !== after.answers) {
    const kind = after.answers ? "tailscaled_answers" : "tailscaled_silent";
    changes.push({ kind, key, before, after, atMs });
  }
  if (before.backend !== after.backend && after.backend !== undefined) {
    changes.push({ kind: "backend_changed", key, before, after, atMs });
  }
  addActions(changes, before, after);
  if (before.peers === undefined) {
    if (after.peers !== undefined) {
      changes.push({ kind: "host_known", key, before: undefined, after, atMs });
    }
  } else if (after.peers !== undefined && before.peers !== after.peers) {
    await addPeerChanges(changes, before.peers, after.peers, atMs, new TimeSlice(slices));
  }
  return changes.sort((a, b) => a.atMs - b.atMs);
}

function addActions(changes: HostChange[], before: HostFacts, after: HostFacts): void {
  let last = before.actions.at(-1);
  for (const action of after.actions) {
    if (action.number <= (last?.number ?? 0)) continue;
    const { atMs } = action;
    changes.push({ kind: "watchdog_acted", key: after.host, before: last, after: action, atMs });
    last = action;
  }
}

async function addPeerChanges(
  changes: HostChange[],
  before: ReadonlyMap<string, PeerFacts>,
  after: ReadonlyMap<string, PeerFacts>,
  atMs: number,
  slice: TimeSlice,
): Promise<void> {
  let count = 0;
  const add = (key: string, before: PeerFacts | undefined, after: PeerFacts | undefined) =>
    changes.push({ kind: "peer_path_changed", key, before, after, atMs });
  for (const [id, peer] of after) {
    if (count++ % PEERS_A_LOOK === 0 && slice.isOver) await slice.next();
    const old = before.get(id);
    if (old !== peer && old?.path !== peer.path) add(id, old, peer);
  }
  for (const [id, old] of before) {
    if (count++ % PEERS_A_LOOK === 0 && slice.isOver) await slice.next();
    if (!after.has(id)) add(id, old, undefined);
  }
}
