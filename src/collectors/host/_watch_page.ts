/**
 * What the watchdog knows, as blocks of the page: one with its counters, and one for each group of
 * peers, which is rendered again only if something about its peers changed. Many peers do not hold
 * up the event loop: they are compared and rendered in slices.
 *
 * @module
 */

import { indexOf } from "../../metric.ts";
import { BlockWriter, renderLabels } from "../../exposition/mod.ts";
import { Section } from "../../page/mod.ts";
import {
  HEALING_KINDS,
  type PeerRelay,
  type Watchdog,
  WATCHDOG_DEFINITIONS,
  WATCHDOG_METRICS,
} from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import type { MetricDrop } from "../_metric_drop.ts";
import { DeviceShape, type SampleWriter } from "../_device_shape.ts";
import { type PeerGroup, PeerGroups } from "./_peer_groups.ts";

/** Where each family stands among {@linkcode WATCHDOG_METRICS}. */
const M = indexOf(WATCHDOG_DEFINITIONS);

/** The key of the block with the counters; no group has it. */
const COUNTERS_KEY = "";

/** What a {@linkcode WatchdogPage} needs. */
export interface WatchdogPageOptions {
  /** What is dropped from the page. Default: nothing. */
  readonly drops?: MetricDrop | undefined;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
}

/** Shows a watchdog in a section of its own. */
export class WatchdogPage {
  /** The samples. */
  readonly section: Section = new Section(WATCHDOG_METRICS);
  readonly #slice: TimeSlice;
  readonly #writer: SampleWriter;
  #groups = new PeerGroups<PeerRelay>("peers");
  /** Number of the last call that changed which peers are shown. */
  #call = 0;

  /** An empty page. */
  constructor({ drops, slice }: WatchdogPageOptions) {
    this.#slice = slice;
    const shape = new DeviceShape(drops === undefined ? {} : { drops });
    const writer = new BlockWriter(this.section.families, { reusesBlocks: true });
    this.#writer = shape.filter(writer, WATCHDOG_METRICS);
  }

  /**
   * Shows what the watchdog counted.
   *
   * Shape: Watchdog → 12 samples
   */
  showCounters({ counters, lastRunSeconds }: Watchdog): void {
    const { detections, recoveries, done, failed } = counters;
    const writer = this.#writer;
    writer.begin("");
    writer.sample(M.restarts, done.restart);
    writer.sample(M.detections, detections);
    writer.sample(M.recoveries, recoveries);
    if (lastRunSeconds !== undefined) writer.sample(M.lastRun, lastRunSeconds);
    for (const kind of HEALING_KINDS) {
      writer.sample(M.actions, done[kind], `action="${kind}",outcome="done"`);
      writer.sample(M.actions, failed[kind], `action="${kind}",outcome="failed"`);
    }
    this.section.set(COUNTERS_KEY, writer.finish());
  }

  /**
   * Shows these peers from now on and no others. A later call takes over from one that is not
   * finished, which then returns early.
   *
   * Shape: PeerRelay[] (0..n) → 2n samples
   *
   * @param isShown Whether a peer's path is known now; the others are left out.
   */
  async showPeers(
    peers: readonly PeerRelay[],
    isShown: (peer: PeerRelay) => boolean,
  ): Promise<void> {
    const call = ++this.#call;
    const slice = this.#slice;
    const shown = new Map<string, PeerRelay>();
    for (const peer of peers) {
      if (slice.isOver) {
        await slice.next();
        if (call !== this.#call) return;
      }
      if (isShown(peer)) shown.set(peer.peerId, peer);
    }
    this.#groups.assign(shown.keys());
    for (const group of this.#groups) {
      if (slice.isOver) {
        await slice.next();
        if (call !== this.#call) return;
      }
      this.#showGroup(group, shown);
    }
  }

  /** Removes all peers at once. */
  hidePeers(): void {
    this.#call++;
    for (const { key } of this.#groups) this.section.delete(key);
    this.#groups = new PeerGroups("peers");
  }

  #showGroup(group: PeerGroup<PeerRelay>, shown: ReadonlyMap<string, PeerRelay>): void {
    const { key, members } = group;
    let isSame = true;
    for (const [id, before] of members) {
      const peer = shown.get(id);
      isSame &&= before !== undefined && peer !== undefined && isSameRelay(before, peer);
      if (peer === undefined) this.#groups.remove(group, id);
      else members.set(id, peer);
    }
    if (members.size === 0) this.section.delete(key);
    else if (!isSame) this.#renderGroup(group);
  }

  #renderGroup({ key, members }: PeerGroup<PeerRelay>): void {
    const peers = [...members.values()].filter((peer) => peer !== undefined)
      // Those that are on no relay first; stable otherwise.
      .sort((a, b) => Number(a.isOnRelay) - Number(b.isOnRelay));
    const labels = peers.map(({ peerId, peerName }) =>
      renderLabels([["peer_id", peerId], ["peer_name", peerName]])
    );
    const writer = this.#writer;
    writer.begin("");
    for (const [index, { isOnRelay }] of peers.entries()) {
      writer.sample(M.peerState, isOnRelay ? 1 : 0, labels[index]);
    }
    for (const [index, { relaySeconds }] of peers.entries()) {
      writer.sample(M.peerRelayDuration, relaySeconds, labels[index]);
    }
    this.section.set(key, writer.finish());
  }
}

function isSameRelay(a: PeerRelay, b: PeerRelay): boolean {
  return a.isOnRelay === b.isOnRelay && a.relaySeconds === b.relaySeconds &&
    a.peerName === b.peerName;
}
