/**
 * Jobs at intervals on one scheduler: jittered, one at a time, each with its last success, duration
 * and failures.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import { TroubleLog } from "../log/trouble.ts";
import type { Delay } from "../time/delay.ts";

/** Part of its interval by which a job is moved at most, either way. */
const JITTER = 0.05;

/** Work that is done again and again. */
export interface Job {
  /** Unique; a label value. */
  readonly name: string;
  /** From the start of one run to the start of the next, in milliseconds, but for the jitter. */
  readonly intervalMs: number;
  /** Does it; what it throws is counted, logged once, and ends nothing. */
  run(signal: AbortSignal): void | Promise<void>;
}

/** Which jobs ended, and how. */
export interface JobObserver {
  /** A run has ended. */
  ended(job: string, seconds: number, succeeded: boolean): void;
}

/** How a job's runs went. */
export interface JobRuns {
  /** Its name. */
  readonly name: string;
  /** Its interval, in milliseconds. */
  readonly intervalMs: number;
  /** How many milliseconds ago the last run that succeeded ended; undefined before it. */
  readonly successAgoMs: number | undefined;
  /** How long the last run took, in seconds; undefined before it. */
  readonly lastSeconds: number | undefined;
  /** How many runs failed since the start. */
  readonly failures: number;
}

/** What a {@linkcode JobScheduler} needs. */
export interface JobSchedulerOptions {
  /** The jobs; of those that are due at once the first runs first. */
  readonly jobs: readonly Job[];
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** The wait for the next job. */
  readonly delay: Delay;
  /** A number from 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Is told of each run. */
  readonly observer: JobObserver;
  /** Is told of jobs that fail, once each trouble. */
  readonly log: Logger;
}

/** Runs jobs until it is stopped. */
export class JobScheduler {
  readonly #options: JobSchedulerOptions;
  readonly #trouble: TroubleLog;
  readonly #runs = new Map<string, { successMs?: number; seconds: number; failures: number }>();

  /** A scheduler that has run nothing. */
  constructor(options: JobSchedulerOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** How each job's runs went, in the order of the jobs. */
  get runs(): readonly JobRuns[] {
    const { elapsed, jobs } = this.#options;
    return jobs.map(({ intervalMs, name }) => {
      const { failures = 0, seconds, successMs } = this.#runs.get(name) ?? {};
      return {
        name,
        intervalMs,
        successAgoMs: successMs === undefined ? undefined : elapsed() - successMs,
        lastSeconds: seconds,
        failures,
      };
    });
  }

  /**
   * Runs each job for the first time after one interval.
   *
   * @returns When the signal is aborted.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { delay, elapsed, jobs } = this.#options;
    const queue = jobs.map((job) => ({ job, dueMs: elapsed() + this.#jitter(job) }));
    while (!signal.aborted) {
      const next = queue.reduce<typeof queue[number] | undefined>(
        (first, each) => first === undefined || each.dueMs < first.dueMs ? each : first,
        undefined,
      );
      if (next === undefined) return;
      try {
        await delay(Math.max(0, next.dueMs - elapsed()), signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      // From its start, so that a slow run does not move all that follow.
      next.dueMs = elapsed() + this.#jitter(next.job);
      await this.#runOne(next.job, signal);
    }
  }

  #jitter({ intervalMs }: Job): number {
    return intervalMs * (1 + JITTER * (2 * this.#options.random() - 1));
  }

  async #runOne(job: Job, signal: AbortSignal): Promise<void> {
    const { elapsed, observer } = this.#options;
    const startMs = elapsed();
    const { name } = job;
    let succeeded = true;
    try {
      await job.run(signal);
      this.#trouble.over(name, "The {job} job works again", { job: name });
    } catch (error) {
      if (signal.aborted) return;
      succeeded = false;
      this.#trouble.report(name, "The {job} job failed: {reason}", {
        job: name,
        reason: describeError(error),
      });
    }
    const endMs = elapsed();
    const seconds = (endMs - startMs) / 1000;
    const before = this.#runs.get(name);
    this.#runs.set(name, {
      ...before,
      ...succeeded && { successMs: endMs },
      seconds,
      failures: (before?.failures ?? 0) + (succeeded ? 0 : 1),
    });
    observer.ended(name, seconds, succeeded);
  }
}
