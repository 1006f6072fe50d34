/**
 * What is known about tailnets and hosts: immutable snapshots, and the changes between two of them.
 * Pure: no network, no clock but the one that is handed in.
 *
 * @module
 */

export { ABANDONED_MS, isHint, isPersonal, isQuiet, type ProblemContext } from "./attention.ts";
export type {
  Change,
  ChangeOf,
  DeviceChangeKind,
  HostChange,
  OwnNodeChange,
  PropertyChange,
  RouteChange,
  RouteChangeKind,
  TailnetChange,
} from "./change.ts";
export { currentPeersOf } from "./current_peers.ts";
export {
  adviceFor,
  bySeverity,
  DEVICE_PROBLEMS,
  type Problem,
  PROBLEM_KINDS,
  PROBLEM_SEVERITIES,
  type ProblemDefinition,
  type ProblemKind,
  type ProblemSeverity,
  problemsOf,
  type ProblemWords,
  severityFor,
  shortVersion,
} from "./device_problem.ts";
export {
  type DeviceScrape,
  type LeftOut,
  PENDING,
  SCRAPE_STATES,
  type ScrapeState,
  type SkipReason,
  type StateCounts,
} from "./device_scrape.ts";
export { hostChanges } from "./host_changes.ts";
export type { HostFacts, PeerFacts, WatchdogAction } from "./host_facts.ts";
export { type HostAnswer, HostRecord, type HostRecordOptions } from "./host_record.ts";
export { EXPIRING_MS, expiryMs, type KeyState, keyStateAt } from "./key_state.ts";
export { ownNodeChanges } from "./own_node_changes.ts";
export type { OwnNodeFacts, ShownOwnNode } from "./own_node_facts.ts";
export { OwnNodeRecord, type OwnNodeRecordOptions } from "./own_node_record.ts";
export { createDeviceKey, deviceIdOf } from "./device_key.ts";
export { tailnetChanges } from "./tailnet_changes.ts";
export {
  type ApiFacts,
  type DeviceFacts,
  type DeviceListing,
  devicesOf,
  type KnownDevice,
  scrapeOf,
  type TailnetFacts,
} from "./tailnet_facts.ts";
export { TailnetRecord, type TailnetRecordOptions } from "./tailnet_record.ts";
