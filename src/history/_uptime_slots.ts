/**
 * Which node has which slot, its place in the buckets of time online. A node that is gone keeps its
 * slot, until there are too many of those: then a new node takes the one that is gone the longest.
 *
 * @module
 */

/** Nodes that are gone and keep their history, besides as many as there are. */
const MAX_GONE = 1_000;

/** The slots of nodes. */
export class UptimeSlots {
  readonly #slots = new Map<string, number>();
  /** Slots whose nodes are not in the last sample; the first is gone the longest. */
  readonly #gone = new Map<string, number>();
  readonly #onFreed: (slot: number) => void;

  /**
   * No node has a slot.
   *
   * @param onFreed Clears a slot that another node takes.
   */
  constructor(onFreed: (slot: number) => void) {
    this.#onFreed = onFreed;
  }

  /** Number of nodes that have a slot; also the number of slots. */
  get size(): number {
    return this.#slots.size;
  }

  /** The nodes' keys and their slots. */
  entries(): MapIterator<[string, number]> {
    return this.#slots.entries();
  }

  /** The slot of a node; undefined if it has none. */
  find(key: string): number | undefined {
    return this.#slots.get(key);
  }

  /** The slot of a node, which takes one if it has none. */
  take(key: string): number {
    let slot = this.#slots.get(key);
    if (slot === undefined) this.#slots.set(key, slot = this.#free());
    return slot;
  }

  /**
   * Learns which nodes are gone, and which are back.
   *
   * @param before The nodes of the sample before; undefined for the first sample.
   * @param keys The nodes of this sample.
   */
  noteGone(before: Iterable<string> | undefined, keys: Iterable<string>): void {
    const present = new Set(keys);
    // Before the first sample, nodes are known from an earlier process.
    for (const key of before ?? this.#slots.keys()) {
      const slot = this.#slots.get(key);
      if (slot !== undefined && !present.has(key)) this.#gone.set(key, slot);
    }
    for (const key of [...this.#gone.keys()]) if (present.has(key)) this.#gone.delete(key);
  }

  /** A new slot, or that of the node that is gone the longest, if too many are. */
  #free(): number {
    const [oldest] = this.#gone;
    const present = this.#slots.size - this.#gone.size;
    if (oldest === undefined || this.#gone.size <= MAX_GONE + present) return this.#slots.size;
    const [key, slot] = oldest;
    this.#gone.delete(key);
    this.#slots.delete(key);
    this.#onFreed(slot);
    return slot;
  }
}
