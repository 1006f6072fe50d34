/**
 * A page as gzip, made piece by piece while it is sent, and kept for the next who asks; what the
 * next page has in the same pieces is not compressed again. It is one gzip member whose deflate
 * stream is cut into segments, each ended by a full flush: members set one after the other would be
 * shorter to write, but several readers, curl and `fetch` of Deno among them, stop silently after
 * the first.
 *
 * @module
 */

import { constants, crc32, deflateRawSync } from "node:zlib";
import type { Format } from "../exposition/mod.ts";
import { combineCrc, crcShift } from "./_crc.ts";
import type { RenderedPage } from "./view.ts";

// Level 2 takes half as long again as 1 and saves a quarter of the bytes; 3 and 4 take still longer
// and save nothing: see tests/bench/gzip_bench.ts.
const LEVEL = 2;

// Deflate, no flags, no time, made by the fastest algorithm, on an unknown system.
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
// An empty last block of the deflate stream.
const LAST_BLOCK = [0x03, 0x00];

/** A piece of a page, compressed. */
export interface GzipSegment {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** The CRC-32 of the piece. */
  readonly crc: number;
  /** The {@linkcode crcShift} of its length. */
  readonly shift: number;
}

/** What has been compressed, as long as its piece is in use. */
export type GzipSegments = WeakMap<Uint8Array, GzipSegment>;

/** Where a {@linkcode GzipMember} comes from. */
export interface GzipOptions {
  /** Cache of compressed parts, which the member adds to. Default: none. */
  readonly segments?: GzipSegments;
  /** The memory that its chunks hold. Default: none. */
  readonly memory?: () => Iterable<ArrayBufferLike>;
  /** Called once when it needs its chunks no more. Default: nothing. */
  readonly release?: () => void;
}

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
  #options: GzipOptions;
  readonly #segments: GzipSegments;
  #crc = 0;
  #size = 0;
  #byteLength = HEADER.length;

  /** A member of these chunks; they are read once, no further than asked for, one at a time. */
  constructor(chunks: Iterable<Uint8Array>, options: GzipOptions = {}) {
    this.#source = chunks[Symbol.iterator]();
    this.#segments = options.segments ?? new WeakMap();
    this.#options = options;
  }

  /** Bytes of the whole member; undefined until its last part has been made. */
  get byteLength(): number | undefined {
    return this.#source === undefined && !this.hasFailed ? this.#byteLength : undefined;
  }

  /** Whether the source threw: the member will never be whole. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether all of it has been made, or it failed: then it needs its page no more. */
  get isDone(): boolean {
    return this.#source === undefined;
  }

  /** The memory that it holds on to: its parts, and its page until all are made. */
  *memory(): Generator<ArrayBufferLike> {
    for (const { buffer } of this.#parts) yield buffer;
    yield* this.#options.memory?.() ?? [];
  }

  /**
   * The part of that index, compressed on first use.
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
        this.end();
        this.#keep(this.#trailer());
      } else {
        const { bytes, crc, shift } = this.#segment(value);
        this.#crc = combineCrc(this.#crc, crc, shift);
        this.#size += value.length;
        this.#keep(bytes);
      }
    } catch (error) {
      this.end();
      this.#failure = { error };
    }
  }

  #segment(piece: Uint8Array): GzipSegment {
    const known = this.#segments.get(piece);
    if (known !== undefined) return known;
    const segment = {
      bytes: deflateRawSync(piece, { level: LEVEL, finishFlush: constants.Z_FULL_FLUSH }),
      crc: crc32(piece),
      shift: crcShift(piece.length),
    };
    this.#segments.set(piece, segment);
    return segment;
  }

  /** Ends the member: there will be no further parts. */
  end(): void {
    this.#source = undefined;
    const { release } = this.#options;
    this.#options = {};
    release?.();
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
 * Nothing is compressed before it is asked for. Of an older state only segments are kept, of what
 * has not changed since.
 */
export class GzipCache {
  readonly #kept = new Map<string, GzipMember>();
  readonly #segments: GzipSegments = new WeakMap();
  /** How many read a member that is not done. */
  readonly #readers = new Map<GzipMember, number>();
  #generation: number | undefined;

  /**
   * The member for that state of the page: the kept one if it is of the same generation. To be
   * given back by {@linkcode GzipCache.leave}.
   *
   * @param part Tells parts of a page of one generation apart; "" is the whole.
   */
  member(page: RenderedPage, format: Format, part = ""): GzipMember {
    if (this.#generation !== page.generation) this.#kept.clear();
    this.#generation = page.generation;
    const key = `${format} ${part}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && !kept.hasFailed) {
      page.release();
      return this.#enter(kept);
    }
    const member = new GzipMember(page.chunks(format), {
      segments: this.#segments,
      memory: () => page.memory(),
      release: () => page.release(),
    });
    this.#kept.delete(key);
    const oldest = this.#kept.size < MAX_KEPT ? undefined : this.#kept.keys().next().value;
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, member);
    return this.#enter(member);
  }

  /** The memory of what is kept of that state of the page; none if another one is kept. */
  *memory(generation: number): Generator<ArrayBufferLike> {
    if (generation !== this.#generation) return;
    for (const member of this.#kept.values()) yield* member.memory();
  }

  /** Removes a reader of this member; an incomplete member without readers is dropped. */
  leave(member: GzipMember): void {
    const others = (this.#readers.get(member) ?? 0) - 1;
    if (others > 0) {
      this.#readers.set(member, others);
      return;
    }
    this.#readers.delete(member);
    if (member.isDone) return;
    member.end();
    for (const [key, kept] of this.#kept) if (kept === member) this.#kept.delete(key);
  }

  #enter(member: GzipMember): GzipMember {
    this.#readers.set(member, (this.#readers.get(member) ?? 0) + 1);
    return member;
  }
}
