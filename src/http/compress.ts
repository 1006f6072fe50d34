/**
 * A page as gzip, made piece by piece while it is sent, and kept for the next who asks. It is one
 * gzip member whose deflate stream is cut into segments, each ended by a full flush: members set
 * one after the other would be shorter to write, but several readers, curl and `fetch` of Deno
 * among them, stop silently after the first.
 *
 * @module
 */

import { constants, crc32, deflateRawSync } from "node:zlib";
import type { Format } from "../exposition/family.ts";
import type { RenderedPage } from "./view.ts";

// Level 2 takes half as long again as 1 and saves a quarter of the bytes; 3 and 4 take still longer
// and save nothing: see tests/bench/gzip_bench.ts.
const LEVEL = 2;

// Deflate, no flags, no time, made by the fastest algorithm, on an unknown system.
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
// An empty last block of the deflate stream.
const LAST_BLOCK = [0x03, 0x00];

/**
 * One gzip member that grows as it is read, by one reader or by several at their own speeds; each
 * piece is compressed once.
 *
 * Source: RFC 1952
 */
export class GzipMember {
  readonly #parts: Uint8Array[] = [HEADER];
  #source: Iterator<Uint8Array> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #crc = 0;
  #size = 0;
  #byteLength = HEADER.length;

  /** A member of these chunks; they are read once, no further than asked for, one at a time. */
  constructor(chunks: Iterable<Uint8Array>) {
    this.#source = chunks[Symbol.iterator]();
  }

  /** Bytes of the whole member; undefined until its last part has been made. */
  get byteLength(): number | undefined {
    return this.#source === undefined && !this.hasFailed ? this.#byteLength : undefined;
  }

  /** Whether the source threw: the member will never be whole. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * The part of that index, compressed now if nobody has asked for it before.
   *
   * @returns The bytes, which must not be changed; undefined after the last part.
   * @throws What the source threw, now and from then on: a cut page never gets a valid end.
   */
  part(index: number): Uint8Array | undefined {
    while (index >= this.#parts.length && this.#source !== undefined) this.#grow(this.#source);
    if (index >= this.#parts.length && this.#failure !== undefined) throw this.#failure.error;
    return this.#parts[index];
  }

  #grow(source: Iterator<Uint8Array>): void {
    try {
      const { done, value } = source.next();
      if (done) {
        this.#source = undefined;
        this.#keep(this.#trailer());
      } else {
        this.#crc = crc32(value, this.#crc);
        this.#size += value.length;
        this.#keep(deflateRawSync(value, {
          level: LEVEL,
          finishFlush: constants.Z_FULL_FLUSH,
        }));
      }
    } catch (error) {
      this.#source = undefined;
      this.#failure = { error };
    }
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#byteLength += part.length;
  }

  #trailer(): Uint8Array {
    const bytes = new Uint8Array(LAST_BLOCK.length + 8);
    bytes.set(LAST_BLOCK);
    const view = new DataView(bytes.buffer, LAST_BLOCK.length);
    view.setUint32(0, this.#crc, true);
    view.setUint32(4, this.#size % 2 ** 32, true);
    return bytes;
  }
}

/** Compressed parts of one state of the page that are kept at most. */
const MAX_KEPT = 64;

/**
 * The compressed pages that are kept: those of one state of the page, each part and format once.
 * Nothing is compressed before it is asked for, and nothing of an older state is kept.
 */
export class GzipCache {
  readonly #kept = new Map<string, GzipMember>();
  #generation: number | undefined;

  /**
   * The member for that state of the page: the kept one if it is of the same generation.
   *
   * @param part Tells parts of a page of one generation apart; "" is the whole.
   */
  member(page: RenderedPage, format: Format, part = ""): GzipMember {
    if (this.#generation !== page.generation) this.#kept.clear();
    this.#generation = page.generation;
    const key = `${format} ${part}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && !kept.hasFailed) return kept;
    const member = new GzipMember(page.chunks(format));
    this.#kept.delete(key);
    const oldest = this.#kept.size < MAX_KEPT ? undefined : this.#kept.keys().next().value;
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, member);
    return member;
  }
}
