/**
 * What a JSON text looks like from above, seen before anything of it is parsed: how deep it is
 * nested and how much it holds.
 *
 * @module
 */

const QUOTE = 0x22, BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d;

/** The deepest nesting that is read. */
const MAX_DEPTH = 256;

/**
 * Maximum number of commas and opening brackets in one text, so about of its values.
 *
 * `JSON.parse` cannot pause. Long strings cost it little, many values do: 50,000 of the worst kind
 * (objects that each have a key of their own) take 20 to 60 ms, and some megabytes. The largest
 * real texts, a device or a peer with 4,096 routes of each kind, have about 10,000.
 */
export const MAX_VALUES = 50_000;

/**
 * Counts brackets and commas outside of strings; what is no JSON at all is left to the parser.
 *
 * @throws {RangeError} If the text is nested deeper than 256 levels or holds more than
 * {@linkcode MAX_VALUES}.
 */
export function checkShape(text: string): void {
  const { length } = text;
  let depth = 0;
  let brackets = 0;
  let commas = 0;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at++;
      while (at < length && text.charCodeAt(at) !== QUOTE) {
        at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
      }
    } else if (unit === OPEN_OBJECT || unit === OPEN_LIST) {
      brackets++;
      if (++depth > MAX_DEPTH) throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels`);
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_LIST) {
      depth--;
    } else if (unit === COMMA) {
      commas++;
    }
  }
  if (brackets + commas > MAX_VALUES) {
    throw new RangeError(`Holds ${brackets + commas} values, wanted at most ${MAX_VALUES}`);
  }
}

/** Whether a UTF-16 unit is one of JSON's blanks. */
export function isBlank(unit: number | undefined): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}
