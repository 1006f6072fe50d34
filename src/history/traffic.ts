/**
 * Traffic of each node by path over the last hour: a rate for every minute, from the counters of
 * its own metrics. Not kept over a restart: Prometheus has the whole past.
 *
 * Memory: 720 bytes and some objects per node, so 10 MB for 10,000 nodes.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/** Paths in the order of {@linkcode TrafficTotals}. */
export const TRAFFIC_PATHS = ["direct", "peer_relay", "derp"] as const;

/** A path that bytes took. */
export type TrafficPath = typeof TRAFFIC_PATHS[number];

/**
 * Counters of a node in bytes: received by path, then sent by path. NaN where unknown.
 */
export type TrafficTotals = readonly number[];

/** Length of a step, in milliseconds. */
export const TRAFFIC_STEP_MS = 60_000;

/** Steps that are kept. */
const STEPS = 60;

/** Rates of a step. */
const COLUMNS = 2 * TRAFFIC_PATHS.length;

/** Counters that are further apart tell nothing of the time between, in milliseconds. */
const MAX_GAP_MS = 10 * TRAFFIC_STEP_MS;

/** A rate that is not known, as it is packed. */
const UNKNOWN = 0xffff;

/** Packed rates are logarithms: 16 bits reach from 1 B/s to 1 TB/s with an error of 0.05 %. */
const SCALE = 1_600;

/** Nodes between two looks at the clock. */
const NODES_A_LOOK = 64;

/** Traffic of a node, a number for each step; null where unknown. */
export interface TrafficSeries {
  /** Time of the first rate, in milliseconds since 1970. */
  readonly startMs: number;
  /** Bytes received a second. */
  readonly received: Readonly<Record<TrafficPath, readonly (number | null)[]>>;
  /** Bytes sent a second. */
  readonly sent: Readonly<Record<TrafficPath, readonly (number | null)[]>>;
}

/** Options for a {@linkcode TrafficLog}. */
export interface TrafficLogOptions extends TimeSliceOptions {
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Maximum number of nodes; further ones have no traffic. Default: 20,000. */
  readonly maxNodes?: number;
}

interface Entry {
  /** A ring: the rates of step n stand at n modulo the number of steps. */
  readonly rates: Uint16Array;
  totals: TrafficTotals;
  elapsedMs: number;
  step: number;
}

/** The last hour of every node. */
export class TrafficLog {
  readonly #options: TrafficLogOptions;
  readonly #entries = new Map<string, Entry>();
  /** The step of the last look. */
  #step: number | undefined;

  /** A log without nodes. */
  constructor(options: TrafficLogOptions) {
    this.#options = options;
  }

  /** Number of nodes with traffic. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes the counters of all nodes whose metrics are known, in slices of time. Does nothing more
   * often than once in a step.
   */
  async look(nodes: Iterable<readonly [key: string, totals: TrafficTotals]>): Promise<void> {
    const elapsedMs = this.#options.elapsed();
    const step = stepOf(elapsedMs);
    if (step === this.#step) return;
    this.#step = step;
    const slice = new TimeSlice(this.#options);
    let count = 0;
    for (const [key, totals] of nodes) {
      if (++count % NODES_A_LOOK === 0 && slice.isOver) await slice.next();
      this.#take(key, totals, elapsedMs, step);
    }
    for (const [key, entry] of this.#entries) {
      if (step - entry.step >= STEPS) this.#entries.delete(key);
    }
  }

  /** The traffic of a node; undefined while less than two of its counters are known. */
  series(key: string): TrafficSeries | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { elapsed, now } = this.#options;
    const elapsedMs = elapsed();
    const last = stepOf(elapsedMs);
    const steps = Array.from({ length: STEPS }, (_, at) => last - STEPS + 1 + at);
    const rateOf = (step: number, column: number) =>
      step > entry.step ? null : unpack(entry.rates[ringAt(step) + column] ?? UNKNOWN);
    const columns = Array.from(
      { length: COLUMNS },
      (_, column) => steps.map((step) => rateOf(step, column)),
    );
    if (columns.every((column) => column.every((rate) => rate === null))) return undefined;
    const named = (first: number): TrafficSeries["received"] => ({
      direct: columns[first] ?? [],
      peer_relay: columns[first + 1] ?? [],
      derp: columns[first + 2] ?? [],
    });
    return {
      startMs: now() - elapsedMs + (last - STEPS + 1) * TRAFFIC_STEP_MS,
      received: named(0),
      sent: named(TRAFFIC_PATHS.length),
    };
  }

  #take(key: string, totals: TrafficTotals, elapsedMs: number, step: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= (this.#options.maxNodes ?? 20_000)) return;
      const rates = new Uint16Array(STEPS * COLUMNS).fill(UNKNOWN);
      this.#entries.set(key, { rates, totals, elapsedMs, step });
      return;
    }
    if (step === entry.step) return;
    const passedMs = elapsedMs - entry.elapsedMs;
    const isKnown = passedMs > 0 && passedMs <= MAX_GAP_MS;
    for (let column = 0; column < COLUMNS; column++) {
      const bytes = (totals[column] ?? NaN) - (entry.totals[column] ?? NaN);
      // A counter that fell began anew.
      const rate = isKnown && bytes >= 0 ? pack(1000 * bytes / passedMs) : UNKNOWN;
      for (let at = Math.max(entry.step, step - STEPS) + 1; at <= step; at++) {
        entry.rates[ringAt(at) + column] = rate;
      }
    }
    [entry.totals, entry.elapsedMs, entry.step] = [totals, elapsedMs, step];
  }
}

function stepOf(elapsedMs: number): number {
  return Math.floor(elapsedMs / TRAFFIC_STEP_MS);
}

function ringAt(step: number): number {
  return ((step % STEPS) + STEPS) % STEPS * COLUMNS;
}

function pack(rate: number): number {
  return Math.min(UNKNOWN - 1, Math.round(SCALE * Math.log2(1 + rate)));
}

function unpack(packed: number): number | null {
  return packed === UNKNOWN ? null : Number((2 ** (packed / SCALE) - 1).toPrecision(3));
}
