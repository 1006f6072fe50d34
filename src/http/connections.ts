/**
 * The connections of a server, and their bounds: how many there are, how many bytes of unfinished
 * heads they keep, and how long each may take. What a connection says is `connection.ts`.
 *
 * @module
 */

import { addressKey } from "./limit.ts";
import { MAX_HEAD_BYTES } from "./_head.ts";
import type { Connection, HeadBuffer, Phase } from "./connection.ts";

/** What {@linkcode Connections} is told. */
export interface ConnectionsOptions {
  /** Connections at once. Default: 512. */
  readonly max?: number | undefined;
  /** Heads beyond 2 KiB that may be unfinished at once; each has 64 KiB. Default: 32. */
  readonly maxLargeHeads?: number | undefined;
  /** Calls back in the next turn of the event loop. Default: `setImmediate`. */
  readonly nextTurn?: (callback: () => void) => void;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Hears that a connection was closed, or not taken, for want of room. */
  readonly onCrowded?: ((address: string) => void) | undefined;
}

const MAX = 512;
const MAX_LARGE_HEADS = 32;
/** Connections taken and requests answered within a turn of the event loop: some milliseconds. */
const MAX_WORK = 64;

/** How long a phase may take. Prometheus asks at least every two minutes; its default is one. */
const MAX_MS: Readonly<Record<Phase, number>> = {
  idle: 180_000,
  head: 10_000,
  // From one write to the next; bodies have shorter bounds of their own.
  answer: 90_000,
  rest: 5_000,
};

/** The connections that are open. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Connection>();
  readonly #free: HeadBuffer[] = [];
  readonly #waiting: ((buffer: HeadBuffer) => void)[] = [];
  #made = 0;
  #work = 0;
  #turn: Promise<void> | undefined;

  /** None is open yet. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Serves one more, if there is room or room can be made: a connection without an answer under way
   * is closed for it, of the address that has the most, the one that has waited longest. Prometheus
   * opens another one when that was its own.
   *
   * @returns Resolves when it has ended.
   */
  async serve(connection: Connection): Promise<void> {
    const { max = MAX, onCrowded } = this.#options;
    if (this.#open.size >= max) {
      const closed = this.closeOne();
      onCrowded?.((closed ?? connection).hostname);
      if (closed === undefined) return connection.close();
    }
    this.#open.add(connection);
    try {
      await connection.run();
    } finally {
      this.#open.delete(connection);
    }
  }

  /**
   * Closes the connection that is missed least; none if all are busy with an answer.
   *
   * @returns The one that was closed.
   */
  closeOne(): Connection | undefined {
    const counts = new Map<string, number>();
    for (const { hostname } of this.#open) {
      const key = addressKey(hostname);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const countOf = ({ hostname }: Connection) => counts.get(addressKey(hostname)) ?? 0;
    let least: Connection | undefined;
    for (const each of this.#open) {
      if (each.phase === "answer") continue;
      const more = least === undefined ? 1 : countOf(each) - countOf(least);
      if (more > 0 || (more === 0 && least !== undefined && each.sinceMs < least.sinceMs)) {
        least = each;
      }
    }
    if (least !== undefined) this.#close(least);
    return least;
  }

  /**
   * A buffer for the largest head. While all are taken the connection that has held one longest is
   * closed: heads arrive within milliseconds.
   */
  take(): Promise<HeadBuffer> {
    const { maxLargeHeads = MAX_LARGE_HEADS, onCrowded } = this.#options;
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (this.#made < maxLargeHeads) {
      this.#made++;
      return Promise.resolve(new Uint8Array(MAX_HEAD_BYTES));
    }
    let oldest: Connection | undefined;
    for (const each of this.#open) {
      if (each.isHolding && each.sinceMs < (oldest?.sinceMs ?? Infinity)) oldest = each;
    }
    if (oldest !== undefined) {
      onCrowded?.(oldest.hostname);
      this.#close(oldest);
    }
    const { promise, resolve } = Promise.withResolvers<HeadBuffer>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** Takes a buffer back, for the next that needs one. */
  give(buffer: HeadBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }

  /**
   * Counts a piece of work, so that a flood of them leaves turns of the event loop to timers and to
   * everything else: reads that have their bytes already take none.
   *
   * @returns What to wait for before the next one.
   */
  turn(): Promise<void> | undefined {
    this.#work++;
    if (this.#work < MAX_WORK) return undefined;
    const { nextTurn = setImmediate } = this.#options;
    return this.#turn ??= new Promise((resolve) =>
      nextTurn(() => {
        this.#work = 0;
        this.#turn = undefined;
        resolve();
      })
    );
  }

  /** Closes those that take too long; to be called now and then. */
  closeLate(): void {
    const nowMs = this.#options.now();
    for (const each of this.#open) {
      if (nowMs - each.sinceMs > MAX_MS[each.phase]) this.#close(each);
    }
  }

  /** Ends each after its answer, at once where none is under way. */
  stop(): void {
    for (const each of this.#open) each.stop();
  }

  #close(connection: Connection): void {
    this.#open.delete(connection);
    connection.close();
  }
}
