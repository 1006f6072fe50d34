/**
 * What both strict readers give back, and the few rules that both formats share. Nothing here or in
 * the readers is imported from `src/exposition`: they are a second opinion on what it writes.
 *
 * @module
 */

/** One sample as read. */
export interface ReadSample {
  /** The name on the line, suffix included. */
  readonly name: string;
  /** Labels, unescaped, in the order of the line. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value as a double. */
  readonly value: number;
  /** As written: milliseconds in the text format, seconds in OpenMetrics; absent for none. */
  readonly timestamp?: number;
}

/** One family as read, with its samples in the order of the page. */
export interface ReadFamily {
  /** The name of its TYPE and HELP lines, or of its samples where it has neither. */
  readonly name: string;
  /** The declared type; `untyped` in the text format and `unknown` in OpenMetrics for none. */
  readonly type: string;
  /** Unescaped; "" for none. */
  readonly help: string;
  /** At least one, unless only metadata is on the page. */
  readonly samples: readonly ReadSample[];
}

/** The error of a page that is not valid. */
export function unreadable(line: number, reason: string, text: string): SyntaxError {
  return new SyntaxError(`Cannot read line ${line}: ${reason}: ${JSON.stringify(text)}`);
}

/**
 * A page as text; a byte order mark stays, so that the grammar refuses it.
 *
 * @throws {SyntaxError} If it is not UTF-8, or has a surrogate without its pair.
 */
export function decodePage(page: string | Uint8Array): string {
  if (typeof page === "string") {
    if (!page.isWellFormed()) throw new SyntaxError("Cannot read the page: a lone surrogate in it");
    return page;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(page);
  } catch (cause) {
    throw new SyntaxError("Cannot read the page: not UTF-8", { cause });
  }
}

const REAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** A number without `NaN` and infinities; undefined for any other text, 1e400 too. */
export function parseReal(text: string): number | undefined {
  const value = REAL.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** A sample's value by the grammar of both formats; undefined for any other text. */
export function parseNumber(text: string): number | undefined {
  if (/^nan$/i.test(text)) return NaN;
  if (INFINITE.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return parseReal(text);
}

/**
 * What makes a series that series at a server: its name and its labels in any order, those without
 * a value left out.
 */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([
    name,
    ...Object.entries(labels).filter(([, value]) => value !== "").sort(),
  ]);
}

/** Labels without one of them. */
export function withoutLabel(
  labels: Readonly<Record<string, string>>,
  name: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([other]) => other !== name));
}
