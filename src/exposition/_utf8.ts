/**
 * Whether bytes are UTF-8, and the first line of a page that is not.
 *
 * @module
 */

const LF = 0x0a, HASH = 0x23;

/**
 * Where the line starts that has bytes which are not UTF-8, comments aside; -1 if none has.
 *
 * @param from Where the first line to look at starts.
 * @param stop Lines that start here or later are not looked at.
 */
export function findInvalidUtf8(
  page: Uint8Array,
  from: number = 0,
  stop: number = page.length,
): number {
  let start = from;
  // A line feed is never part of a longer character, so lines can be judged one by one.
  while (start < stop) {
    const found = page.indexOf(LF, start);
    const end = found === -1 ? page.length : found;
    if (page[start] !== HASH && !isUtf8(page.subarray(start, end))) return start;
    start = end + 1;
  }
  return -1;
}

/** One for all: making one takes longer than decoding a label with it. */
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether all of these bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  return decodeUtf8(bytes) !== undefined;
}

/** The bytes as text; undefined if they are not all UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
