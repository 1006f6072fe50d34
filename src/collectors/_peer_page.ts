/**
 * The peers as blocks of the page: a block is made again only if something about its peer changed,
 * and all that changed is shown at once. Many peers do not hold up the event loop.
 *
 * @module
 */

import { type Block, BlockWriter } from "../exposition/block.ts";
import type { Section } from "../exposition/page.ts";
import type { PeerTrack } from "../paths/mod.ts";
import { renderMoving, renderStill } from "./_peer_block.ts";
import type { ShownPeer } from "./_peer_list.ts";
import { PEERS_METRICS } from "./_peer_metric.ts";
import type { MetricDrop } from "./_metric_drop.ts";
import { DeviceShape, type SampleWriter } from "./_shape.ts";

/** What a {@linkcode PeerPage} needs. */
export interface PeerPageOptions {
  /** Where the blocks go; other keys may be others'. */
  readonly section: Section;
  /** What is left out. */
  readonly drops: MetricDrop;
  /** A clock in milliseconds that nobody sets. */
  readonly elapsed: () => number;
  /** Lets everybody else run. */
  readonly pause: () => Promise<void>;
}

/** What the block of a peer was made of. */
interface Rendered {
  readonly version: number;
  readonly track: PeerTrack;
  readonly changeCount: number;
}

/** So long the event loop is held at a stretch, in milliseconds, plus one group. */
const TURN_MS = 8;

/** So many peers are looked at between two looks at the clock; a block of what moves holds as many. */
const GROUP = 200;

/** Shows peers in a section. */
export class PeerPage {
  readonly #options: PeerPageOptions;
  readonly #writer: SampleWriter;
  readonly #rendered = new Map<string, Rendered>();
  #groupCount = 0;

  /** A page that shows nobody. */
  constructor(options: PeerPageOptions) {
    this.#options = options;
    const { drops, section } = options;
    const writer = new BlockWriter(section.families);
    this.#writer = new DeviceShape({ drops }).filter(writer, PEERS_METRICS);
  }

  /**
   * Shows these peers from now on and no others.
   *
   * @param shown Must not change before this is over.
   * @param nowMs Milliseconds since 1970.
   */
  async show(shown: ReadonlyMap<string, ShownPeer>, nowMs: number): Promise<void> {
    const { section, elapsed, pause } = this.#options;
    const still = new Map<string, readonly [ShownPeer, Block]>();
    const moving: Block[] = [];
    const peers = [...shown.values()];
    let sinceMs = elapsed();
    for (let start = 0; start < peers.length; start += GROUP) {
      const group = peers.slice(start, start + GROUP);
      for (const peer of group) {
        if (this.#hasChanged(peer)) still.set(peer.peer.id, this.#render(peer));
      }
      moving.push(renderMoving(this.#writer, group, nowMs));
      if (elapsed() - sinceMs < TURN_MS) continue;
      await pause();
      sinceMs = elapsed();
    }
    for (const id of this.#rendered.keys()) {
      if (shown.has(id)) continue;
      section.delete(keyOf(id));
      this.#rendered.delete(id);
    }
    for (const [id, [{ version, track }, block]] of still) {
      section.set(keyOf(id), block);
      this.#rendered.set(id, { version, track, changeCount: track.changeCount });
    }
    for (const [index, block] of moving.entries()) section.set(`moving ${index}`, block);
    for (let at = moving.length; at < this.#groupCount; at++) section.delete(`moving ${at}`);
    this.#groupCount = moving.length;
  }

  #hasChanged({ peer, version, track }: ShownPeer): boolean {
    const rendered = this.#rendered.get(peer.id);
    return rendered === undefined || rendered.version !== version || rendered.track !== track ||
      rendered.changeCount !== track.changeCount;
  }

  #render(shown: ShownPeer): readonly [ShownPeer, Block] {
    const { track, labelText } = shown;
    return [shown, renderStill(this.#writer, shown, track, labelText, this.#options.drops)];
  }
}

/** No peer's key is another block's. */
function keyOf(id: string): string {
  return `peer ${id}`;
}
