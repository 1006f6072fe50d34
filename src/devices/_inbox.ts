/**
 * What comes in on a connection: heads, and bodies in any of HTTP/1.1's three framings, never more
 * of either than a limit. The memory is used again for the next answer.
 *
 * @module
 */

import { type BodyEnd, type Head, parseHead } from "./_head.ts";

/** Gives the next bytes; null at the end. A `Deno.Conn` is one. */
export interface ByteSource {
  /** Fills a part of the array; how much, or null at the end. */
  read(bytes: Uint8Array): Promise<number | null>;
}

/** Enough for any page of a real device and its head. */
const INBOX_BYTES = 16_384;

/** The longest head. */
const MAX_HEAD_BYTES = INBOX_BYTES;

/** The longest line that announces a chunk, or follows the last one. */
const MAX_LINE_BYTES = 256;

/** More memory than this is not kept for the next page. */
const MAX_KEPT_BYTES = 65_536;

/** How many heads without an answer, such as "100 Continue", may come before it. */
const MAX_INTERIM = 4;

const [CR, LF] = [0x0d, 0x0a];

// One character a byte, so that every offset in a head is that of its text.
const decoder = new TextDecoder("latin1");

/** Reads one answer at a time. */
export class Inbox {
  readonly #buffer = new Uint8Array(INBOX_BYTES);
  /** What has come and is not read yet stands between these two. */
  #start = 0;
  #end = 0;
  #page = new Uint8Array(INBOX_BYTES);
  #length = 0;

  /** Forgets what is left of the answer before. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  /** Whether nothing has come that is not read. */
  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /**
   * The head of the next answer; those of interim answers are left out.
   *
   * @throws {SyntaxError} If what comes is no answer.
   */
  async readHead(source: ByteSource): Promise<Head> {
    for (let interim = 0; interim <= MAX_INTERIM; interim++) {
      const head = parseHead(await this.#readHeadText(source));
      if (head.status >= 200) return head;
    }
    throw new SyntaxError("The answer does not come to a status");
  }

  /**
   * The body of that answer.
   *
   * @returns An array that nobody else holds.
   * @throws {RangeError} If it is longer than `maxBytes`.
   * @throws {SyntaxError} If its chunks cannot be read.
   */
  async readBody(source: ByteSource, bodyEnd: BodyEnd, maxBytes: number): Promise<Uint8Array> {
    this.#length = 0;
    if (bodyEnd === "chunked") await this.#takeChunks(source, maxBytes);
    else if (bodyEnd === "connection") {
      do this.#append(this.#end - this.#start, maxBytes); while (await this.#fill(source));
    } else await this.#take(source, bodyEnd, maxBytes);
    const page = this.#page.slice(0, this.#length);
    if (this.#page.length > MAX_KEPT_BYTES) this.#page = new Uint8Array(INBOX_BYTES);
    return page;
  }

  async #readHeadText(source: ByteSource): Promise<string> {
    for (let from = this.#start;;) {
      const end = findHeadEnd(this.#buffer, from, this.#end);
      if (end !== -1) {
        const text = decoder.decode(this.#buffer.subarray(this.#start, end));
        this.#start = end + 4;
        return text;
      }
      if (this.#end - this.#start >= MAX_HEAD_BYTES) {
        throw new SyntaxError("The head of the answer is too long");
      }
      const seen = this.#end - this.#start;
      await this.#need(source);
      from = this.#start + Math.max(0, seen - 3);
    }
  }

  async #takeChunks(source: ByteSource, maxBytes: number): Promise<void> {
    for (;;) {
      const size = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(await this.#readLine(source))?.[1];
      if (size === undefined) throw new SyntaxError("The page comes in a chunk without a size");
      const count = parseInt(size, 16);
      if (count === 0) break;
      await this.#take(source, count, maxBytes);
      if (await this.#readLine(source) !== "") {
        throw new SyntaxError("The page comes in a chunk longer than it says");
      }
    }
    // Headers may follow; nobody needs them.
    let lines = 0;
    while (await this.#readLine(source) !== "") {
      if (++lines > 16) throw new SyntaxError("The page has too many headers behind it");
    }
  }

  /** Takes a line, without its end. */
  async #readLine(source: ByteSource): Promise<string> {
    for (;;) {
      const at = this.#buffer.subarray(this.#start, this.#end).indexOf(LF);
      if (at > MAX_LINE_BYTES || (at === -1 && this.#end - this.#start > MAX_LINE_BYTES)) {
        throw new SyntaxError("The page comes in a chunk without a size");
      }
      if (at !== -1) {
        const line = this.#buffer.subarray(this.#start, this.#start + at);
        if (line[at - 1] !== CR) throw new SyntaxError("The page comes in a chunk without a size");
        this.#start += at + 1;
        return decoder.decode(line.subarray(0, at - 1));
      }
      await this.#need(source);
    }
  }

  /** Moves so many bytes to the page. */
  async #take(source: ByteSource, count: number, maxBytes: number): Promise<void> {
    if (this.#length + count > maxBytes) throw tooLong(maxBytes);
    for (let rest = count; rest > 0;) {
      if (this.isEmpty) await this.#need(source);
      const part = Math.min(rest, this.#end - this.#start);
      this.#append(part, maxBytes);
      rest -= part;
    }
  }

  /** Moves bytes that have come to the page. */
  #append(count: number, maxBytes: number): void {
    const length = this.#length + count;
    if (length > maxBytes) throw tooLong(maxBytes);
    if (length > this.#page.length) {
      const grown = new Uint8Array(Math.max(length, this.#page.length * 2));
      grown.set(this.#page.subarray(0, this.#length));
      this.#page = grown;
    }
    this.#page.set(this.#buffer.subarray(this.#start, this.#start + count), this.#length);
    this.#start += count;
    this.#length = length;
  }

  /** Waits for more where the answer cannot end yet. */
  async #need(source: ByteSource): Promise<void> {
    if (!await this.#fill(source)) throw new Error("The connection ended before the answer did");
  }

  /** Whether there is more. */
  async #fill(source: ByteSource): Promise<boolean> {
    if (this.isEmpty) this.clear();
    else if (this.#end === this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const count = await source.read(this.#buffer.subarray(this.#end));
    this.#end += count ?? 0;
    return count !== null;
  }
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

function tooLong(maxBytes: number): RangeError {
  return new RangeError(`wanted at most ${maxBytes} bytes`);
}
