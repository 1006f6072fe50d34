/**
 * Peers in groups of a size that can be rendered in one go. A peer stays in its group as long as it
 * is shown, so that a page taken while groups are rendered one by one has no peer twice.
 *
 * @module
 */

/** Peers in a group: rendering them takes a few milliseconds. */
const GROUP_SIZE = 200;

/** Some peers that are rendered together. */
export interface PeerGroup<T> {
  /** Tells the group from all others. */
  readonly key: string;
  /** What is shown of each peer by its id; undefined for one that is new. */
  readonly members: Map<string, T | undefined>;
}

/** The groups of all peers that are shown. */
export class PeerGroups<T> {
  readonly #prefix: string;
  readonly #groups = new Map<number, PeerGroup<T>>();
  readonly #grouped = new Set<string>();

  /**
   * No groups.
   *
   * @param prefix What the keys of the groups begin with.
   */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Adds each of these peers that is in no group to one that has room. */
  assign(ids: Iterable<string>): void {
    let number = 0;
    for (const id of ids) {
      if (this.#grouped.has(id)) continue;
      while ((this.#groups.get(number)?.members.size ?? 0) >= GROUP_SIZE) number++;
      let group = this.#groups.get(number);
      if (group === undefined) {
        group = { key: `${this.#prefix} ${number}`, members: new Map() };
        this.#groups.set(number, group);
      }
      group.members.set(id, undefined);
      this.#grouped.add(id);
    }
  }

  /** Removes a peer from its group. */
  remove({ members }: PeerGroup<T>, id: string): void {
    members.delete(id);
    this.#grouped.delete(id);
  }

  /** The groups; one that has become empty is given up after its turn. */
  *[Symbol.iterator](): IterableIterator<PeerGroup<T>> {
    for (const [number, group] of this.#groups) {
      yield group;
      if (group.members.size === 0) this.#groups.delete(number);
    }
  }
}
