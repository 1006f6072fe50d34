/**
 * Logs a lasting problem once: when it begins, when its cause changes, and when it is over. A
 * device that is down for a week costs two lines, not one per cycle.
 *
 * @module
 */

import { fillMessage, type Logger, type LogProperties } from "./log.ts";

/** Where problems are logged; a logger without errors gets warnings instead. */
export type TroubleLogger = Pick<Logger, "info" | "warning"> & Partial<Pick<Logger, "error">>;

/** Remembers the current problem of each key, so that only changes are logged. */
export class TroubleLog {
  readonly #log: TroubleLogger;
  readonly #said = new Map<string, string>();

  /** Starts without problems. */
  constructor(log: TroubleLogger) {
    this.#log = log;
  }

  /** Number of keys with a problem now. */
  get size(): number {
    return this.#said.size;
  }

  /**
   * Logs a warning, or an error, if `key` had no problem, or another one.
   *
   * Two problems are the same if their messages are, placeholders filled; properties that the
   * message does not show may differ.
   *
   * @param level "error" for what does not recover by itself.
   */
  report(
    key: string,
    message: string,
    properties: LogProperties = {},
    level: "warning" | "error" = "warning",
  ): void {
    const said = fillMessage(message, properties);
    if (this.#said.get(key) === said) return;
    this.#said.set(key, said);
    if (level === "error" && this.#log.error !== undefined) this.#log.error(message, properties);
    else this.#log.warning(message, properties);
  }

  /** Logs that the problem of `key` is over; logs nothing if there was none. */
  over(key: string, message: string, properties: LogProperties = {}): void {
    if (this.#said.delete(key)) this.#log.info(message, properties);
  }

  /** Forgets the problem of `key` without logging, for what is gone for good. */
  forget(key: string): void {
    this.#said.delete(key);
  }
}
