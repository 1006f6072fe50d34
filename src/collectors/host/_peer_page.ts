/**
 * The peers as blocks of the page: a block is made again only if something about its peer changed.
 * Many peers do not hold up the event loop: they are shown group by group, so that a page that is
 * asked for meanwhile may have some of this look and some of the one before, but no peer twice.
 *
 * @module
 */

import { BlockWriter } from "../../exposition/mod.ts";
import type { Section } from "../../page/mod.ts";
import type { PeerTrack } from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import { renderMoving, renderStill } from "./_peer_block.ts";
import { type PeerGroup, PeerGroups } from "./_peer_groups.ts";
import type { ShownPeer } from "./_peer_list.ts";
import { PEERS_METRIC_INDEX as M, PEERS_METRICS } from "../_peer_metric.ts";
import type { MetricDrop } from "../_metric_drop.ts";
import { DeviceShape, type SampleWriter } from "../_device_shape.ts";

/** What a {@linkcode PeerPage} needs. */
export interface PeerPageOptions {
  /** Where the blocks go; other keys may be others'. */
  readonly section: Section;
  /** What is left out. */
  readonly drops: MetricDrop;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
  /** Whether look follows look: one alone has no history to tell, and a counter of it no sense. */
  readonly isRepeating: boolean;
}

/** What the block of a peer was made of. */
interface Rendered {
  readonly version: number;
  readonly track: PeerTrack;
  readonly changeCount: number;
}

/** Shows peers in a section. */
export class PeerPage {
  readonly #options: PeerPageOptions;
  readonly #writer: SampleWriter;
  /** Each has a block of what moves with time, with a sample that a peer's block has later. */
  readonly #groups = new PeerGroups<Rendered>("moving");

  /** An empty page. */
  constructor(options: PeerPageOptions) {
    this.#options = options;
    const { drops, isRepeating, section } = options;
    const writer = new BlockWriter(section.families, { reusesBlocks: true });
    const shown = new DeviceShape({ drops }).filter(writer, PEERS_METRICS);
    this.#writer = isRepeating ? shown : withoutHistory(shown);
  }

  /**
   * Shows these peers from now on and no others.
   *
   * @param shown Must not change before this is over.
   * @param nowMs Milliseconds since 1970.
   */
  async show(shown: ReadonlyMap<string, ShownPeer>, nowMs: number): Promise<void> {
    const { slice } = this.#options;
    this.#groups.assign(shown.keys());
    for (const group of this.#groups) {
      if (slice.isOver) await slice.next();
      this.#showGroup(group, shown, nowMs);
    }
  }

  #showGroup(
    group: PeerGroup<Rendered>,
    shown: ReadonlyMap<string, ShownPeer>,
    nowMs: number,
  ): void {
    const { drops, section } = this.#options;
    const { key, members } = group;
    const peers: ShownPeer[] = [];
    for (const [id, rendered] of members) {
      const peer = shown.get(id);
      if (peer === undefined) {
        section.delete(keyOf(id));
        this.#groups.remove(group, id);
        continue;
      }
      peers.push(peer);
      const { version, track, track: { changeCount }, labelText } = peer;
      if (
        rendered?.version === version && rendered.track === track &&
        rendered.changeCount === changeCount
      ) continue;
      section.set(
        keyOf(id),
        renderStill(this.#writer, peer, track, labelText, drops),
      );
      members.set(id, { version, track, changeCount });
    }
    if (peers.length === 0) section.delete(key);
    else section.set(key, renderMoving(this.#writer, peers, nowMs));
  }
}

/** No peer's key is another block's. */
function keyOf(id: string): string {
  return `peer ${id}`;
}

/** The families that tell what was before the look. */
const HISTORY: readonly number[] = [M.pathSince, M.pathSeconds, M.pathTransitions];

function withoutHistory(writer: SampleWriter): SampleWriter {
  return {
    begin: (labels) => writer.begin(labels),
    sample(index, value, labels, suffix) {
      if (!HISTORY.includes(index)) writer.sample(index, value, labels, suffix);
    },
    finish: () => writer.finish(),
  };
}
