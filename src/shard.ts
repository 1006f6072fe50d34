/**
 * How a fleet is split: which shard a device belongs to, and how a shard is written. The rule is
 * part of what we promise, so that others can compute it too. A leaf: imports nothing.
 *
 * @module
 */

/** The most shards that a fleet is split into. */
export const MAX_SHARDS = 1_000;

/** One part of a fleet. */
export interface Shard {
  /** Which one, from 0. */
  readonly index: number;
  /** How many there are. */
  readonly count: number;
}

/**
 * A shard from its two numbers.
 *
 * Shape: ("0", "4") → the first of four; leading zeros, signs and blanks are refused
 *
 * @returns undefined unless 0 ≤ index < count ≤ {@linkcode MAX_SHARDS}.
 */
export function readShard(index: string, count: string): Shard | undefined {
  const shard = { index: readNumber(index), count: readNumber(count) };
  return shard.index < shard.count && shard.count <= MAX_SHARDS ? shard : undefined;
}

/** A shard from its text, "0/4"; undefined for any other text. */
export function parseShard(text: string): Shard | undefined {
  const parts = text.split("/");
  return parts.length === 2 ? readShard(parts[0] ?? "", parts[1] ?? "") : undefined;
}

/** "0/4". */
export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * The shard that an id belongs to, from 0: the same on every machine and in every version.
 *
 * FNV-1a of the id's bytes alone leaves ids that count upwards in patterns, so the hash is mixed
 * once more as MurmurHash3 ends; the remainder by the number of shards is taken of that.
 *
 * Source: FNV-1a of 32 bits (draft-eastlake-fnv), fmix32 of MurmurHash3
 */
export function shardOf(id: string, count: number): number {
  return count === 1 ? 0 : hashId(id) % count;
}

/** Whether an id belongs to a shard. */
export function isInShard(id: string, { index, count }: Shard): boolean {
  return shardOf(id, count) === index;
}

function hashId(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    if (code > 0x7f) return mix(hashBytes(new TextEncoder().encode(id)));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return mix(hash);
}

function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Infinity for what is no number as we write it, so that every comparison fails. */
function readNumber(text: string): number {
  return /^(?:0|[1-9]\d{0,3})$/.test(text) ? Number(text) : Infinity;
}
