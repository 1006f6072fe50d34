/**
 * When the Worker of a node that a test freezes counts as frozen.
 *
 * @module
 */

/** Heartbeats without an answer that a Worker may miss after it was frozen: 8 s of them. */
const FROZEN_MISSES = 16;
/** The same for one that was not: a busy machine is no fault. Two minutes of them. */
const BUSY_MISSES = 240;

/** Heartbeats that are short after a freeze, and patient before. */
export class Beats {
  /** Time between two heartbeats in milliseconds. */
  readonly beatMs = 500;
  /** The number that holds now, to each heartbeat that compares with it. */
  readonly maxMissed: number;
  #isFrozen = false;

  /** A Worker that is not frozen. */
  constructor() {
    // A link takes the option once and compares with it at each heartbeat.
    const current: unknown = { valueOf: () => this.#isFrozen ? FROZEN_MISSES : BUSY_MISSES };
    this.maxMissed = current as number;
  }

  /** To be called before the Worker is frozen. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** To be called when another Worker is started. */
  restart(): void {
    this.#isFrozen = false;
  }
}
