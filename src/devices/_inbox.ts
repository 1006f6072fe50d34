/**
 * What comes in on a connection: heads, and bodies in any of HTTP/1.1's three framings, never more
 * of either than a limit. It is read in place: a page is a part of the memory that it came in, and
 * only one that comes in chunks is moved together.
 *
 * @module
 */

import { pageTooLarge } from "./_failure.ts";
import type { BodyEnd, Head, HeadReader } from "./_response_head.ts";

/** Enough for any page of a real device and its head. */
export const INBOX_BYTES = 16_384;

/** The longest head. */
const MAX_HEAD_BYTES = INBOX_BYTES;

/** Most bytes of one read, so that none holds the event loop for long. */
const MAX_READ_BYTES = 65_536;

/** The longest line that announces a chunk, or follows the last one. */
const MAX_LINE_BYTES = 256;

/**
 * Overhead of chunks: each may have 16 bytes and twice its data of it; of what is beyond that the
 * whole body may have 16 KiB. The rule of Go's net/http, and so of Prometheus: it takes chunks of
 * one byte, and refuses those that are nearly all extension.
 */
const CHUNK_OVERHEAD_BYTES = 16, MAX_EXCESS_BYTES = 16_384;

/** How many headers may follow the last chunk. */
const MAX_TRAILERS = 16;

/** How many heads without an answer, such as "100 Continue", may come before it. */
const MAX_INTERIM = 4;

const TAB = 0x09, LF = 0x0a, CR = 0x0d, SPACE = 0x20, SEMICOLON = 0x3b;

/** The most digits of a chunk's size. */
const MAX_SIZE_DIGITS = 8;

/** Reads one answer. */
export class Inbox {
  readonly #heads: HeadReader;
  #buffer: Uint8Array<ArrayBuffer>;
  /** What has come and is not read yet stands between these two. */
  #start = 0;
  #end = 0;
  /** The page so far; it ends at `#start` or before. */
  #pageStart = 0;
  #pageEnd = 0;
  /** Where the end of the head is still to be looked for. */
  #searched = 0;
  #interim = 0;
  /** What the next line of a chunked body is; before it come `#chunkRest` bytes of the page. */
  #line: "size" | "after chunk" | "trailer" = "size";
  #chunkRest = 0;
  #trailers = 0;
  /** Overhead of the chunks so far beyond what each may have. */
  #excess = 0;

  /**
   * An inbox in which nothing has come.
   *
   * @param heads Reads the heads.
   * @param buffer Owned by the inbox from now on, of at least {@linkcode INBOX_BYTES}.
   */
  constructor(heads: HeadReader, buffer: Uint8Array<ArrayBuffer>) {
    this.#heads = heads;
    this.#buffer = buffer;
  }

  /** Whether nothing has come that is not read. */
  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** Whether anything has come. */
  get hasBegun(): boolean {
    return this.#end > 0;
  }

