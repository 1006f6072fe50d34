/**
 * The connections of a server, and their bounds: how many there are, how many bytes of unfinished
 * heads they keep, and how long each may take. What a connection says is `connection.ts`.
 *
 * @module
 */

import { addressKey } from "../rate_limiter.ts";
import { MAX_HEAD_BYTES } from "./_request_head.ts";
import type { HeadBuffer } from "./_head_reader.ts";
import type { Connection, Phase } from "./connection.ts";

/** Options for {@linkcode Connections}. */
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

/** A reader that took something within this time is not closed for want of room. */
const MIN_STILL_MS = 1_000;

/** How long a phase may take. Prometheus asks at least every two minutes; its default is one. */
const MAX_MS: Readonly<Record<Phase, number>> = {
  idle: 180_000,
  head: 10_000,
  // From one write to the next; bodies have shorter bounds of their own.
  answer: 90_000,
  // From one read to the next; `request_body.ts` bounds the whole.
  body: 10_000,
  rest: 5_000,
};

/** The connections that are open. */
export class Connections {
  readonly #options: ConnectionsOptions;
  // With the address that each counts for.
  readonly #open = new Map<Connection, string>();
  readonly #counts = new Map<string, number>();
  readonly #free: HeadBuffer[] = [];
  readonly #waiting: ((buffer: HeadBuffer) => void)[] = [];
  #made = 0;
  #work = 0;
  #pendingTurn: Promise<void> | undefined;

  /** None is open yet. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Serves one more, if there is room or {@linkcode Connections.closeOne} makes some. Prometheus
   * opens another one when that was its own.
   *
   * @returns Resolves when it has ended.
   */
  async serve(connection: Connection): Promise<void> {
    const { max = MAX, onCrowded } = this.#options;
    const key = addressKey(connection.hostname);
    if (this.#open.size >= max) {
      const closed = this.closeOne(key);
      onCrowded?.((closed ?? connection).hostname);
      if (closed === undefined) return connection.close();
    }
    this.#open.set(connection, key);
    this.#counts.set(key, this.#countOf(key) + 1);
    try {
      await connection.run();
    } finally {
      this.#forget(connection);
    }
  }

  /**
   * Closes the connection that is missed least: of the address that has most of them the one that
   * has waited longest, an answer that is being sent only if there is no other.
   *
   * An answer is closed if its client took, or sent, nothing for a second and its address has more
   * connections than the one that asks, or if its address has more than half of all. Otherwise
   * clients that read nothing could hold all connections. While an answer is being made its reader
   * has nothing to take.
   *
   * @param key The address that asks for room, as `addressKey` has it. Default: none.
   * @returns The one that was closed; undefined if each is busy with an answer.
   */
  closeOne(key = ""): Connection | undefined {
    const { max = MAX, now } = this.#options;
    const ownCount = this.#countOf(key);
    const latestMs = now() - MIN_STILL_MS;
    let least: Connection | undefined;
    let leastCount = 0;
    for (const [each, eachKey] of this.#open) {
      const count = this.#countOf(eachKey);
      if (count < leastCount) continue;
      const isBusy = isAnswering(each);
      const isStill = each.isBlocked && each.sinceMs <= latestMs && count > ownCount;
      if (isBusy && !isStill && count * 2 <= max) continue;
      if (count > leastCount || least === undefined || isMissedLess(each, least)) {
        least = each;
        leastCount = count;
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
    for (const each of this.#open.keys()) {
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
  yieldTurn(): Promise<void> | undefined {
    this.#work++;
    if (this.#work < MAX_WORK) return undefined;
    const { nextTurn = setImmediate } = this.#options;
    return this.#pendingTurn ??= new Promise((resolve) =>
      nextTurn(() => {
        this.#work = 0;
        this.#pendingTurn = undefined;
        resolve();
      })
    );
  }

  /** Closes those that take too long; to be called now and then. */
  closeLate(): void {
    const nowMs = this.#options.now();
    for (const each of this.#open.keys()) {
      if (nowMs - each.sinceMs > MAX_MS[each.phase]) this.#close(each);
    }
  }

  /** Ends each after its answer, at once where none is under way. */
  stop(): void {
    for (const each of this.#open.keys()) each.stop();
  }

  #close(connection: Connection): void {
    this.#forget(connection);
    connection.close();
  }

  #countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #forget(connection: Connection): void {
    const key = this.#open.get(connection);
    if (key === undefined) return;
    this.#open.delete(connection);
    const left = this.#countOf(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}

/** Whether to close `a` rather than `b`, of the same address or of such with as many. */
function isMissedLess(a: Connection, b: Connection): boolean {
  const isBusy = isAnswering(a);
  return isBusy === isAnswering(b) ? a.sinceMs < b.sinceMs : !isBusy;
}

function isAnswering({ phase }: Connection): boolean {
  return phase === "answer" || phase === "body";
}
