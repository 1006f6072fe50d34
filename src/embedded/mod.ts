/**
 * The embedded node: this process as a node of the tailnet. Loaded only where `USE_TSNET` asks for
 * it.
 *
 * @module
 */

export { formatBackup, mismatchOf, parseBackup } from "./backup.ts";
export { isHeld } from "./claim.ts";
export {
  controlKey,
  describeNode,
  formatIdentity,
  hasLogin,
  identityKey,
  storedIdentity,
} from "./identity.ts";
export { createLocalTransport } from "./local_transport.ts";
export { EmbeddedNode } from "./node.ts";
export { openEmbedded } from "./open.ts";
