/**
 * A host's peers and the paths to them: what the rest of the program takes from this folder.
 *
 * @module
 */

export { type PathMemory } from "./evidence.ts";
export {
  HEALING_KINDS,
  type HealingAction,
  type HealingKind,
  type HealingStep,
  type HostAction,
  type PingAction,
  RESTART_EXIT_CODE,
} from "./healing.ts";
export {
  Keepalive,
  type KeepaliveOptions,
  type PingObserver,
  type RoundResult,
} from "./keepalive.ts";
export { KEEPALIVE_DEFINITIONS, KEEPALIVE_METRICS, RTT_BUCKETS } from "./_keepalive_metric.ts";
export { isDirect, PATH_STATES, type PathState } from "./path_state.ts";
export { type Instant, isAddressless, type PeerObservation } from "./observation.ts";
export type { PeerFilter } from "./ping_round.ts";
export { PATH_DEFINITIONS, PATH_METRICS } from "./path_metric.ts";
export { type PathTransition, type PeerTrack } from "./peer_track.ts";
export {
  PING_PATHS,
  type PingAnswer,
  type PingPath,
  type PingVerdict,
  verdictOf,
  verdictOfPath,
} from "./ping_verdict.ts";
export { type PathLook, PathTracker, type PathTrackerOptions } from "./tracker.ts";
export { type PeerRelay, type PeerSight, Watchdog, type WatchdogReport } from "./watchdog.ts";
export { type WatchdogLine, type WatchdogWord } from "./watchdog_line.ts";
export { WATCHDOG_DEFINITIONS, WATCHDOG_METRICS } from "./_watchdog_metric.ts";
export { type WatchdogMode, type WatchdogOptions } from "./watchdog_options.ts";
export { encodeState, restoreState, type WatchdogState } from "./watchdog_state.ts";
