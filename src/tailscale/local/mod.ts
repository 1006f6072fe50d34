/**
 * The LocalAPI of tailscaled: a client for it, its three kinds of address, and what it tells.
 *
 * @module
 */

export { createLocalApi } from "./local_api.ts";
export type {
  DebugAction,
  LocalApi,
  LocalApiOptions,
  PingOptions,
  RawRequest,
} from "./local_api.ts";
export type { DerpRegion } from "./derp_map.ts";
export { createLoginApi, type Login, type LoginApi, type LoginPrefs } from "./login.ts";
export { causeOf, LocalApiError, type LocalFailure } from "./error.ts";
export { type LocalPeer, WEBASSEMBLY_OS } from "./local_peer.ts";
export { FOREIGN_KINDS, type ForeignKind, type PeerKind } from "./peer_kind.ts";
export type { PingAnswer, PingLoss, PingRefusal, PingResult, PingType } from "./ping_result.ts";
export type { Prefs, PrefsEdit } from "./prefs.ts";
export { BACKEND_STATES } from "./status.ts";
export type { BackendState, ExitNode, LocalStatus, RejectedPeer } from "./status.ts";
export { openTransport } from "./transport.ts";
export type {
  LocalApiAddress,
  LocalEndpoint,
  LocalTransport,
  TransportOptions,
} from "./transport.ts";
export type { LocalUser } from "./user.ts";
export type { Whois } from "./whois.ts";
