/**
 * What is known about our own node of the tailnet at one moment. Types only.
 *
 * @module
 */

import type { NodeState } from "../own_node/node_status.ts";

/** Our own node at one moment. */
export interface OwnNodeFacts {
  /** What it is doing. */
  readonly state: NodeState;
  /** The same as a sentence, of a fixed set: nothing in it is secret. */
  readonly summary: string;
  /** When the state was seen, in milliseconds since 1970. */
  readonly atMs: number;
}
