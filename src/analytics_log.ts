/**
 * What is logged of access analytics beside its reports: each trouble once, and its end.
 *
 * @module
 */

import { type BadLine, type Quota, sampleOf, type WhoisOutcome } from "./access/mod.ts";
import { describeError } from "./errors.ts";
import type { Logger } from "./log/log.ts";
import { TroubleLog } from "./log/trouble.ts";

/** Drops are over when there was none for this long, in milliseconds. */
const CALM_MS = 60_000;

/** Logs the troubles of access analytics. */
export class AnalyticsLog {
  readonly #log: Pick<Logger, "info" | "warning">;
  readonly #trouble: TroubleLog;
  readonly #elapsed: () => number;
  readonly #told = new Set<BadLine>();
  #droppedMs: number | undefined;

  /**
   * No trouble yet.
   *
   * @param elapsed Monotonic clock, in milliseconds.
   */
  constructor(log: Pick<Logger, "info" | "warning">, elapsed: () => number) {
    this.#log = log;
    this.#trouble = new TroubleLog(log);
    this.#elapsed = elapsed;
  }

  /** A lookup at tailscaled has ended. */
  whois(outcome: WhoisOutcome, error: unknown): void {
    if (outcome !== "failed") {
      return this.#trouble.over("whois", "Whois lookups at tailscaled succeed again");
    }
    this.#trouble.report("whois", "Cannot look up the node of an address: {error}", {
      error: describeError(error),
    });
  }

  /**
   * A line is refused; logged once for each reason.
   *
   * @param line The line, of which a sample is shown; undefined if it may not be shown.
   */
  badLine(reason: BadLine, line: string | undefined): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    const message = "Refusing lines of access logs ({reason}): want the format of ACCESS_FORMAT";
    if (line === undefined) this.#log.warning(message, { reason });
    else this.#log.warning(`${message}, got {line}`, { reason, line: sampleOf(line) });
  }

  /** A line was not taken because of a defect. */
  lineFailed(error: unknown): void {
    this.#log.warning("Cannot take a line: {error}", { error: describeError(error) });
  }

  /** The port failed. */
  portFailed(error: unknown): void {
    this.#trouble.report("port", "Cannot take access logs: {error}", {
      error: describeError(error),
    });
  }

  /** Lines were dropped because a queue is full. */
  dropped(): void {
    this.#droppedMs = this.#elapsed();
    this.#trouble.report("queue", "Dropping access logs: they arrive faster than they are read");
  }

  /** Logs the end of drops, once there was none for a minute. */
  calmDown(): void {
    if (this.#elapsed() - (this.#droppedMs ?? -Infinity) < CALM_MS) return;
    this.#trouble.over("queue", "Dropping no access logs any more");
  }

  /** Logs once that the plan permits fewer external users than there are, and when that is over. */
  quota(
    { externalUsers, isExceeded, limit }: Pick<Quota, "externalUsers" | "isExceeded" | "limit">,
  ): void {
    if (!isExceeded) {
      return this.#trouble.over(
        "quota",
        "There are no more external users than USER_QUOTA permits",
      );
    }
    this.#trouble.report("quota", "There are {users} external users, USER_QUOTA permits {limit}", {
      users: externalUsers.length,
      limit,
    });
  }
}
