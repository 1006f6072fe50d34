/**
 * Splits lines into the values of a format's variables. No regular expression and no backtracking:
 * each character of a line is looked at a fixed number of times, however the line is made. Formats
 * that cannot be read back are refused when the program starts.
 *
 * @module
 */

import { type LogFormat, parseLogFormat } from "./log_format.ts";
import { type Escape, mayHold, type Variable, variableOf } from "./variable.ts";

/** A part of the format between two quotes, or between a quote and an end of the line. */
interface Segment {
  /** The text around its variables: one more than there are variables. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
  readonly variables: readonly Variable[];
  /**
   * The one variable that takes what the others leave: those before it are read from the left,
   * those behind it from the right. -1 without variables.
   */
  readonly rest: number;
}

/** Splits lines of one format. */
export class LinePattern {
  /** The variables' names without `$`, in the order of the values. */
  readonly names: readonly string[];
  /** How values are escaped. */
  readonly escape: Escape;
  readonly #segments: readonly Segment[];

  /**
   * A pattern for a format.
   *
   * Quotes divide it where values are escaped, since no value holds one. Of the variables between
   * two quotes all but one must be told from the literals around them.
   *
   * @throws {SyntaxError} If the text is no format, or lines of it could be read in two ways; its
   * message completes "Cannot read the format: ".
   */
  constructor(text: string) {
    const format = parseLogFormat(text);
    this.names = format.names;
    this.escape = format.escape;
    this.#segments = readSegments(format);
  }

  /**
   * The values of a line, still escaped, in the order of the variables.
   *
   * @returns undefined if the line does not have the format.
   */
  match(line: string): readonly string[] | undefined {
    const values: string[] = [];
    const last = this.#segments.length - 1;
    let start = 0;
    for (const [index, segment] of this.#segments.entries()) {
      const end = this.escape === "none" ? line.length : this.#quoteAfter(line, start);
      if (index < last ? end >= line.length : end !== line.length) return undefined;
      if (!matchSegment(segment, line, start, end, values)) return undefined;
      start = end + 1;
    }
    return values;
  }

  /** Where the next quote is that is no part of a value; the line's end if nowhere. */
  #quoteAfter(line: string, start: number): number {
    if (this.escape === "default") {
      const at = line.indexOf('"', start);
      return at < 0 ? line.length : at;
    }
    let at = start;
    while (at < line.length && line.charCodeAt(at) !== QUOTE) {
      at += line.charCodeAt(at) === BACKSLASH ? 2 : 1;
    }
    return Math.min(at, line.length);
  }
}

const QUOTE = 0x22, BACKSLASH = 0x5c;

function readSegments({ literals, names, escape }: LogFormat): readonly Segment[] {
  if (escape === "json" && literals.some((literal) => literal.includes("\\"))) {
    throw new SyntaxError("got a backslash outside of a variable, which escape=json cannot tell");
  }
  const segments: Segment[] = [];
  let open: { literals: string[]; names: string[] } = { literals: [], names: [] };
  for (const [index, literal] of literals.entries()) {
    const [first = "", ...others] = escape === "none" ? [literal] : literal.split('"');
    open.literals.push(first);
    for (const other of others) {
      segments.push(closeSegment(open, escape));
      open = { literals: [other], names: [] };
    }
    const name = names[index];
    if (name !== undefined) open.names.push(name);
  }
  segments.push(closeSegment(open, escape));
  return segments;
}

function closeSegment(
  { literals, names }: Pick<Segment, "literals" | "names">,
  escape: Escape,
): Segment {
  const variables = names.map(variableOf);
  let rest = 0;
  while (rest < variables.length - 1 && endsAt(variables[rest], literals[rest + 1]?.[0], escape)) {
    rest++;
  }
  for (let at = rest + 1; at < variables.length; at++) {
    if (endsAt(variables[at], literals[at]?.at(-1), escape)) continue;
    const between = literals[at] ?? "";
    const [one, other] = [names[at - 1], names[at]];
    throw new SyntaxError(
      between === ""
        ? `nothing divides $${one} from $${other}: put quotes around one of them`
        : `"${between}" may be a part of $${one} or of $${other}: put quotes around one of them`,
    );
  }
  return { literals, names, variables, rest: variables.length === 0 ? -1 : rest };
}

/** Whether a value ends where a literal begins with this character, or has a fixed length. */
function endsAt(
  variable: Variable | undefined,
  character: string | undefined,
  escape: Escape,
): boolean {
  if (variable === undefined) return false;
  if (variable.length !== undefined) return true;
  return character !== undefined && !mayHold(variable, character, escape);
}

/** Adds a segment's values; whether the text from `start` to `end` has its form. */
function matchSegment(
  { literals, variables, rest }: Segment,
  line: string,
  start: number,
  end: number,
  values: string[],
): boolean {
  const first = literals[0] ?? "";
  if (rest < 0) return end - start === first.length && line.startsWith(first, start);
  if (!line.startsWith(first, start)) return false;
  let left = start + first.length;
  for (let at = 0; at < rest; at++) {
    const literal = literals[at + 1] ?? "";
    const length = variables[at]?.length;
    const stop = length === undefined ? line.indexOf(literal, left) : left + length;
    if (stop < left || !line.startsWith(literal, stop)) return false;
    values.push(line.slice(left, stop));
    left = stop + literal.length;
    if (left > end) return false;
  }
  const tail: string[] = [];
  let right = end;
  for (let at = variables.length - 1; at >= rest; at--) {
    const literal = literals[at + 1] ?? "";
    right -= literal.length;
    if (right < left || !line.startsWith(literal, right)) return false;
    if (at === rest) break;
    const before = literals[at] ?? "";
    const length = variables[at]?.length;
    // The search must not go on to the start of a long line.
    const from = length === undefined ? lastStart(line, before, left, right) : right - length;
    if (from < left + before.length) return false;
    tail.push(line.slice(from, right));
    right = from;
  }
  values.push(line.slice(left, right), ...tail.reverse());
  return true;
}

/** Behind the last occurrence of a literal between two places; -1 if there is none. */
function lastStart(line: string, literal: string, left: number, right: number): number {
  const at = line.slice(left, right).lastIndexOf(literal);
  return at < 0 ? -1 : left + at + literal.length;
}
