/**
 * Turns a change of the facts into an event, or into none: what happens all the time, or is told by
 * another event, is left out. Pure.
 *
 * @module
 */

import type {
  DeviceChangeKind,
  HostChange,
  KnownDevice,
  OwnNodeChange,
  TailnetChange,
} from "../facts/mod.ts";
import { escapeUnsafe } from "../text/printable.ts";
import { shortName } from "../text/short_name.ts";
import type { EventDraft, EventNode, EventType, Severity } from "./event.ts";

/** Maximum length of a name or a reason in a message, in UTF-16 units. */
const MAX_TEXT = 300;

/** What {@linkcode eventOfHost} needs to know of a peer. */
export type FindNode = (peerId: string) => EventNode | undefined;

/**
 * The event of a change of a tailnet.
 *
 * @param isCritical Whether a node is critical: that it is offline or expired is critical then.
 * @returns undefined if the change is no event.
 */
export function eventOfTailnet(
  change: TailnetChange,
  isCritical: (known: KnownDevice) => boolean,
): EventDraft | undefined {
  const { atMs } = change;
  switch (change.kind) {
    case "tailnet_known": {
      const devices = change.after.listing?.devices ?? [];
      const online = devices.filter(({ isOnline }) => isOnline).length;
      const message = `First device list after a start: ${count(devices.length)}, ${online} online`;
      return { atMs, type: "tailnet_known", severity: "ok", node: undefined, message };
    }
    case "api_answers":
      return general(atMs, "api_up", "ok", "The API answers");
    case "api_fails": {
      const failure = change.after.error?.failure ?? "unknown";
      return general(atMs, "api_down", "warning", `The API does not answer: ${failure}`);
    }
    case "device_joined":
      return ofNode(change.after, atMs, "node_joined", "ok", "joined the tailnet");
    case "device_left":
      return ofNode(change.before, atMs, "node_left", "warning", "left the tailnet");
    case "device_changed": {
      const what = `changed: ${change.properties.join(", ")}`;
      return ofNode(change.after, atMs, "node_changed", "ok", what);
    }
    case "routes_offered":
    case "routes_withdrawn":
    case "routes_approved":
    case "routes_unapproved": {
      const [severity, verb] = ROUTES[change.kind];
      const what = `${verb} ${short(change.routes.join(", "))}`;
      return ofNode(change.after, atMs, "routes_changed", severity, what);
    }
    case "metrics_readable":
    case "metrics_unreadable":
    case "metrics_pending":
      // Whose node they are of is told by the caller, which has the list.
      return undefined;
  }
  const [type, severity, what] = DEVICE_EVENTS[change.kind];
  const isWorse = severity === "warning" && WORSE.includes(type) && isCritical(change.after);
  const detail = change.kind === "device_renamed"
    ? `${what}, before: ${short(change.before.device.name)}`
    : change.kind === "lock_error"
    ? `${what}: ${short(change.after.device.tailnetLockError ?? "unknown")}`
    : what;
  return ofNode(change.after, atMs, type, isWorse ? "critical" : severity, detail);
}

/** The event of a change of a device's metrics; undefined if the change is no event. */
export function eventOfMetrics(
  change: TailnetChange,
  known: KnownDevice | undefined,
): EventDraft | undefined {
  if (known === undefined) return undefined;
  const { atMs } = change;
  if (change.kind === "metrics_readable" && change.before.state === "down") {
    return ofNode(known, atMs, "metrics_readable", "ok", "gives metrics again");
  }
  // Before the first scrape nothing was readable; a device that is offline is told as such.
  const isNews = change.kind === "metrics_unreadable" && change.before.state !== "pending" &&
    change.after.state === "down";
  if (!isNews) return undefined;
  const reason = `has unreadable metrics: ${short(change.after.reason ?? "unknown")}`;
  return ofNode(known, atMs, "metrics_unreadable", "warning", reason);
}

