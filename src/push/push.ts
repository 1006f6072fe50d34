/**
 * Writes points to a time series database: buffers them, sends them in batches, tries again with a
 * backoff, and counts what is lost. Points keep their time, so that a batch that is sent twice is
 * one point each.
 *
 * @module
 */

import type { Logger } from "../log/log.ts";
import { type PageSection, Registry } from "../page/mod.ts";
import { doubledMs } from "../time/backoff.ts";
import type { Delay } from "../time/delay.ts";
import { isSettledWithin, orAborted } from "../time/timeout.ts";
import { TroubleLog } from "../log/trouble.ts";
import { PUSH_DEFINITIONS } from "./_metric.ts";
import { Gap } from "./_gap.ts";
import { keepLeftovers } from "./_leftover.ts";
import { type Batch, PointBuffer, type PointBufferOptions } from "./buffer.ts";
import type { DatabaseClient } from "./database_client.ts";
import type { KeptPoints } from "./kept_points.ts";
import { type Point, renderLine } from "./line_protocol.ts";
import type { Outcome } from "./outcome.ts";

/** Wait between the first point and the request, so that one request takes many. */
const COLLECT_MS = 1_000;

/** Wait after the first failure and the longest wait, in milliseconds; it doubles in between. */
const FIRST_WAIT_MS = 1_000, LONGEST_WAIT_MS = 60_000;

/** Maximum wait for what earlier processes kept, at the start and at a stop, in milliseconds. */
const RESTORE_MS = 10_000, LAST_RESTORE_MS = 1_000;

/** Maximum time of the last writes after a stop, in milliseconds. */
const LAST_MS = 3_000;

/** Maximum number of rounds of last writes: points still come during each. */
const LAST_ROUNDS = 5;

/** Time without a rejected point after which the next one is a new trouble. */
const CALM_MS = 3_600_000;

/** What a {@linkcode Push} needs. */
export interface PushOptions extends Omit<PointBufferOptions, "onDropped"> {
  /** The database. */
  readonly database: Pick<DatabaseClient, "host" | "write">;
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** Waits; rejects when the signal is aborted. */
  readonly delay: Delay;
  /** Keeps points over a restart. Default: they are lost. */
  readonly kept?: Pick<KeptPoints, "save" | "take"> | undefined;
  /** A number from 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Is told of troubles, once each. */
  readonly log: Logger;
}

/** Whether a database takes points. */
export type PushState =
  /** Not asked yet. */
  | "unknown"
  /** It took points of the last batch of each measurement. */
  | "up"
  /** It answers, and refuses all points of a measurement for good. */
  | "rejecting"
  /** The last request failed. */
  | "down";

/** How writes go, for `/health`. */
export interface PushStatus {
  /** Whether the database takes points. */
  readonly state: PushState;
  /** Points that wait. */
  readonly buffered: number;
  /** When the database last took points, in milliseconds since 1970; undefined if it never did. */
  readonly lastSuccessMs: number | undefined;
}

/** Writes points to a database. */
export class Push {
  /** The metrics about it. */
  readonly section: PageSection;
  readonly #options: PushOptions;
  readonly #buffer: PointBuffer;
  readonly #trouble: TroubleLog;
  readonly #gap: Gap;
  readonly #points: { inc(amount?: number, ...labels: string[]): void };
  readonly #requests: { inc(amount?: number, ...labels: string[]): void };
  /** Resolved by the next point. */
  #filled = Promise.withResolvers<void>();
  #failures = 0;
  #isUp: boolean | undefined;
  #lastSuccessMs: number | undefined;
  /** Measurements of which the last batch was refused as a whole. */
  readonly #refused = new Set<string>();
  /** When points of a measurement were last rejected, in monotonic milliseconds. */
  readonly #rejectedAtMs = new Map<string, number>();
  /** Whether the last points are written or kept: those that come now are lost. */
  #isOver = false;

