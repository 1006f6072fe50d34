/**
 * From a record to a line of the log: `2026-11-21T06:00:00.000Z INFO api Renewed the token.` for
 * people, or a JSON object. A record never takes more than one line, whatever text from outside
 * stands in it.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Redactor } from "../secret/redactor.ts";
import { Secret } from "../secret/secret.ts";
import { escapeUnsafe } from "../text/printable.ts";

/** What a record carries besides its message. */
export type LogProperties = Readonly<Record<string, unknown>>;

/** What is known of a record. */
export interface LogEntry {
  /** When it was made, in milliseconds since 1970. */
  readonly timestamp: number;
  /** "debug", "info", "warn" or "error". */
  readonly level: string;
  /** The part of the program. */
  readonly logger: string;
  /** The message, placeholders not filled. */
  readonly template: string;
  /** What the placeholders stand for, and what is shown beside the message. */
  readonly properties: LogProperties;
}

const MAX_VALUE_LENGTH = 2_000;
const OWN_KEYS: ReadonlySet<string> = new Set(["time", "level", "logger", "message"]);

/** `{name}`, or `{name:device|devices}` for a number with its noun. */
const PLACEHOLDER = /\{(\w+)(?::([^{}|]+)\|([^{}|]+))?\}/g;

/** Colors of the levels on a terminal, as numbers of ANSI's SGR. */
const COLORS: Readonly<Record<string, number>> = { debug: 2, warn: 33, error: 31 };

/** The levels as syslog numbers them. */
const PRIORITIES: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/**
 * A message with each `{name}` replaced by that property's value, and each `{name:device|devices}`
 * by the value and the noun that fits it: "1 device", "2 devices".
 *
 * Braces around anything that is no property stay as they are, so that text from outside may stand
 * in a message.
 */
export function fillMessage(message: string, properties: LogProperties): string {
  return message.replace(PLACEHOLDER, (whole, name, one, many) => {
    if (!Object.hasOwn(properties, name)) return whole;
    const value = properties[name];
    if (one === undefined) return asText(value);
    return `${asText(value)} ${value === 1 ? one : many}`;
  });
}

/**
 * A line for people.
 *
 * @param hasColors Whether a terminal shows the line: the level is in color then.
 */
export function formatText(entry: LogEntry, redactor: Redactor, hasColors = false): string {
  const time = new Date(entry.timestamp).toISOString();
  return `${time} ${colored(entry.level, hasColors)} ${formatBody(entry, redactor)}`;
}

/**
 * A line for systemd's journal, which takes the level from its beginning and adds the time: the
 * message stands alone there, for tools that know its first word.
 *
 * Source: sd-daemon(3)
 */
export function formatJournal(entry: LogEntry, redactor: Redactor): string {
  return `<${PRIORITIES[entry.level] ?? 6}>${textOf(entry, redactor)}`;
}

/** What follows time and level in a line for people. */
export function formatBody(entry: LogEntry, redactor: Redactor): string {
  return escapeUnsafe(`${entry.logger} `) + textOf(entry, redactor);
}

/** The message, and what the properties say beyond it. */
function textOf(entry: LogEntry, redactor: Redactor): string {
  const message = messageOf(entry, redactor);
  let line = message;
  const shown = new Set([...entry.template.matchAll(PLACEHOLDER)].map((match) => match[1]));
  for (const [key, value] of Object.entries(entry.properties)) {
    if (value === undefined || shown.has(key)) continue;
    const whole = redactor.hide(asText(value));
    if (isRepeated(whole, message)) continue;
    const text = cut(whole);
    line += ` ${key}=${/^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text)}`;
  }
  return escapeUnsafe(line);
}

/** A line for machines: words and numbers to filter by, and no text that the message holds. */
export function formatJson(entry: LogEntry, redactor: Redactor): string {
  const message = messageOf(entry, redactor);
  const fields: Record<string, unknown> = {
    time: new Date(entry.timestamp).toISOString(),
    level: entry.level,
    logger: entry.logger,
    message,
  };
  for (const [key, value] of Object.entries(entry.properties)) {
    if (value === undefined) continue;
    const plain = typeof value === "number" || typeof value === "boolean" || value === null;
    const isFinite = typeof value !== "number" || Number.isFinite(value);
    const name = OWN_KEYS.has(key) ? `${key}_` : key;
    if (plain && isFinite) fields[name] = value;
    else {
      const text = redactor.hide(asText(value));
      if (!isRepeated(text, message)) fields[name] = cut(text);
    }
  }
  return escapeUnsafe(JSON.stringify(fields));
}

/**
 * Whether a message holds a sentence whole. Up to three words are a name, such as a device's: that
 * is data to filter by, wherever it stands.
 */
function isRepeated(text: string, message: string): boolean {
  return /\S(?: +\S+){3}/.test(text) && message.includes(text);
}

function messageOf({ template, properties }: LogEntry, redactor: Redactor): string {
  return cut(redactor.hide(fillMessage(template, properties)));
}

function colored(level: string, hasColors: boolean): string {
  const color = COLORS[level];
  const word = level.toUpperCase();
  return hasColors && color !== undefined ? `\u001b[${color}m${word}\u001b[0m` : word;
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
