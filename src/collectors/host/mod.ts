/**
 * The collectors of this host: what its tailscaled knows, and what is done about its paths.
 *
 * @module
 */

export { PEERS_METRICS } from "../_peer_metric.ts";
export { hostAnswerOf, type RttOf } from "./host_answer.ts";
export { KeepaliveCollector, type KeepaliveCollectorOptions } from "./keepalive_collector.ts";
export { NativeCollector, type NativeCollectorOptions } from "./native_collector.ts";
export { PeersCollector, type PeersCollectorOptions } from "./peers_collector.ts";
export {
  type HostLook,
  type SeenPeer,
  StatusPoll,
  type StatusPollOptions,
} from "./_status_poll.ts";
export {
  WATCHDOG_KEY,
  WatchdogCollector,
  type WatchdogCollectorOptions,
} from "./watchdog_collector.ts";