  /** Has no points yet. */
  constructor(options: PushOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
    this.#gap = new Gap({ ...options, trouble: this.#trouble });
    this.#buffer = new PointBuffer({ ...options, onDropped: (batch) => this.#dropped(batch) });
    const registry = new Registry();
    this.section = registry;
    this.#points = registry.counter(PUSH_DEFINITIONS.points);
    for (const outcome of ["written", "rejected", "dropped"]) this.#points.inc(0, outcome);
    this.#requests = registry.counter(PUSH_DEFINITIONS.requests);
    registry.gauge({ ...PUSH_DEFINITIONS.buffered, read: () => this.#buffer.points });
    registry.gauge({ ...PUSH_DEFINITIONS.bufferedBytes, read: () => this.#buffer.bytes });
    registry.gauge({
      ...PUSH_DEFINITIONS.success,
      read: () => this.#lastSuccessMs === undefined ? undefined : this.#lastSuccessMs / 1000,
    });
  }

  /** How it goes. */
  get status(): PushStatus {
    return {
      state: this.#state,
      buffered: this.#buffer.points,
      lastSuccessMs: this.#lastSuccessMs,
    };
  }

  get #state(): PushState {
    if (this.#isUp === undefined) return "unknown";
    if (!this.#isUp) return "down";
    return this.#refused.size > 0 ? "rejecting" : "up";
  }

  /** Counts a request to the database by its code. */
  requested(code: string): void {
    this.#requests.inc(1, code);
  }

  /** Takes a point, to be written soon. Never waits: where there is no room, old points go. */
  add(point: Point): void {
    const line = renderLine(point);
    if (line === undefined) return;
    if (this.#isOver) {
      this.#points.inc(1, "dropped");
      this.#trouble.report("over", "Dropping points that come after the last write");
      return;
    }
    this.#buffer.add(point.measurement, line, point.atMs);
    this.#filled.resolve();
  }

  /**
   * Writes until the signal is aborted, then what is left, for at most 3 s. What cannot be written
   * is kept for the next start, except points that tell who did something.
   */
  async run(signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const writing = this.#run(this.#restore(), signal, end.signal);
    await orAborted(writing, signal).catch(() => {});
    // A request under way is finished: cut off, its points would be sent twice.
    const { delay } = this.#options;
    if (!await isSettledWithin(LAST_MS, writing, { delay })) end.abort(new Error("stopped"));
    await writing;
    this.#isOver = true;
    await keepLeftovers(this.#buffer.drain(), {
      ...this.#options,
      host: this.#options.database.host,
    });
  }

  /** Adds what earlier processes kept, however late it comes; not after the last write. */
  async #restore(): Promise<void> {
    const { kept, log } = this.#options;
    try {
      const taken = await kept?.take();
      if (taken === undefined || this.#isOver) return;
      this.#buffer.restore(taken.batches);
      this.#filled.resolve();
      if (taken.damaged > 0) {
        log.warning("Points that were kept for this start are damaged and lost");
      }
      await taken.forget();
    } catch {
      // Without a place for them there are none; the history tells that there is none.
    }
  }

  async #run(restoring: Promise<void>, signal: AbortSignal, end: AbortSignal): Promise<void> {
    const { delay, log } = this.#options;
    if (!await isSettledWithin(RESTORE_MS, restoring, { delay, signal }) && !signal.aborted) {
      log.warning(
        "Cannot read within {seconds} s the points that were kept for this start: going on " +
          "without them",
        { seconds: RESTORE_MS / 1000 },
      );
    }
    while (!signal.aborted) {
      try {
        await this.#untilFilled(signal);
        await delay(COLLECT_MS, signal);
        const waitMs = await this.#writeAll(end, signal);
        if (waitMs > 0) await delay(waitMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    await isSettledWithin(LAST_RESTORE_MS, restoring, { delay });
    for (let round = 0; round < LAST_ROUNDS && this.#buffer.points > 0; round++) {
      if (await this.#writeAll(end) > 0) return;
    }
  }

  async #untilFilled(signal: AbortSignal): Promise<void> {
    if (this.#buffer.points > 0) return;
    this.#filled = Promise.withResolvers();
    await orAborted(this.#filled.promise, signal);
  }

  /**
   * Writes what waits now, batch after batch, until one fails or a signal is aborted. What comes
   * meanwhile waits for the next call, so that one request takes many points.
   *
   * @returns How long to wait before the next request, in milliseconds; 0 if none failed.
   */
  async #writeAll(end: AbortSignal, stop?: AbortSignal): Promise<number> {
    // While the database is down, batches stay open, so that they become large.
    if (this.#failures === 0 || stop === undefined) this.#buffer.seal();
    for (let batch; (batch = this.#buffer.take()) !== undefined;) {
      if (end.aborted || stop?.aborted === true) return 0;
      const outcome = await this.#options.database.write(batch, end);
      if (outcome.kind === "failed") return end.aborted ? 0 : this.#failed(outcome);
      this.#answered(batch, outcome);
    }
    return 0;
  }

  #answered(batch: Batch, outcome: Exclude<Outcome, { readonly kind: "failed" }>): void {
    this.#failures = 0;
    this.#isUp = true;
    if (outcome.kind === "too_large" && this.#buffer.split()) return;
    this.#buffer.remove();
    const rejected = outcome.kind === "written" ? outcome.rejected : batch.points;
    this.#points.inc(rejected, "rejected");
    this.#points.inc(batch.points - rejected, "written");
    if (rejected > 0) this.#rejected(rejected, batch, outcome.reason ?? "");
    if (rejected === batch.points) this.#refused.add(batch.measurement);
    else {
      this.#refused.delete(batch.measurement);
      const { now, database: { host } } = this.#options;
      this.#lastSuccessMs = now();
      this.#trouble.over("database", "Points are written to {host} again", { host });
    }
    if (this.#buffer.bytes <= this.#options.maxBytes / 2) this.#gap.tell();
  }

  #rejected(rejected: number, { measurement }: Batch, reason: string): void {
    const { elapsed, database: { host } } = this.#options;
    const nowMs = elapsed();
    const key = `rejected ${measurement}`;
    const beforeMs = this.#rejectedAtMs.get(measurement) ?? -Infinity;
    if (nowMs - beforeMs > CALM_MS) this.#trouble.forget(key);
    this.#rejectedAtMs.set(measurement, nowMs);
    this.#trouble.report(
      key,
      "{host} refuses {points:point|points} of {measurement} for good: {reason}; further ones are " +
        "counted only",
      { host, points: rejected, measurement, reason },
      { cause: measurement },
    );
  }

  /** Gives the wait before the next request. */
  #failed({ reason, retryAfterMs }: Extract<Outcome, { readonly kind: "failed" }>): number {
    const { random, database: { host } } = this.#options;
    this.#isUp = false;
    const backoffMs = doubledMs(FIRST_WAIT_MS, this.#failures++, LONGEST_WAIT_MS);
    this.#trouble.report(
      "database",
      "Cannot write to {host}: {reason}; points wait in memory meanwhile",
      { host, reason },
    );
    return Math.max(retryAfterMs ?? 0, backoffMs * (0.5 + random() / 2));
  }

  #dropped(batch: Batch): void {
    this.#points.inc(batch.points, "dropped");
    this.#gap.add(batch);
  }
}
