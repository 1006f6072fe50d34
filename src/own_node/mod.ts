/**
 * Our own node of the tailnet, whichever kind it is: its states, how it joins, who may ask over it,
 * and what is said of it.
 *
 * @module
 */

export { guardPeers } from "./allow.ts";
export type { Peer } from "./peer.ts";
export { isIn } from "./node_status.ts";
export type { NodeState, NodeStatus, OwnNode } from "./node_status.ts";
export { describeStatus } from "./status_text.ts";
export { waitForJoin } from "./join_wait.ts";
