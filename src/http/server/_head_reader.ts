/**
 * Reads the heads of a connection's requests, one after the other. Most fit into a small buffer of
 * its own; for a larger head it borrows one, until the head is read or the connection ends. Never
 * holds more bytes than a head may have.
 *
 * @module
 */

import {
  BAD_HEAD,
  findHeadEnd,
  type Head,
  type HeadFault,
  isHopeless,
  MAX_HEAD_BYTES,
  readHead,
  startsWithEmptyLine,
} from "./_request_head.ts";
import type { Socket } from "./_socket.ts";

/** Room for the largest head. */
export type HeadBuffer = Uint8Array<ArrayBuffer>;

/** The buffers of heads that outgrow a reader's own one; many connections share them. */
export interface HeadBuffers {
  /** Waits for a free buffer. */
  take(): Promise<HeadBuffer>;
  /** Gives one back. */
  give(buffer: HeadBuffer): void;
}

/** Options for {@linkcode HeadReader}. */
export interface HeadReaderOptions {
  /** The buffers that are shared. */
  readonly buffers: HeadBuffers;
  /** Called while bytes of a head are there; several times for one head. */
  readonly onBegun: () => void;
  /** Called when all there was is removed: an empty line before a request. */
  readonly onEmpty: () => void;
}

/** Size of a reader's own buffer. Most heads are smaller. */
const FIRST_BYTES = 2 * 1024;

/** Reads heads from a socket. */
export class HeadReader {
  readonly #socket: Socket;
  readonly #options: HeadReaderOptions;
  readonly #small: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  #large: HeadBuffer | undefined;
  #filled = 0;
  /** The bytes after a head with a body. */
  #rest: Uint8Array | undefined;

  /** Reads nothing before {@linkcode HeadReader.next}. */
  constructor(socket: Socket, options: HeadReaderOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Whether there are bytes after the last head that belong to no body. */
  get hasBytes(): boolean {
    return this.#filled > 0;
  }

  /** Whether it has a buffer of those that are shared. */
  get isHolding(): boolean {
    return this.#large !== undefined;
  }

  /**
   * The next head.
   *
   * @returns What is wrong with it, if it cannot be read; undefined if the peer has sent its last.
   */
  async next(): Promise<Head | HeadFault | undefined> {
    let hasSkipped = false;
    for (let searched = 0;;) {
      if (!hasSkipped && this.#filled >= 2) {
        hasSkipped = true;
        this.#skipEmptyLine();
        searched = 0;
      }
      if (this.#filled > 0) this.#options.onBegun();
      const buffer = this.#large ?? this.#small;
      const end = findHeadEnd(buffer.subarray(0, this.#filled), searched);
      if (end !== undefined) return this.#cut(buffer, end);
      if (isHopeless(buffer.subarray(0, this.#filled), searched)) return BAD_HEAD;
      searched = this.#filled;
      if (isPreface(buffer, searched)) return readHead(buffer.subarray(0, PREFACE.length));
      if (searched >= MAX_HEAD_BYTES) {
        return { status: 431, reason: "Request Header Fields Too Large" };
      }
      if (searched === buffer.length) {
        this.#large = await this.#options.buffers.take();
        this.#large.set(buffer);
      }
      const count = await this.#socket.read((this.#large ?? this.#small).subarray(searched));
      if (count === null) return undefined;
      this.#filled += count;
    }
  }

  /** Hands over the bytes after a head that tells of a body; undefined after any other. */
  takeRest(): Uint8Array | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    this.#rest = undefined;
    this.#filled = 0;
    return rest;
  }

  /** Reads and throws away what the peer sends: until its end, and no more than these bytes. */
  async skip(maxBytes: number): Promise<void> {
    for (let left = maxBytes; left > 0;) {
      const count = await this.#socket.read(this.#small);
      if (count === null) return;
      left -= count;
    }
  }

  /** Forgets what it has read and gives a borrowed buffer back. */
  release(): void {
    this.#filled = 0;
    this.#giveBack();
  }

  #cut(buffer: Uint8Array, end: number): Head | HeadFault {
    const head = readHead(buffer.subarray(0, end));
    const rest = buffer.subarray(end, this.#filled);
    // The rest is never read as a head: the connection ends where there is any.
    this.#filled = rest.length === 2 && startsWithEmptyLine(rest) ? 0 : rest.length;
    this.#rest = hasBody(head) ? rest.slice() : undefined;
    this.#giveBack();
    return head;
  }

  /**
   * Removes one empty line before a request: old clients end a request by one too many.
   *
   * Source: RFC 9112, 2.2
   */
  #skipEmptyLine(): void {
    const bytes = (this.#large ?? this.#small).subarray(0, this.#filled);
    if (!startsWithEmptyLine(bytes)) return;
    bytes.copyWithin(0, 2);
    this.#filled -= 2;
    if (this.#filled === 0) this.#options.onEmpty();
  }

  #giveBack(): void {
    if (this.#large !== undefined) this.#options.buffers.give(this.#large);
    this.#large = undefined;
  }
}

function hasBody(head: Head | HeadFault): boolean {
  return !("status" in head) && head.bodyLength !== undefined;
}

/** What a client of HTTP/2 sends first; it looks like a head of its own. */
const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\n");

function isPreface(bytes: Uint8Array, filled: number): boolean {
  return filled >= PREFACE.length && PREFACE.every((byte, at) => bytes[at] === byte);
}
