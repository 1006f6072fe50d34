/**
 * Events: what happened to a node, a tailnet or a host, each with a severity. Types only, and the
 * words that settings, queries and labels use for them.
 *
 * @module
 */

/** How bad an event is, as a bounded value. */
export type Severity =
  /** Normal operation, or the end of a problem. */
  | "ok"
  /** Worth a look. */
  | "warning"
  /** Needs a person. */
  | "critical";

/** Every severity, the least first. */
export const SEVERITIES: readonly Severity[] = ["ok", "warning", "critical"];

/** Every type of event. */
export const EVENT_TYPES = [
  // A regular look at the whole tailnet, with its counts.
  "health_check",
  // Connected to the control plane, and no longer connected.
  "node_online",
  "node_offline",
  // An alert fires or is resolved.
  "alert",
  "node_joined",
  "node_left",
  "node_renamed",
  "node_rekeyed",
  "node_changed",
  "key_expiring",
  "key_expired",
  "key_valid",
  "lock_error",
  "lock_ok",
  "routes_changed",
  "update_available",
  "update_installed",
  "metrics_readable",
  "metrics_unreadable",
  // The control plane's API, and the first device list after a start.
  "api_up",
  "api_down",
  "tailnet_known",
  // A host's tailscaled, the paths to its peers, and what the watchdog did.
  "host_up",
  "host_down",
  "host_state",
  "path_relayed",
  "path_direct",
  "watchdog",
  // Our own node of the tailnet is in another state.
  "tsnet_state",
] as const;

/** What happened, as a bounded value. */
export type EventType = typeof EVENT_TYPES[number];

/** The node that an event is about. */
export interface EventNode {
  /** Tailnet and device id (see `createDeviceKey()`); of a host's peer its stable id. */
  readonly key: string;
  /** Its name at that time. */
  readonly name: string;
}

/** An event that is not in the log yet. */
export interface EventDraft {
  /** When it happened or was seen to have happened, in milliseconds since 1970. */
  readonly atMs: number;
  /** What happened. */
  readonly type: EventType;
  /** How bad it is. */
  readonly severity: Severity;
  /** The node; undefined for an event of a tailnet, a host or the exporter. */
  readonly node: EventNode | undefined;
  /** One sentence, without a full stop. */
  readonly message: string;
  /** Set if it belongs to a simulated past, which was not observed. */
  readonly isSimulated?: true;
}

/** An event of the log. Immutable. */
export interface NodeEvent extends EventDraft {
  /** Rises by 1 from event to event; unique for as long as the store is kept. */
  readonly id: number;
}

/** Which events are wanted; an absent field asks for nothing. */
export interface EventQuery {
  /** Of these types. */
  readonly types?: readonly EventType[] | undefined;
  /** Of these severities. */
  readonly severities?: readonly Severity[] | undefined;
  /** About the node of this key. */
  readonly node?: string | undefined;
  /** Whose message or node name contains this text, in any case. */
  readonly text?: string | undefined;
  /** At this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
  /** Before this time, in milliseconds since 1970. */
  readonly untilMs?: number | undefined;
  /** Older than the event of this id: the cursor of the next page. */
  readonly before?: number | undefined;
  /** Newer than the event of this id: what a client that has seen it still lacks. */
  readonly after?: number | undefined;
  /** Number of matching events to skip, for pages by number. Default: 0. */
  readonly offset?: number | undefined;
  /** Maximum number of events. Default: 100. */
  readonly limit?: number | undefined;
}

/** One page of events. */
export interface EventPage {
  /** Newest first. */
  readonly events: readonly NodeEvent[];
  /** Number of events that match, whatever page they are on; `before` and `after` count. */
  readonly total: number;
  /** `before` for the next page; undefined on the last one. */
  readonly next: number | undefined;
}
