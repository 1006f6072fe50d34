/**
 * Our log: one line a record, always to standard error, so that standard output stays a page. The
 * only file that knows LogTape. What reaches a line is made harmless here: control characters are
 * written as escapes, and a configured secret's value that slipped through becomes `[redacted]`.
 *
 * @module
 */

import { configure, getLogger as getTapeLogger, type LogRecord } from "@logtape/logtape";
import { describeError } from "./errors.ts";
import { Redactor } from "./redactor.ts";
import { Secret } from "./secret.ts";

/** How much is logged, as the setting `LOG_LEVEL` spells it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** How a record becomes a line. */
export type LogFormat =
  /** `2026-11-21T06:00:00.000Z INFO api Renewed the token. minutes=60`. */
  | "text"
  /** One JSON object: time, level, logger, message, then the properties. */
  | "json";

/** What a record carries besides its message. */
export type LogProperties = Readonly<Record<string, unknown>>;

/** Writes records of one part of the program; `{name}` in a message stands for that property. */
export interface Logger {
  /** For somebody who looks for the cause of a fault. */
  debug(message: string, properties?: LogProperties): void;
  /** What an operator likes to know; not once a cycle. */
  info(message: string, properties?: LogProperties): void;
  /** Something is worse than it should be, and the program carries on. */
  warning(message: string, properties?: LogProperties): void;
  /** Something the program was asked for does not work. */
  error(message: string, properties?: LogProperties): void;
}

/** What {@linkcode configureLogging} is told. */
export interface LoggingOptions {
  /** Records below it are dropped. */
  readonly level: LogLevel;
  /** How a record becomes a line. */
  readonly format: LogFormat;
  /**
   * Values that must not stand in any line; those shorter than 4 characters cannot be told apart.
   */
  readonly secrets: readonly Secret[];
  /** Takes each finished line, without its line end; `console.error` unless told. */
  readonly write?: (line: string) => void;
}

const ROOT = "tsmetrics";
const MAX_VALUE_LENGTH = 2_000;
const OWN_KEYS: ReadonlySet<string> = new Set(["time", "level", "logger", "message"]);

// Everything that ends a line, moves a terminal's cursor or turns the reading direction, and lone
// surrogates, which no encoder can write.
const UNSAFE =
  // deno-lint-ignore no-control-regex -- they are what must be found
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

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
  const { write = (line) => console.error(line) } = options;
  const redactor = new Redactor(options.secrets);
  const format = options.format === "json" ? formatJson : formatText;
  const level = options.level === "warn" ? "warning" : options.level;
  await configure({
    reset: true,
    sinks: { lines: (record) => write(redactor.hide(format(record, redactor))) },
    loggers: [
      { category: ROOT, sinks: ["lines"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
}

/**
 * A message with each `{name}` replaced by that property's value.
 *
 * Braces around anything that is no property stay as they are, so that text from outside may stand
 * in a message.
 */
export function fillMessage(message: string, properties: LogProperties): string {
  return message.replace(
    /\{(\w+)\}/g,
    (whole, name) => Object.hasOwn(properties, name) ? asText(properties[name]) : whole,
  );
}

function formatText(record: LogRecord, redactor: Redactor): string {
  const message = cut(redactor.hide(messageOf(record)));
  const template = String(record.rawMessage);
  let line = `${timeOf(record)} ${levelOf(record).toUpperCase()} ${loggerOf(record)} ${message}`;
  for (const [key, value] of Object.entries(record.properties)) {
    if (value === undefined || template.includes(`{${key}}`)) continue;
    const text = cut(redactor.hide(asText(value)));
    line += ` ${key}=${/^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text)}`;
  }
  return escapeUnsafe(line);
}

function formatJson(record: LogRecord, redactor: Redactor): string {
  const fields: Record<string, unknown> = {
    time: timeOf(record),
    level: levelOf(record),
    logger: loggerOf(record),
    message: cut(redactor.hide(messageOf(record))),
  };
  for (const [key, value] of Object.entries(record.properties)) {
    if (value === undefined) continue;
    const plain = typeof value === "number" || typeof value === "boolean" || value === null;
    const isFinite = typeof value !== "number" || Number.isFinite(value);
    fields[OWN_KEYS.has(key) ? `${key}_` : key] = plain && isFinite
      ? value
      : cut(redactor.hide(asText(value)));
  }
  return escapeUnsafe(JSON.stringify(fields));
}

function messageOf(record: LogRecord): string {
  return fillMessage(String(record.rawMessage), record.properties);
}

function timeOf(record: LogRecord): string {
  return new Date(record.timestamp).toISOString();
}

function levelOf(record: LogRecord): string {
  return record.level === "warning" ? "warn" : record.level;
}

function loggerOf(record: LogRecord): string {
  const [first, ...rest] = record.category;
  return first === ROOT ? rest.join(".") : record.category.join(".");
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date || value instanceof URL || value instanceof Secret) {
    return String(value);
  }
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value, (_key, part) => typeof part === "bigint" ? String(part) : part) ??
      "[no text]";
  } catch {
    return "[no text]";
  }
}

function cut(text: string): string {
  if (text.length <= MAX_VALUE_LENGTH) return text;
  return `${text.slice(0, MAX_VALUE_LENGTH)}… (${text.length} characters)`;
}

function escapeUnsafe(text: string): string {
  return text.replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