/** The event of a change of a host; undefined if the change is no event. */
export function eventOfHost(change: HostChange, findNode: FindNode): EventDraft | undefined {
  const { atMs } = change;
  switch (change.kind) {
    case "host_known":
      return undefined;
    case "tailscaled_answers":
      // The first answer of a process is no news.
      if (change.before.answers === undefined) return undefined;
      return general(atMs, "host_up", "ok", "tailscaled answers");
    case "tailscaled_silent":
      return general(atMs, "host_down", "warning", "tailscaled does not answer");
    case "backend_changed": {
      const { before: { backend: old }, after: { backend } } = change;
      if (old === undefined) return undefined;
      const severity = backend === "Running" ? "ok" : "warning";
      return general(
        atMs,
        "host_state",
        severity,
        `tailscaled went from ${old} to ${backend}`,
      );
    }
    case "watchdog_acted": {
      const { kind, succeeded } = change.after;
      const outcome = succeeded ? "done" : "failed";
      return general(atMs, "watchdog", "warning", `Watchdog: ${kind} of tailscaled ${outcome}`);
    }
    case "peer_path_changed": {
      const { before, after } = change;
      if (before === undefined || after === undefined) return undefined;
      const [wasDirect, isDirect] = [before, after].map(({ path }) => path.startsWith("direct_"));
      const isRelayed = wasDirect && after.path === "derp";
      if (!isRelayed && !(before.path === "derp" && isDirect)) return undefined;
      const name = short(after.name);
      return {
        atMs,
        type: isRelayed ? "path_relayed" : "path_direct",
        severity: isRelayed ? "warning" : "ok",
        node: findNode(change.key) ?? { key: change.key, name },
        message: `${name} is reached ${isRelayed ? "over a DERP relay" : "directly"}`,
      };
    }
  }
}

/** The event of a change of our own node. */
export function eventOfOwnNode({ after, atMs, kind }: OwnNodeChange): EventDraft {
  const message = after.summary.replace(/\.$/, "");
  return general(atMs, "tsnet_state", OWN_NODE_SEVERITIES[kind], message);
}

/** A state in which nothing is scraped until a person acts is critical. */
const OWN_NODE_SEVERITIES: Readonly<Record<OwnNodeChange["kind"], Severity>> = {
  own_node_starting: "ok",
  own_node_running: "ok",
  own_node_control_away: "warning",
  own_node_unreachable: "warning",
  own_node_needs_login: "critical",
  own_node_needs_approval: "critical",
  own_node_key_expired: "critical",
  own_node_removed: "critical",
  own_node_stuck: "critical",
};

/** Types that are critical for a critical node. */
const WORSE: readonly EventType[] = ["node_offline", "key_expired"];

const ROUTES = {
  routes_offered: ["ok", "offers"],
  routes_withdrawn: ["warning", "no longer offers"],
  routes_approved: ["ok", "may serve"],
  routes_unapproved: ["warning", "may no longer serve"],
} as const satisfies Readonly<Record<string, readonly [Severity, string]>>;

const DEVICE_EVENTS: Readonly<Record<DeviceChangeKind, readonly [EventType, Severity, string]>> = {
  device_online: ["node_online", "ok", "is online"],
  device_offline: ["node_offline", "warning", "is offline"],
  device_renamed: ["node_renamed", "ok", "has a new name"],
  device_rekeyed: ["node_rekeyed", "ok", "has a new node key"],
  key_expiring: ["key_expiring", "warning", "has a key that expires within 14 days"],
  key_expired: ["key_expired", "warning", "has an expired key"],
  key_valid: ["key_valid", "ok", "has a valid key"],
  update_available: ["update_available", "ok", "has an update available"],
  update_installed: ["update_installed", "ok", "is up to date"],
  lock_error: ["lock_error", "warning", "has a Tailnet Lock error"],
  lock_ok: ["lock_ok", "ok", "has no Tailnet Lock error any more"],
};

/** The node of a device, for events and alerts. */
export function nodeOf({ device, key }: KnownDevice): EventNode {
  return { key, name: short(device.name) };
}

function ofNode(
  known: KnownDevice,
  atMs: number,
  type: EventType,
  severity: Severity,
  what: string,
): EventDraft {
  const node = nodeOf(known);
  return { atMs, type, severity, node, message: `${shortName(node.name)} ${what}` };
}

function general(atMs: number, type: EventType, severity: Severity, message: string): EventDraft {
  return { atMs, type, severity, node: undefined, message };
}

/** Text from outside, on one line and bounded. */
function short(text: string): string {
  return escapeUnsafe(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
}

function count(devices: number): string {
  return devices === 1 ? "1 device" : `${devices} devices`;
}
