/**
 * Randomness without state: a number is a function of its keys, so that any moment of the demo can
 * be computed on its own and a restart goes on where the last run stopped.
 *
 * The scrambler is mulberry32's, written by Tommy Ettinger and given to the public domain.
 *
 * @module
 */

/** What a number is drawn for: purposes have independent streams. */
export const STREAM = {
  identity: 1,
  version: 2,
  site: 3,
  created: 4,
  expiry: 5,
  rate: 6,
  wave: 7,
  outage: 8,
  warning: 9,
  home: 10,
  latency: 11,
  route: 12,
  endpoint: 13,
  feature: 14,
  session: 15,
  visit: 16,
  path: 17,
} as const;

/** One of the purposes of {@linkcode STREAM}. */
export type Stream = typeof STREAM[keyof typeof STREAM];

/**
 * A whole number from 0 to 2^32 - 1; the same keys always give the same one.
 *
 * @param seed The demo's seed.
 * @param a First key, most often a device's number.
 * @param b Second key, most often a window of time or a position in a list.
 */
export function hash(seed: number, stream: Stream, a = 0, b = 0): number {
  return scramble(scramble(scramble(scramble(seed) ^ stream) ^ a) ^ b);
}

/** A number from 0 (included) to 1 (excluded); the same keys always give the same one. */
export function unit(seed: number, stream: Stream, a = 0, b = 0): number {
  return hash(seed, stream, a, b) / 4294967296;
}

/**
 * The entry of a list that the keys point at.
 *
 * @throws {RangeError} If the list is empty.
 */
export function pick<T>(
  list: readonly T[],
  seed: number,
  stream: Stream,
  a = 0,
  b = 0,
): T {
  if (list.length === 0) throw new RangeError("Cannot pick from a list: it is empty");
  return list[hash(seed, stream, a, b) % list.length] as T;
}

/** Lower-case hexadecimal digits, as long as asked: keys and commits that look like real ones. */
export function hexDigits(length: number, seed: number, stream: Stream, a = 0, b = 0): string {
  let word = hash(seed, stream, a, b);
  let text = "";
  while (text.length < length) {
    text += word.toString(16).padStart(8, "0");
    word = scramble(word);
  }
  return text.slice(0, length);
}

function scramble(value: number): number {
  const x = (value + 0x6d2b79f5) | 0;
  let t = Math.imul(x ^ (x >>> 15), x | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}
