/**
 * Says a lasting trouble once: when it begins, when its nature changes, and when it is over. A
 * device that is down for a week costs two lines, not one a cycle.
 *
 * @module
 */

import { fillMessage, type Logger, type LogProperties } from "./log.ts";

/** Remembers who is in which trouble, so that only changes are logged. */
export class TroubleLog {
  readonly #log: Pick<Logger, "info" | "warning">;
  readonly #said = new Map<string, string>();

  /** Starts with nobody in trouble. */
  constructor(log: Pick<Logger, "info" | "warning">) {
    this.#log = log;
  }

  /** How many are in trouble now. */
  get size(): number {
    return this.#said.size;
  }

  /**
   * Logs a warning if `key` was not in trouble, or in another one.
   *
   * Two troubles are the same if their messages are, placeholders filled; properties that the
   * message does not show may differ.
   */
  report(key: string, message: string, properties: LogProperties = {}): void {
    const said = fillMessage(message, properties);
    if (this.#said.get(key) === said) return;
    this.#said.set(key, said);
    this.#log.warning(message, properties);
  }

  /** Logs that the trouble of `key` has ended; says nothing if there was none. */
  over(key: string, message: string, properties: LogProperties = {}): void {
    if (this.#said.delete(key)) this.#log.info(message, properties);
  }

  /** Drops the trouble of `key` without a word, for what is gone for good. */
  forget(key: string): void {
    this.#said.delete(key);
  }
}
