/**
 * The embedded node: this process as a node of the tailnet. Loaded only where `USE_TSNET` asks for
 * it.
 *
 * @module
 */

export { guardPeers, type Peer } from "./allow.ts";
export type { TailnetConnection } from "./tailnet_connection.ts";
export { isHeld } from "./claim.ts";
export {
  controlKey,
  formatIdentity,
  hasLogin,
  identityKey,
  keepIdentity,
  parseIdentity,
} from "./identity.ts";
export { createLocalTransport } from "./local_transport.ts";
export type { TailnetListener } from "./listener.ts";
export { type DialTarget, EmbeddedNode } from "./node.ts";
export { type EmbeddedContext, type EmbeddedSettings, openEmbedded } from "./open.ts";
export { settled } from "./settled.ts";
export type { NodeState, NodeStatus, OwnNode } from "./node_status.ts";
