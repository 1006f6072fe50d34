/**
 * How commands write for people: words, tables, wrapped paragraphs and colours.
 *
 * @module
 */

import type { Runtime } from "../runtime.ts";
import { wrapText } from "../text/wrap.ts";

/** What a text means, as a colour. */
export type Tone = "good" | "bad" | "fair" | "faint" | "plain";

/** SGR codes; all of them are legible on dark and on light terminals. */
const CODES: Readonly<Record<Exclude<Tone, "plain">, string>> = {
  good: "32",
  bad: "31",
  fair: "33",
  faint: "2",
};

/** A cell of a table. */
export interface Cell {
  /** The text, one line. */
  readonly text: string;
  /** Default: "plain". */
  readonly tone?: Tone;
}

/** How standard output shows text. */
export interface Style {
  /** Columns of the terminal; undefined where output is no terminal and lines may be long. */
  readonly columns: number | undefined;
  /** The text in the colour of its meaning; unchanged where colours are off. */
  paint(text: string, tone: Tone): string;
}

/** Long lines, no colours: for files and pipes. */
export const PLAIN: Style = { columns: undefined, paint: (text) => text };

/** The style for a terminal, or {@linkcode PLAIN}. */
export function styleOf({ columns, hasColors }: Runtime["terminal"]): Style {
  return {
    columns,
    paint: (text, tone) =>
      !hasColors || tone === "plain" || text === ""
        ? text
        : `\u001b[${CODES[tone]}m${text}\u001b[0m`,
  };
}

/** Space between two columns of a table. */
const GAP = "  ";

/**
 * A table with columns as wide as their longest cell, except the last one.
 *
 * Shape: n rows of cells → n + 1 lines, the head first
 *
 * @param isRight Which columns are aligned to the right, as numbers are. Default: none.
 */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { paint }: Style,
  isRight: readonly boolean[] = [],
): readonly string[] {
  const all = [head.map((text): Cell => ({ text, tone: "faint" })), ...rows];
  // Not Math.max(...): a call takes no 200,000 arguments.
  const widths = head.map((_, column) =>
    all.reduce((width, row) => Math.max(width, row[column]?.text.length ?? 0), 0)
  );
  return all.map((row) => {
    const last = row.findLastIndex(({ text }) => text !== "");
    return row.slice(0, last + 1).map(({ text, tone = "plain" }, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - text.length);
      if (isRight[column] === true) return padding + paint(text, tone);
      return paint(text, tone) + (column === last ? "" : padding);
    }).join(GAP);
  });
}

/** A paragraph narrower than this is worse to read than lines that the terminal breaks. */
const MIN_WRAPPED = 40;

/**
 * A paragraph in lines that fit the terminal.
 *
 * @param first What the first line begins with; the others are indented as far.
 */
export function wrap(first: string, text: string, { columns }: Style): readonly string[] {
  const indent = " ".repeat(first.length);
  const width = (columns ?? 0) - first.length;
  if (width < MIN_WRAPPED) return [first + text];
  return wrapText(text, width).map((line, index) => (index === 0 ? first : indent) + line);
}

/** A text cut to a length, with an ellipsis as its last character. */
export function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** A number with its noun. */
export function plural(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/**
 * An age in its largest unit.
 *
 * Units: seconds → "45 s", "12 min", "3 h", "20 d"
 */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h`;
  return `${Math.floor(whole / 86_400)} d`;
}
