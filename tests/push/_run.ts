/**
 * A push to a database that a test commands.
 *
 * @module
 */

import { fillMessage, type LogProperties } from "../../src/log/log.ts";
import type { Batch } from "../../src/push/buffer.ts";
import type { Outcome } from "../../src/push/outcome.ts";
import { Push, type PushOptions } from "../../src/push/push.ts";
import { Page } from "../../src/page/mod.ts";
import { FakeClock, nextTurn } from "../_support/fake_clock.ts";

/** A database that took a batch. */
export const WRITTEN: Outcome = { kind: "written", rejected: 0, reason: undefined };
/** A database that cannot be reached. */
export const DOWN: Extract<Outcome, { readonly kind: "failed" }> = {
  kind: "failed",
  reason: "connection refused",
  retryAfterMs: undefined,
};

/** A push to a database that the test commands. */
export class Run {
  /** Its clock. */
  readonly clock: FakeClock = new FakeClock(undefined, nextTurn);
  /** What is tested. */
  readonly push: Push;
  /** Lines that the database took, in their order. */
  readonly written: string[] = [];
  /** When each request was made, in milliseconds since the start. */
  readonly requests: number[] = [];
  /** Log lines. */
  readonly logged: string[] = [];
  /** What the database answers. */
  answer: (batch: Batch) => Outcome | Promise<Outcome> = () => WRITTEN;
  readonly #stop = new AbortController();
  readonly #startMs: number = this.clock.elapsed();
  readonly #ended: Promise<void>;
  #count = 0;

  /** Starts it. */
  constructor(options: Partial<PushOptions> = {}) {
    const log = (message: string, properties: LogProperties = {}) =>
      void this.logged.push(fillMessage(message, properties));
    this.push = new Push({
      database: { host: "db:8086", write: (batch) => this.#write(batch as Batch) },
      maxBytes: 1_000_000,
      now: this.clock.now,
      elapsed: this.clock.elapsed,
      delay: this.clock.delay,
      random: () => 1,
      log: { debug: log, info: log, warning: log, error: log },
      ...options,
    });
    this.#ended = this.push.run(this.#stop.signal);
  }

  /** Adds points that are told apart by a number. */
  add(count = 1, measurement = "m"): void {
    for (let at = 0; at < count; at++) {
      const n = BigInt(this.#count++);
      this.push.add({ measurement, tags: {}, fields: { n }, atMs: this.clock.now() });
    }
  }

  /** Stops; resolves when all is over. */
  stop(): Promise<void> {
    this.#stop.abort(new Error("stop"));
    return this.#ended;
  }

  /** The page's value of a series; undefined if there is none. */
  value(series: string): number | undefined {
    const text = new Page([this.push.section]).view().text("text");
    const line = text.split("\n").find((line) => line.startsWith(`tsmetrics_push_${series} `));
    return line === undefined ? undefined : Number(line.split(" ")[1]);
  }

  /** Points by outcome, and those that wait. */
  get counts(): readonly (number | undefined)[] {
    const outcomes = ["written", "rejected", "dropped"];
    return [
      ...outcomes.map((outcome) => this.value(`points_total{outcome="${outcome}"}`)),
      this.value("buffered_points"),
    ];
  }

  async #write(batch: Batch): Promise<Outcome> {
    this.requests.push(this.clock.elapsed() - this.#startMs);
    const outcome = await this.answer(batch);
    if (outcome.kind === "written") {
      this.written.push(...new TextDecoder().decode(batch.bytes).split("\n").slice(0, -1));
    }
    return outcome;
  }
}

/** What an earlier process kept, which is there once the test says so. */
export function slowlyKept() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const bytes = new TextEncoder().encode("old n=1i 1\n");
  const batches = [{ measurement: "old", bytes, points: 1, firstMs: 1, lastMs: 1 }];
  const forgotten: string[] = [];
  const kept = {
    save: () => Promise.resolve(),
    async take() {
      await promise;
      const forget = () => Promise.resolve(void forgotten.push("old"));
      return { batches, damaged: 0, forget };
    },
  };
  return { arrive: resolve, forgotten, kept };
}

/** Keeps points over a restart in memory. */
export function keeper() {
  const kept: Batch[] = [];
  const keep = {
    save: (batches: readonly Batch[]) => Promise.resolve(void kept.push(...batches)),
    take: () =>
      Promise.resolve({
        batches: [...kept],
        damaged: 0,
        forget: () => Promise.resolve(void kept.splice(0)),
      }),
  };
  return { keep, kept };
}
