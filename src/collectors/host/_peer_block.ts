/**
 * One peer as samples: those that stay as they are while nothing happens to the peer, and those
 * that move with time. They are written apart, so that a cycle costs what has changed.
 *
 * @module
 */

import { type Block, escapeLabelValue, renderLabels } from "../../exposition/mod.ts";
import { isDirect, PATH_STATES, type PathState, type PeerTrack } from "../../paths/mod.ts";
import { joinTags } from "../../tag.ts";
import type { LocalPeer } from "../../tailscale/local/mod.ts";
import type { MetricDrop } from "../_metric_drop.ts";
import { peerNameOf } from "./_peer_observation.ts";
import { PEERS_DEFINITIONS, PEERS_METRIC_INDEX as M } from "../_peer_metric.ts";
import type { SampleWriter } from "../_device_shape.ts";

/** What is shown of a peer besides its path. */
export interface PeerDescription {
  /** The peer as tailscaled describes it. */
  readonly peer: LocalPeer;
  /** The API's id of the same node, where the API knows it. */
  readonly deviceId: string | undefined;
  /** Login name of the owner. */
  readonly user: string | undefined;
  /** Whether the host is connected to control: if not, its word on who is online is an old one. */
  readonly hasControl: boolean;
  /** Whether the last look found tailscaled up: if not, what is true only now is not shown. */
  readonly isCurrent: boolean;
}

/** Maximum number of addresses in a label; a peer has one of each family. */
const MAX_ADDRESSES = 4;

/** Maximum UTF-16 units of a label that joins a list. */
const MAX_LIST = 512;

/** The labels of every series of a peer, as they are written. */
export function peerLabelText(peer: LocalPeer): string {
  return renderLabels([["peer_id", peer.id], ["peer_name", peerNameOf(peer)]]);
}

/**
 * What stays while nothing happens to the peer.
 *
 * A peer whose key has expired is online, active and reached directly for tailscaled, although no
 * packet passes: it is shown as neither.
 *
 * Shape: PeerDescription and its record → 10 to about 30 samples
 *
 * @param labelText Of {@linkcode peerLabelText}.
 */
export function renderStill(
  writer: SampleWriter,
  facts: PeerDescription,
  track: PeerTrack,
  labelText: string,
  drops: MetricDrop,
): Block {
  const { peer } = facts;
  const { state } = track;
  writer.begin(labelText);
  if (facts.isCurrent) renderMoment(writer, facts, state);
  if (track.rxBytes !== undefined) writer.sample(M.rxBytes, track.rxBytes);
  if (track.txBytes !== undefined) writer.sample(M.txBytes, track.txBytes);
  writer.sample(M.info, 1, infoText(facts, drops));
  if (peer.keyExpirySeconds !== undefined) writer.sample(M.keyExpiry, peer.keyExpirySeconds);
  if (peer.lastSeenSeconds !== undefined) writer.sample(M.lastSeen, peer.lastSeenSeconds);
  if (peer.isExitNodeOption === true) writer.sample(M.exitNodeOption, 1);
  const routes = peer.primaryRoutes.length;
  if (routes > 0) writer.sample(M.primaryRoutes, routes);
  for (const each of PATH_STATES) writer.sample(M.path, each === state ? 1 : 0, STATE_TEXT[each]);
  writer.sample(M.pathSince, track.sinceMs / 1000);
  for (const each of PATH_STATES) {
    const seconds = track.seconds(each);
    if (each !== state && seconds > 0) writer.sample(M.pathSeconds, seconds, STATE_TEXT[each]);
  }
  for (const { from, to, count } of track.transitions()) {
    writer.sample(M.pathTransitions, count, `from="${from}",to="${to}"`);
  }
  return writer.finish();
}

/** What is true at the moment of a look only. */
function renderMoment(
  writer: SampleWriter,
  { peer, hasControl }: PeerDescription,
  state: PathState,
): void {
  const isUsable = peer.isExpired !== true;
  if (hasControl && peer.isOnline !== undefined) {
    writer.sample(M.online, peer.isOnline && isUsable ? 1 : 0);
  }
  // A peer that has just left may have an address for a while.
  writer.sample(M.direct, isDirect(peer) && state !== "offline" ? 1 : 0);
  if (peer.isActive !== undefined) writer.sample(M.active, peer.isActive && isUsable ? 1 : 0);
}

/** A peer whose samples move with time. */
export interface MovingPeer {
  /** Whether the last look found tailscaled up. */
  readonly isCurrent: boolean;
  /** The peer as tailscaled last described it. */
  readonly peer: LocalPeer;
  /** Its path. */
  readonly track: PeerTrack;
  /** Of {@linkcode peerLabelText}. */
  readonly labelText: string;
}

/**
 * What moves with time, of many peers at once.
 *
 * Shape: MovingPeer[] (0..n) → 1 to 2 samples each
 *
 * @param nowMs Milliseconds since 1970.
 */
export function renderMoving(
  writer: SampleWriter,
  peers: readonly MovingPeer[],
  nowMs: number,
): Block {
  writer.begin("");
  for (const { peer: { lastHandshakeSeconds }, isCurrent, labelText } of peers) {
    if (!isCurrent || lastHandshakeSeconds === undefined) continue;
    // The two clocks may be those of different machines.
    const ago = Math.max(0, Math.floor(nowMs / 1000) - lastHandshakeSeconds);
    writer.sample(M.handshakeAgo, ago, labelText);
  }
  for (const { track, labelText } of peers) {
    const { state } = track;
    writer.sample(M.pathSeconds, track.seconds(state), `${labelText},${STATE_TEXT[state]}`);
  }
  return writer.finish();
}

const STATE_TEXT = Object.fromEntries(
  PATH_STATES.map((state) => [state, `state="${state}"`]),
) as Readonly<Record<PathState, string>>;

/** The further labels of `tailscale_peer_info`; empty ones are left out. */
function infoText({ peer, deviceId, user }: PeerDescription, drops: MetricDrop): string {
  const { name } = PEERS_DEFINITIONS.info;
  let text = "";
  const add = (label: string, value: string | undefined) => {
    if (value === undefined || value === "" || drops.dropsLabel(name, label)) return;
    text += `${text === "" ? "" : ","}${label}="${escapeLabelValue(value)}"`;
  };
  add("device_id", deviceId);
  add("hostname", peer.hostname);
  add("dns_name", peer.name);
  add("os", peer.os);
  add("relay", peer.relay);
  add("tailscale_ips", peer.addresses.slice(0, MAX_ADDRESSES).join(","));
  add("tags", boundedTags(peer.tags));
  add("user", user);
  // Absent for a machine of the tailnet, so that a page without others is as it always was.
  add("kind", peer.kind === "device" ? undefined : peer.kind);
  return text;
}

/** As many tags as fit, whole ones only. */
function boundedTags(tags: readonly string[]): string {
  let length = 1;
  return joinTags(tags.filter((tag) => (length += tag.length + 1) <= MAX_LIST));
}
