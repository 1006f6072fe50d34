/**
 * Our log: one line a record, always to standard error, so that standard output stays a page. The
 * only file that knows LogTape. A configured secret's value that slipped through becomes
 * `[redacted]` here, and a record that only repeats the one before is counted instead of written.
 *
 * @module
 */

import {
  configure,
  disposeSync,
  getLogger as getTapeLogger,
  type LogRecord,
  type Sink,
} from "@logtape/logtape";
import { Redactor } from "../secret/redactor.ts";
import {
  formatBody,
  formatJournal,
  formatJson,
  formatText,
  type LogEntry,
  type LogProperties,
} from "./log_line.ts";
import { RepeatFilter } from "./repeat.ts";
import type { Secret } from "../secret/secret.ts";

/** How much is logged, as the setting `LOG_LEVEL` spells it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** How a record becomes a line. */
export type LogFormat =
  /** `2026-11-21T06:00:00.000Z INFO api Renewed the token. minutes=60`. */
  | "text"
  /** One JSON object: time, level, logger, message, then the properties. */
  | "json"
  /** `<6>Renewed the token. minutes=60`: systemd's journal keeps time, level and unit itself. */
  | "journal";

/**
 * Writes records of one part of the program; `{name}` in a message stands for that property, and
 * `{name:device|devices}` for a number with its noun.
 */
export interface Logger {
  /** Details for finding the cause of a fault. */
  debug(message: string, properties?: LogProperties): void;
  /** Normal operation: a start, an end, a change; not once a cycle. */
  info(message: string, properties?: LogProperties): void;
  /** Something is worse than it should be, and the program carries on. */
  warning(message: string, properties?: LogProperties): void;
  /** Something the program was asked for does not work. */
  error(message: string, properties?: LogProperties): void;
}

export { fillMessage, type LogProperties } from "./log_line.ts";

/** Options for {@linkcode configureLogging}. */
export interface LoggingOptions {
  /** Records below it are dropped. */
  readonly level: LogLevel;
  /** Parts of the program whose records are dropped at every level. Default: none. */
  readonly muted?: readonly string[];
  /** How a record becomes a line. */
  readonly format: LogFormat;
  /**
   * Values that must not stand in any line; those shorter than 4 characters cannot be told apart.
   */
  readonly secrets: readonly Secret[];
  /** Takes each finished line, without its line end. Default: `console.error`. */
  readonly write?: (line: string) => void;
  /** Whether a terminal shows the lines: in text, levels are in color then. Default: false. */
  readonly hasColors?: boolean;
}

const ROOT = "tsmetrics";

/** A logger that names its records after a part of the program, such as "api". */
export function getLogger(name: string): Logger {
  return getTapeLogger([ROOT, name]);
}

/**
 * Sends all loggers' records to one place; before the first call they go nowhere.
 *
 * A second call replaces the first.
 */
export async function configureLogging(options: LoggingOptions): Promise<void> {
  const level = options.level === "warn" ? "warning" : options.level;
  await configure({
    reset: true,
    sinks: { lines: makeSink(options) },
    loggers: [
      { category: ROOT, sinks: ["lines"], lowestLevel: level },
      ...(options.muted ?? []).map((name) => ({
        category: [ROOT, name],
        sinks: [],
        parentSinks: "override" as const,
      })),
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
}

/** Writes what is still to be told. Records that come later go nowhere. */
export function endLogging(): void {
  disposeSync();
}

function makeSink(options: LoggingOptions): Sink & Disposable {
  const { format, hasColors, write = (line) => console.error(line) } = options;
  const redactor = new Redactor(options.secrets);
  const repeats = new RepeatFilter();
  let last: LogEntry | undefined;
  function render(entry: LogEntry): string {
    if (format === "json") return formatJson(entry, redactor);
    if (format === "journal") return formatJournal(entry, redactor);
    return formatText(entry, redactor, hasColors);
  }
  function writeEntry(entry: LogEntry): void {
    write(redactor.hide(render(entry)));
  }
  function tellRepeats(count: number, timestamp: number): void {
    if (count === 0 || last === undefined) return;
    const template = "The message before came {count:more time|more times}";
    writeEntry({ ...last, timestamp, template, properties: { count } });
  }
  function sink(record: LogRecord): void {
    const entry = entryOf(record);
    const count = repeats.next(`${entry.level} ${formatBody(entry, redactor)}`, entry.timestamp);
    if (count === undefined) return;
    tellRepeats(count, entry.timestamp);
    last = entry;
    writeEntry(entry);
  }
  return Object.assign(sink, {
    [Symbol.dispose]: () => tellRepeats(repeats.takeCount(), last?.timestamp ?? 0),
  });
}

function entryOf(record: LogRecord): LogEntry {
  const [first, ...rest] = record.category;
  return {
    timestamp: record.timestamp,
    level: record.level === "warning" ? "warn" : record.level,
    logger: first === ROOT ? rest.join(".") : record.category.join("."),
    template: String(record.rawMessage),
    properties: record.properties,
  };
}
