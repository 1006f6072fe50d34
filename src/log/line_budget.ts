/**
 * Bounds the log lines about single devices in a cycle. A fault that hits all of 150,000 devices,
 * such as a firewall rule, costs a hundred lines and one with the number of the others.
 *
 * @module
 */

import type { Logger, LogProperties } from "./log.ts";

/** Levels of the lines that are bounded. */
type Level = "error" | "warning" | "info";

/** Lines of one level in a cycle. */
export const MAX_LINES = 100;

/** Names in the line about the other devices. */
const MAX_NAMES = 10;

/** Takes the lines; a logger without errors gets warnings instead. */
export type BudgetLogger = Pick<Logger, "info" | "warning"> & Partial<Pick<Logger, "error">>;

/** What a {@linkcode LineBudget} writes of devices without a line of their own, by level. */
export interface LineBudgetMessages {
  /** With the placeholders `count` and `devices`; for errors, too. */
  readonly warning: string;
  /** The same. */
  readonly info: string;
}

/** Devices without a line of their own. */
interface Rest {
  count: number;
  readonly names: string[];
}

/** Passes lines on until a cycle has had its number of them, and counts the others. */
export class LineBudget implements Pick<Logger, "error" | "info" | "warning"> {
  readonly #log: BudgetLogger;
  readonly #messages: LineBudgetMessages;
  readonly #written = { error: 0, info: 0, warning: 0 };
  readonly #rest = { error: noRest(), info: noRest(), warning: noRest() };

  /** A budget of which nothing is used. */
  constructor(log: BudgetLogger, messages: LineBudgetMessages) {
    this.#log = log;
    this.#messages = messages;
  }

  /** Logs a line about the device that the property `device` names, or counts it. */
  warning(message: string, properties: LogProperties = {}): void {
    this.#line("warning", message, properties);
  }

  /** The same as {@linkcode LineBudget.warning}. */
  error(message: string, properties: LogProperties = {}): void {
    this.#line("error", message, properties);
  }

  /** The same as {@linkcode LineBudget.warning}. */
  info(message: string, properties: LogProperties = {}): void {
    this.#line("info", message, properties);
  }

  /** Ends a cycle: logs how many devices had no line of their own, and names some. */
  settle(): void {
    for (const level of ["error", "warning", "info"] as const) {
      const { count, names } = this.#rest[level];
      this.#written[level] = 0;
      if (count === 0) continue;
      this.#rest[level] = noRest();
      const ending = count > names.length ? ", …" : "";
      const message = this.#messages[level === "error" ? "warning" : level];
      this.#write(level, message, { count, devices: names.join(", ") + ending });
    }
  }

  #line(level: Level, message: string, properties: LogProperties): void {
    if (++this.#written[level] <= MAX_LINES) return this.#write(level, message, properties);
    const rest = this.#rest[level];
    rest.count++;
    if (rest.names.length < MAX_NAMES) rest.names.push(String(properties.device));
  }

  #write(level: Level, message: string, properties: LogProperties): void {
    if (level === "info") return this.#log.info(message, properties);
    if (level === "warning" || this.#log.error === undefined) {
      return this.#log.warning(message, properties);
    }
    this.#log.error(message, properties);
  }
}

function noRest(): Rest {
  return { count: 0, names: [] };
}
