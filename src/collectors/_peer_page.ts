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
import type { Turn } from "./_peer_turn.ts";
import { DeviceShape, type SampleWriter } from "./_shape.ts";

/** What a {@linkcode PeerPage} needs. */
export interface PeerPageOptions {
  /** Where the blocks go; other keys may be others'. */
  readonly section: Section;
  /** What is left out. */
  readonly drops: MetricDrop;
  /** Says when others should run. */
  readonly turn: Turn;
}

/** What the block of a peer was made of. */
interface Rendered {
  readonly version: number;
  readonly track: PeerTrack;
  readonly changeCount: number;
}

/** So many peers stand in one block of what moves with time. */
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
    const { section, turn } = this.#options;
    const still: [ShownPeer, Block][] = [];
    const moving: Block[] = [];
    const peers = [...shown.values()];
    for (let start = 0; start < peers.length; start += GROUP) {
      const group = peers.slice(start, start + GROUP);
      for (const peer of group) {
        if (turn.isOver()) await turn.pause();
        if (this.#hasChanged(peer)) still.push([peer, this.#render(peer)]);
      }
      moving.push(renderMoving(this.#writer, group, nowMs));
    }
    // What follows is done in one go, so that the page is never half of one look.
    await turn.pause();
    for (const id of this.#rendered.keys()) {
      if (shown.has(id)) continue;
      section.delete(keyOf(id));
      this.#rendered.delete(id);
    }
    for (const [{ peer: { id }, version, track }, block] of still) {
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

  #render(shown: ShownPeer): Block {
    const { track, labelText } = shown;
    return renderStill(this.#writer, shown, track, labelText, this.#options.drops);
  }
}

/** No peer's key is another block's. */
function keyOf(id: string): string {
  return `peer ${id}`;
}
