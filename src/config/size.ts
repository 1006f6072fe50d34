/**
 * Sizes as an operator writes them: `2MiB`, `500kB`, `2M`, in any case, and bare bytes. As in
 * Kubernetes, `k` and `M` are powers of 1000, `Ki` and `Mi` powers of 1024.
 *
 * @module
 */

import { defineKind, type Kind } from "./kind.ts";

const SIZE = /^(\d{1,9}(?:\.\d{1,9})?) ?(?:([kmg])(i?))?b?$/i;
const POWERS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3 };

/** Units that are written, the largest first. */
const WRITTEN = [["GB", 1e9], ["MB", 1e6], ["MiB", 1024 ** 2], ["kB", 1e3], ["KiB", 1024]] as const;

/**
 * Reads a size.
 *
 * Shape: "2MiB" → 2097152
 * Units: bytes
 *
 * @returns undefined if the text is no size, or not a whole number of bytes.
 */
export function parseSize(text: string): number | undefined {
  const [whole, number, unit = "", binary = ""] = SIZE.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const bytes = Number(number) * (binary === "" ? 1000 : 1024) ** (POWERS[unit.toLowerCase()] ?? 0);
  return Number.isInteger(bytes) ? bytes : undefined;
}

/**
 * Writes a size in the largest unit of which it is a whole number.
 *
 * Shape: 4096 → "4KiB"
 * Units: bytes
 */
function formatSize(bytes: number): string {
  const [name, size] = WRITTEN.find(([, size]) => bytes % size === 0) ?? ["B", 1];
  return `${bytes / size}${name}`;
}

/** A size within bounds, both included, in bytes. */
export function size(least: number, most: number): Kind<number> {
  return defineKind({
    placeholder: "SIZE",
    wanted: `a size from ${least} to ${most} bytes, such as 2MiB, 500kB or bare bytes`,
    brief: `${formatSize(least)} to ${formatSize(most)}`,
    parse: (text) => {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= least && bytes <= most ? bytes : undefined;
    },
  });
}
