/**
 * The embedded node: this process as a node of the tailnet. Loaded only where `USE_TSNET` asks for
 * it.
 *
 * @module
 */

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
