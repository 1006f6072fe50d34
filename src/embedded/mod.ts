/**
 * The embedded node: this process as a node of the tailnet. Loaded only where `USE_TSNET` asks for
 * it.
 *
 * @module
 */

export { guardPeers, type Peer } from "./allow.ts";
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
export { EmbeddedNode } from "./node.ts";
export { openEmbedded } from "./open.ts";
export { settled } from "./settled.ts";
export type { NodeState, OwnNode } from "./node_status.ts";
