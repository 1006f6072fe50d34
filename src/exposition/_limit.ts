/**
 * How much a relabeler takes from one device. Real pages have about 5 KB, 60 lines and 40 samples.
 *
 * @module
 */

const LF = 0x0a;

/** How much of a page a device may send. */
export interface PageLimits {
  /** Bytes of the page; 2 MiB by default. */
  readonly maxBytes: number;
  /** Lines of any kind; 20,000 by default. */
  readonly maxLines: number;
  /** Samples; 10,000 by default. */
  readonly maxSamples: number;
  /** Families that metadata or samples name; 200 by default. */
  readonly maxFamilies: number;
  /** Labels of one sample; 64 by default. */
  readonly maxLabels: number;
  /** Bytes of one label value, escapes included; 4,096 by default. */
  readonly maxLabelBytes: number;
}

/** The defaults. */
export const DEFAULT_LIMITS: PageLimits = {
  maxBytes: 2 * 1024 * 1024,
  maxLines: 20_000,
  maxSamples: 10_000,
  maxFamilies: 200,
  maxLabels: 64,
  maxLabelBytes: 4096,
};

/**
 * Longest metric name, in bytes, that stands on our page: a family with a longer one is left out.
 * Real names have 20 to 80.
 */
export const MAX_NAME_BYTES = 1024;

/**
 * Longest HELP text, in bytes as it is written, that stands on our page: a longer one is left out,
 * and its family keeps its samples. Real texts have 20 to 300.
 */
export const MAX_HELP_BYTES = 4096;

/**
 * Longest number, in bytes: finding out whether a longer one is in range takes time without bound.
 * Go writes 24 at most.
 */
export const MAX_NUMBER_BYTES = 1024;

/**
 * Longest line, in bytes: the default size of a page, so that it only bounds pages whose limit was
 * raised. A line is read in one go, and holds the event loop for as long.
 */
export const MAX_LINE_BYTES = 2 * 1024 * 1024;

/**
 * Checks the length of the lines that start here and later, as far as one search tells.
 *
 * @returns Where the first line starts that is not checked; the end of the page if all are.
 * @throws {RangeError} If the line that starts here is longer than a line may be.
 */
export function checkLineLength(page: Uint8Array, at: number): number {
  if (page.length - at <= MAX_LINE_BYTES) return page.length;
  const last = page.subarray(at, at + MAX_LINE_BYTES).lastIndexOf(LF);
  if (last !== -1) return at + last + 1;
  const end = page.indexOf(LF, at);
  throw limitError("bytes of a line", (end === -1 ? page.length : end) - at, MAX_LINE_BYTES);
}

/** The error of a page that is beyond a limit. */
export function limitError(what: string, actual: number, allowed: number): RangeError {
  return new RangeError(`Cannot take the page: ${actual} ${what}, at most ${allowed} are allowed`);
}
