/**
 * A host in words: its own tailscaled, or our own node of the tailnet.
 *
 * @module
 */

import { formatSpan, plural, words } from "./format.ts";
import type { HostEntry } from "./host_model.ts";

/** Whether it is up: our own node by its state, which tells more than its tailscaled does. */
export function isUp({ answers, own_node, state }: HostEntry): boolean {
  if (typeof own_node === "string") return own_node === "running";
  return answers === true && state === "Running";
}

/** Its state. */
export function stateName({ own_node, state }: HostEntry): string {
  return typeof own_node === "string" ? words(own_node) : state ?? "no answer";
}

/** What answers for it: an embedded node has no tailscaled. */
export function daemonName({ relay_only }: HostEntry): string {
  return relay_only ? "the embedded node" : "tailscaled";
}

/** Its peers, and for how long it has answered, or has not. */
export function describeHost(host: HostEntry, nowMs: number): string {
  const { answers, peer_count, since } = host;
  const peers = plural(peer_count ?? 0, "peer");
  if (answers === null || since === null) return `${peers}, not asked yet`;
  const verb = answers ? "has answered" : "has not answered";
  return `${peers}, ${daemonName(host)} ${verb} for ${formatSpan(nowMs - Date.parse(since))}`;
}

/** Why no peers are shown. */
export function noPeersText(host: HostEntry): string {
  if (typeof host.own_node === "string") {
    return "The node has not joined the tailnet, or has listed no peer yet.";
  }
  return "tailscaled is not up, or has listed no peer yet.";
}
