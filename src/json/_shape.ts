/**
 * What a JSON text looks like from above, seen before anything of it is parsed: how deep it is
 * nested and how much it holds.
 *
 * @module
 */

const QUOTE = 0x22, BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d;

/** The deepest nesting that is read. */
const MAX_DEPTH = 256;

/** The most objects and lists of one text. */
const MAX_CONTAINERS = 4_000_000;

/**
 * Counts brackets outside of strings; what is no JSON at all is left to the parser.
 *
 * @throws {RangeError} If the text is nested deeper than 256 levels or holds over 4,000,000 objects
 * and lists.
 */
export function checkShape(text: string): void {
  const { length } = text;
  let depth = 0;
  let count = 0;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at++;
      while (at < length && text.charCodeAt(at) !== QUOTE) {
        at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
      }
    } else if (unit === OPEN_OBJECT || unit === OPEN_LIST) {
      count++;
      if (++depth > MAX_DEPTH) throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels`);
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_LIST) {
      depth--;
    }
  }
  if (count > MAX_CONTAINERS) {
    throw new RangeError(`Holds ${count} objects and lists, more than ${MAX_CONTAINERS}`);
  }
}

/** Whether a UTF-16 unit is one of JSON's blanks. */
export function isBlank(unit: number | undefined): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}
