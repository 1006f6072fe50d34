/**
 * The change between two looks at our own node of the tailnet. The only place that derives it.
 *
 * @module
 */

import type { OwnNodeChange } from "./change.ts";
import type { OwnNodeFacts } from "./own_node_facts.ts";

/** The key of its changes: a process has one node at most. */
const KEY = "tsnet";

/**
 * What changed from one look at our own node to the next.
 *
 * @param before undefined at the first look; that a node starts is no change then.
 * @returns One change at most: a node is in one state.
 */
export function ownNodeChanges(
  before: OwnNodeFacts | undefined,
  after: OwnNodeFacts,
): readonly OwnNodeChange[] {
  if ((before?.state ?? "starting") === after.state) return [];
  return [{ kind: `own_node_${after.state}`, key: KEY, before, after, atMs: after.atMs }];
}
