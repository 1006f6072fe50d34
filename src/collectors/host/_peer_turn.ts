/**
 * A share of the event loop: whoever has much to do asks whether its turn is over, and rests.
 *
 * @module
 */

/** So long the event loop is held at a stretch, in milliseconds. */
const TURN_MS = 8;

/** So many small things are done between two looks at the clock. */
const STRIDE = 32;

/** One part of the program's turns. */
export class Turn {
  readonly #elapsed: () => number;
  readonly #rest: () => Promise<void>;
  #sinceMs: number;
  #doneCount = 0;

  /**
   * A turn that begins now.
   *
   * @param elapsed A clock in milliseconds that nobody sets.
   * @param rest Lets everybody else run.
   */
  constructor(elapsed: () => number, rest: () => Promise<void>) {
    this.#elapsed = elapsed;
    this.#rest = rest;
    this.#sinceMs = elapsed();
  }

  /**
   * Whether it is others' turn; cheap enough to be asked before each of many things.
   *
   * @param count How many small things are to be done next.
   */
  isOver(count: number = 1): boolean {
    this.#doneCount += count;
    if (this.#doneCount < STRIDE) return false;
    this.#doneCount = 0;
    return this.#elapsed() - this.#sinceMs >= TURN_MS;
  }

  /** Lets others run and begins the next turn. */
  async pause(): Promise<void> {
    await this.#rest();
    this.#sinceMs = this.#elapsed();
  }
}
