/**
 * The host itself as samples: what its tailscaled does, how it feels, and where it stands in the
 * tailnet.
 *
 * @module
 */

import { type Block, renderLabels } from "../../exposition/mod.ts";
import {
  BACKEND_STATES,
  type BackendState,
  type DerpRegion,
  FOREIGN_KINDS,
  type LocalStatus,
} from "../../tailscale/local/mod.ts";
import type { MetricDrop } from "../_metric_drop.ts";
import { type PeerMetric, PEERS_DEFINITIONS, PEERS_METRIC_INDEX as M } from "../_peer_metric.ts";
import { peerNameOf } from "./_peer_observation.ts";
import type { SampleWriter } from "../_device_shape.ts";

/** What is shown of a host. */
export interface HostDescription {
  /** Whether tailscaled is up, as it just said; false if it said nothing. */
  readonly isUp: boolean;
  /** Whether the last look got an answer, so that `told` is of this moment. */
  readonly isCurrent: boolean;
  /** What it is doing, as it just said; undefined if it said nothing. */
  readonly backendState: BackendState | undefined;
  /** What it last said; undefined if that was too long ago. */
  readonly told: LocalStatus | undefined;
  /** What it last said while it was up; undefined if that was too long ago. */
  readonly list: LocalStatus | undefined;
  /** When it said so, in milliseconds since 1970. */
  readonly listMs: number;
  /** How many of its peers are not shown. */
  readonly leftOutCount: number;
  /** The system of this host, "linux"; undefined while it has never been said. */
  readonly os: string | undefined;
  /** Whether it is the embedded node, which rules tell by its system even while it is silent. */
  readonly isEmbedded: boolean;
  /** The API's id of this host, where the API knows it. */
  readonly deviceId: string | undefined;
  /** Id of an exit node that the settings name and the tailnet does not have. */
  readonly lostExitNodeId: string | undefined;
  /** The home region; undefined if its name is not known. */
  readonly region: DerpRegion | undefined;
}

/** Maximum number of warnings with a series of their own; all are counted. */
const MAX_WARNINGS = 20;

/** Maximum UTF-16 units of a warning in a label. */
const MAX_WARNING = 200;

/**
 * The samples of a host.
 *
 * Shape: HostDescription → 1 to about 40 samples
 */
export function renderHost(writer: SampleWriter, facts: HostDescription, drops: MetricDrop): Block {
  const { told, list, backendState, isCurrent, isEmbedded, isUp } = facts;
  const labels = (metric: PeerMetric, pairs: readonly (readonly [string, string | undefined])[]) =>
    infoText(metric, pairs, drops);
  writer.begin("");
  writer.sample(M.up, isUp ? 1 : 0);
  if (told !== undefined && isCurrent) writer.sample(M.healthIssues, told.health.length);
  if (told !== undefined || isEmbedded) {
    writer.sample(
      M.versionInfo,
      1,
      labels("versionInfo", [
        ["version", told?.version],
        ["os", facts.os],
        ["tun", told?.hasTun === undefined ? undefined : String(told.hasTun)],
      ]),
    );
  }
  if (backendState !== undefined) {
    for (const state of BACKEND_STATES) {
      writer.sample(M.backendState, state === backendState ? 1 : 0, `state="${state}"`);
    }
  }
  for (const warning of readWarnings(isCurrent ? told?.health ?? [] : [])) {
    writer.sample(M.healthWarning, 1, renderLabels([["warning", warning]]));
  }
  if (told?.self !== undefined) {
    const { self } = told;
    const { deviceId, region } = facts;
    writer.sample(
      M.hostInfo,
      1,
      labels("hostInfo", [
        ["node_id", self.id],
        ["node_name", peerNameOf(self)],
        ["device_id", deviceId],
      ]),
    );
    if (self.isOnline !== undefined && isCurrent) {
      writer.sample(M.hostOnline, self.isOnline ? 1 : 0);
    }
    if (self.keyExpirySeconds !== undefined) writer.sample(M.hostKeyExpiry, self.keyExpirySeconds);
    if (self.relay !== undefined) {
      writer.sample(
        M.homeDerpRegion,
        1,
        labels("homeDerpRegion", [
          ["region_code", self.relay],
          ["region_name", region?.name],
          ["region_id", region === undefined ? undefined : String(region.id)],
        ]),
      );
    }
  }
  if (list !== undefined) renderList(writer, facts, list);
  return writer.finish();
}

function renderList(writer: SampleWriter, facts: HostDescription, list: LocalStatus): void {
  const { excluded, peers, rejectedCount } = list;
  if (facts.isUp) renderExitNode(writer, list, facts.lostExitNodeId);
  writer.sample(M.peers, peers.length + rejectedCount);
  writer.sample(M.peersLeftOut, facts.leftOutCount);
  writer.sample(M.peersRejected, rejectedCount);
  for (const kind of FOREIGN_KINDS) {
    const count = excluded.get(kind);
    if (count !== undefined) writer.sample(M.peersExcluded, count, `kind="${kind}"`);
  }
  writer.sample(M.lastStatus, facts.listMs / 1000);
}

/** The exit node in use, as the host that is up has it; one that was deleted is never online. */
function renderExitNode(
  writer: SampleWriter,
  { exitNode, peers, self }: LocalStatus,
  lostId: string | undefined,
): void {
  const id = exitNode?.id ?? lostId;
  writer.sample(M.exitNodeInUse, id === undefined ? 0 : 1);
  // Who is online only control can say, and a host without it repeats what it last heard.
  const isOnline = exitNode === undefined ? false : exitNode.isOnline;
  if (id === undefined || isOnline === undefined || self?.isOnline === false) return;
  const peer = peers.find((each) => each.id === id);
  const name = peer === undefined ? id : peerNameOf(peer);
  const labels = renderLabels([["peer_id", id], ["peer_name", name]]);
  writer.sample(M.exitNodeOnline, isOnline ? 1 : 0, labels);
}

/**
 * Warnings as label values: without their numbers, which change all the time, each once.
 *
 * Shape: "No map in 2m9s." → "No map in N."
 */
export function readWarnings(health: readonly string[]): readonly string[] {
  const warnings = new Set<string>();
  for (const text of health) {
    if (warnings.size === MAX_WARNINGS) break;
    warnings.add(text.replace(NUMBER, "N").slice(0, MAX_WARNING).toWellFormed());
  }
  return [...warnings];
}

/** A span of time as Go writes it, or any run of digits. */
const NUMBER = /(?:\d+(?:\.\d+)?(?:h|ms|µs|ns|m|s)(?![a-z]))+|\d+/g;

/** Labels that only describe; empty and unwanted ones are left out. */
function infoText(
  metric: PeerMetric,
  pairs: readonly (readonly [string, string | undefined])[],
  drops: MetricDrop,
): string {
  const { name } = PEERS_DEFINITIONS[metric];
  return renderLabels(
    pairs.flatMap(([label, value]) =>
      value === undefined || value === "" || drops.dropsLabel(name, label)
        ? []
        : [[label, value] as const]
    ),
  );
}
