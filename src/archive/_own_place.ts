/**
 * The place below which this process writes: taken by a lease, renewed, and given back.
 *
 * @module
 */

import { choosePlace, PLACES, readLease, writeLease } from "./lease.ts";
import type { SegmentStore, SegmentVersions } from "./segment_store.ts";

/** What an {@linkcode OwnPlace} needs. */
export interface OwnPlaceOptions {
  /** Where leases are kept. */
  readonly store: SegmentStore;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Unique among processes. */
  readonly owner: string;
}

/** The place of this process. */
export class OwnPlace {
  readonly #options: OwnPlaceOptions;
  #number: number | undefined;

  /** No place yet. */
  constructor(options: OwnPlaceOptions) {
    this.#options = options;
  }

  /** The place; undefined before one is taken, and after it is given back. */
  get number(): number | undefined {
    return this.#number;
  }

  /** Takes the best place of those that no other process holds. */
  async take(versions: SegmentVersions): Promise<number> {
    const { now, owner, store } = this.#options;
    const leases = [];
    for (let place = 0; place < PLACES; place++) {
      leases.push(await readLease(store, versions, place));
    }
    const place = choosePlace(leases, now());
    await writeLease(store, place, { owner, renewedMs: now() });
    this.#number = place;
    return place;
  }

  /** Renews the lease; if another process has taken the place meanwhile, takes another one. */
  async renew(): Promise<number> {
    const { now, owner, store } = this.#options;
    const versions = await store.list();
    const place = this.#number;
    if (place === undefined) return await this.take(versions);
    const lease = await readLease(store, versions, place);
    if (lease?.owner !== owner) return await this.take(versions);
    await writeLease(store, place, { owner, renewedMs: now() });
    return place;
  }

  /** Ends the lease, so that the next process need not wait for its end. */
  async giveBack(): Promise<void> {
    const { now, store } = this.#options;
    if (this.#number === undefined) return;
    await writeLease(store, this.#number, { owner: "", renewedMs: now() });
    this.#number = undefined;
  }
}