  /** Where the next bytes go. */
  room(): Uint8Array<ArrayBuffer> {
    if (this.#end === this.#buffer.length) this.#makeRoom();
    const end = Math.min(this.#buffer.length, this.#end + MAX_READ_BYTES);
    return end - this.#end === this.#buffer.length
      ? this.#buffer
      : this.#buffer.subarray(this.#end, end);
  }

  /** Takes the bytes that have come to that place. */
  receive(count: number): void {
    this.#end += count;
  }

  /**
   * The head of the answer; those of interim answers are left out.
   *
   * @returns undefined if it has not come to its end.
   * @throws {SyntaxError} If what has come is no answer.
   */
  takeHead(): Head | undefined {
    for (;;) {
      const end = findHeadEnd(this.#buffer, this.#searched, this.#end);
      const length = (end === -1 ? this.#end : end + 3) - this.#start;
      if (length >= MAX_HEAD_BYTES) {
        throw new SyntaxError(`response head of more than ${MAX_HEAD_BYTES - 1} bytes`);
      }
      if (end === -1) {
        this.#searched = Math.max(this.#start, this.#end - 3);
        return undefined;
      }
      const head = this.#heads.read(this.#buffer, this.#start, end);
      this.#start =
        this.#searched =
        this.#pageStart =
        this.#pageEnd =
          end + 4;
      if (head.status >= 200) return head;
      if (++this.#interim > MAX_INTERIM) {
        throw new SyntaxError(`more than ${MAX_INTERIM} interim (1xx) responses`);
      }
    }
  }

  /**
   * The body of that answer, in the inbox's own memory, which is the caller's from then on.
   *
   * @param isLast Whether nothing more will come.
   * @returns undefined if it has not come to its end.
   * @throws {RangeError} If it is longer than `maxBytes`.
   * @throws {SyntaxError} If its chunks cannot be read.
   */
  takePage(bodyEnd: BodyEnd, maxBytes: number, isLast: boolean): Uint8Array | undefined {
    if (bodyEnd === "chunked") {
      if (!this.#takeChunks(maxBytes)) return undefined;
    } else if (bodyEnd === "connection") {
      this.#take(this.#end - this.#start, maxBytes);
      if (!isLast) return undefined;
    } else {
      if (bodyEnd > maxBytes) throw pageTooLarge(maxBytes);
      const rest = bodyEnd - (this.#pageEnd - this.#pageStart);
      this.#take(Math.min(rest, this.#end - this.#start), maxBytes);
      if (this.#pageEnd - this.#pageStart < bodyEnd) return undefined;
    }
    return this.#buffer.subarray(this.#pageStart, this.#pageEnd);
  }

  /** Whether all chunks and what follows them have come. */
  #takeChunks(maxBytes: number): boolean {
    for (;;) {
      const part = Math.min(this.#chunkRest, this.#end - this.#start);
      this.#take(part, maxBytes);
      this.#chunkRest -= part;
      if (this.#chunkRest > 0) return false;
      const start = this.#start;
      const end = this.#findLineEnd();
      if (end === -1) return false;
      this.#start = end + 2;
      if (this.#line === "size") {
        this.#chunkRest = readSize(this.#buffer, start, end);
        this.#countOverhead(end - start + 4);
        if (this.#pageEnd - this.#pageStart + this.#chunkRest > maxBytes) {
          throw pageTooLarge(maxBytes);
        }
        this.#line = this.#chunkRest === 0 ? "trailer" : "after chunk";
      } else if (this.#line === "after chunk") {
        if (start < end) throw new SyntaxError("chunk longer than its size");
        this.#line = "size";
      } else {
        // Headers may follow; nothing here needs them.
        if (start === end) return true;
        if (++this.#trailers > MAX_TRAILERS) {
          throw new SyntaxError(`more than ${MAX_TRAILERS} trailer fields`);
        }
      }
    }
  }

  /** Counts the size line of a chunk, and the line end behind its data. */
  #countOverhead(bytes: number): void {
    const allowed = CHUNK_OVERHEAD_BYTES + 2 * this.#chunkRest;
    this.#excess = Math.max(0, this.#excess + bytes - allowed);
    if (this.#excess > MAX_EXCESS_BYTES) {
      throw new SyntaxError("nearly all bytes are overhead of chunks");
    }
  }

  /** Where the line at `#start` ends, before its CRLF; -1 if it has not come to its end. */
  #findLineEnd(): number {
    const buffer = this.#buffer;
    const end = Math.min(this.#end, this.#start + MAX_LINE_BYTES + 1);
    let at = this.#start;
    while (at < end && buffer[at] !== LF) at++;
    if (at === end) {
      if (this.#end - this.#start > MAX_LINE_BYTES) throw noSize();
      return -1;
    }
    if (at === this.#start || buffer[at - 1] !== CR) throw noSize();
    return at - 1;
  }

  /** Moves bytes that have come to the page. */
  #take(count: number, maxBytes: number): void {
    if (count === 0) return;
    if (this.#pageEnd - this.#pageStart + count > maxBytes) throw pageTooLarge(maxBytes);
    const end = this.#start + count;
    if (this.#pageEnd !== this.#start) {
      this.#buffer.copyWithin(this.#pageEnd, this.#start, end);
    }
    this.#pageEnd += count;
    this.#start = end;
  }

  /** Moves all that is still needed to the front, of larger memory if it must be. */
  #makeRoom(): void {
    const pageLength = this.#pageEnd - this.#pageStart;
    const restLength = this.#end - this.#start;
    const old = this.#buffer;
    if (2 * (pageLength + restLength) > old.length) this.#buffer = new Uint8Array(2 * old.length);
    this.#buffer.set(old.subarray(this.#pageStart, this.#pageEnd));
    this.#buffer.set(old.subarray(this.#start, this.#end), pageLength);
    this.#searched += pageLength - this.#start;
    this.#pageStart = 0;
    this.#pageEnd = this.#start = pageLength;
    this.#end = pageLength + restLength;
  }
}

/**
 * The size of a chunk from its line: 1 to 8 hexadecimal digits, blanks, and an extension that says
 * nothing to us.
 */
function readSize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit === -1) break;
    size = size * 16 + digit;
  }
  if (at === start || at - start > MAX_SIZE_DIGITS) throw noSize();
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  if (at < end && bytes[at] !== SEMICOLON) throw noSize();
  // Other readers end a line at a lone CR, and would read another answer.
  for (; at < end; at++) if (bytes[at] === CR) throw noSize();
  return size;
}

/** The value of a hexadecimal digit; -1 if it is none. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Where the empty line after a head begins, its line feed before not counted; -1 if not there. */
function findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 3 < end; at++) {
    if (bytes[at] === CR && bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) {
      return at;
    }
  }
  return -1;
}

function noSize(): SyntaxError {
  return new SyntaxError("malformed chunk size");
}
