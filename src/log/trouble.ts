/**
 * Logs a lasting problem once: when it begins, when its cause changes, and when it is over. A
 * device that is down for a week costs two lines, not one per cycle.
 *
 * @module
 */

import { fillMessage, type Logger, type LogProperties } from "./log.ts";

/** Where problems are logged; a logger without errors gets warnings instead. */
export type TroubleLogger = Pick<Logger, "info" | "warning"> & Partial<Pick<Logger, "error">>;

/** One reported problem. */
export interface Trouble {
  /** The message, placeholders filled. */
  readonly said: string;
  /** A cause that other parts may meet as well; undefined if the problem is this part's own. */
  readonly cause: string | undefined;
}

/**
 * Causes that several parts meet at once, such as a server that is down. Shared by their
 * {@linkcode TroubleLog}s, so that only the first part that meets a cause logs it.
 */
export class SharedCauses {
  readonly #causes = new Map<string, Set<Trouble>>();

  /** Whether a problem's cause has been logged, by this part or another, and is not over. */
  has(trouble: Trouble): boolean {
    return trouble.cause !== undefined && this.#causes.get(trouble.cause)?.has(trouble) === true;
  }

  /** Adds a problem; whether it is the first of its cause, and so the one to log. */
  enter(trouble: Trouble): boolean {
    if (trouble.cause === undefined) return true;
    const others = this.#causes.get(trouble.cause);
    if (others === undefined) this.#causes.set(trouble.cause, new Set([trouble]));
    else others.add(trouble);
    return others === undefined;
  }

  /** Removes a problem that became another one; its cause goes on for other parts. */
  leave(trouble: Trouble): void {
    if (trouble.cause === undefined) return;
    const others = this.#causes.get(trouble.cause);
    if (others?.delete(trouble) && others.size === 0) this.#causes.delete(trouble.cause);
  }

  /**
   * Ends a problem, and with it its cause for all parts.
   *
   * @returns Whether to log that: not if another part has.
   */
  end(trouble: Trouble): boolean {
    return trouble.cause === undefined ||
      this.has(trouble) && this.#causes.delete(trouble.cause);
  }
}

/** Options of {@linkcode TroubleLog.report}. */
export interface ReportOptions {
  /** What other parts may meet as well. Default: the problem is this part's own. */
  readonly cause?: string | undefined;
  /** "error" for what does not recover by itself. Default: "warning". */
  readonly level?: "warning" | "error";
}

/** Remembers the current problem of each key, so that only changes are logged. */
export class TroubleLog {
  readonly #log: TroubleLogger;
  readonly #shared: SharedCauses;
  readonly #troubles = new Map<string, Trouble>();

  /**
   * Starts without problems.
   *
   * @param shared Causes that other logs report as well. Default: this log's own.
   */
  constructor(log: TroubleLogger, shared: SharedCauses = new SharedCauses()) {
    this.#log = log;
    this.#shared = shared;
  }

  /** Number of keys with a problem now. */
  get size(): number {
    return this.#troubles.size;
  }

  /**
   * Logs a warning, or an error, if `key` had no problem, or another one, and no other part has
   * logged the same cause without seeing its end.
   *
   * Two problems are the same if their causes are; without a cause, if their messages are,
   * placeholders filled. Properties that the message does not show may differ.
   */
  report(
    key: string,
    message: string,
    properties: LogProperties = {},
    { cause, level = "warning" }: ReportOptions = {},
  ): void {
    if (!this.#enter(key, { said: fillMessage(message, properties), cause })) return;
    if (level === "error" && this.#log.error !== undefined) this.#log.error(message, properties);
    else this.#log.warning(message, properties);
  }

  /** Notes the problem of a key; whether it is to be logged. */
  #enter(key: string, trouble: Trouble): boolean {
    const before = this.#troubles.get(key);
    if (before !== undefined && before.cause === trouble.cause) {
      const { cause, said } = trouble;
      if (cause === undefined ? before.said === said : this.#shared.has(before)) return false;
    }
    if (before !== undefined) this.#shared.leave(before);
    this.#troubles.set(key, trouble);
    return this.#shared.enter(trouble);
  }

  /**
   * Logs that the problem of `key` is over; logs nothing if there was none, or if another part has
   * logged the end of their common cause.
   */
  over(key: string, message: string, properties: LogProperties = {}): void {
    const trouble = this.#troubles.get(key);
    if (trouble === undefined) return;
    this.#troubles.delete(key);
    if (this.#shared.end(trouble)) this.#log.info(message, properties);
  }

  /** Forgets the problem of `key` without logging, for what is gone for good. */
  forget(key: string): void {
    const trouble = this.#troubles.get(key);
    if (trouble !== undefined) this.#shared.leave(trouble);
    this.#troubles.delete(key);
  }
}
