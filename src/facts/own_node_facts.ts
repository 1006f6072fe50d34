/**
 * What is known about our own node of the tailnet at one moment. Types only.
 *
 * @module
 */

import type { NodeState, Reach } from "../own_node/node_status.ts";

/** Our own node at one moment. */
export interface OwnNodeFacts {
  /** What it is doing. */
  readonly state: NodeState;
  /** The same as a sentence, of a fixed set: nothing in it is secret. */
  readonly summary: string;
  /** When the state was seen, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Our own node as pages show it, which may be open to anyone: nothing in it is secret. */
export interface ShownOwnNode extends OwnNodeFacts {
  /** When it took its present state, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** What it reaches while its network is cut. Default: not cut. */
  readonly reach?: Reach | undefined;
  /** Whether `TS_AUTHKEY` is set. */
  readonly hasAuthKey: boolean;
  /** Whether its login failed, or the control plane is not reached. The log has the reason. */
  readonly hasError: boolean;
  /** Where the login address is, if there is one. */
  readonly loginPlace: "page" | "log" | undefined;
  /** Its addresses in the tailnet; empty before it joined. */
  readonly addresses: readonly string[];
}
