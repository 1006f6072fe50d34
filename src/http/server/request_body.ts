/**
 * The body of a request, read piece by piece where a route asks for it. Only the framing and its
 * bounds: what two programs could read in two ways is refused, and a client that sends too slowly
 * is given up. What the bytes say is the route's matter.
 *
 * @module
 */

import type { Socket } from "./_socket.ts";

/** Options for {@linkcode RequestBody}. */
export interface RequestBodyOptions {
  /** The connection. */
  readonly socket: Pick<Socket, "read" | "write">;
  /** How the end of the body is found: by its number of bytes, or chunk by chunk. */
  readonly length: number | "chunked";
  /** The bytes that came with the head. */
  readonly first: Uint8Array;
  /** Whether the client is to be told that it may send the body. */
  readonly expectsContinue: boolean;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Called before the client is waited for, and when it has sent something. */
  readonly onWait: (isWaiting: boolean) => void;
  /** Maximum number of bytes, framing included. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Why a body cannot be read to its end. */
export class BodyFault extends Error {
  /** The status to answer with. */
  readonly status: 400 | 408 | 413;

  /**
   * A fault with a status.
   *
   * @param message Completes "cannot read the body: ".
   */
  constructor(status: BodyFault["status"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

const MAX_BYTES = 256 * 1024 * 1024;

/** Bytes that are read at once. */
const READ_BYTES = 64 * 1024;

/** The client is waited for this long, in milliseconds, and one more for each byte: 1 kB/s. */
const GRACE_MS = 10_000;

/** The client is waited for no longer than this in all, in milliseconds. */
const MAX_WAIT_MS = 600_000;

/** A line with the size of a chunk: eight digits and a line end. */
const MAX_SIZE_LINE = 10;

const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");
const CR = 13, LF = 10;

/** What comes next. */
type Expected =
  /** Bytes of the body; without chunks nothing else. */
  | "data"
  /** A line with the size of a chunk. */
  | "size"
  /** The line end after a chunk. */
  | "chunk end"
  /** The empty line after the last chunk. */
  | "end"
  /** Nothing: the body was read. */
  | "nothing";

/**
 * A body, read once. Extensions of chunks and trailers are refused: no client of ours sends any,
 * and programs have read them differently.
 *
 * Source: RFC 9112, 6 and 7; RFC 9110, 10.1.1
 */
export class RequestBody {
  readonly #options: RequestBodyOptions;
  readonly #maxBytes: number;
  #buffer: Uint8Array;
  #from = 0;
  #to: number;
  #received: number;
  #waitedMs = 0;
  #expected: Expected;
  /** Bytes that are left of the chunk, or of the body. */
  #left: number;

  /** Nothing is read before {@linkcode RequestBody.read}. */
  constructor(options: RequestBodyOptions) {
    const { first, length, maxBytes = MAX_BYTES } = options;
    this.#options = options;
    this.#maxBytes = maxBytes;
    this.#buffer = first;
    this.#to = this.#received = first.length;
    this.#left = length === "chunked" ? 0 : length;
    this.#expected = length === "chunked" ? "size" : length > 0 ? "data" : "nothing";
  }

  /** Whether the body was read, and the client has sent nothing beyond it. */
  get isFinished(): boolean {
    return this.#expected === "nothing" && this.#from === this.#to;
  }

  /**
   * The next bytes, which the next call overwrites; undefined at the end.
   *
   * @throws {BodyFault} If the body is malformed, too large or too slow, or the connection is lost.
   */
  async read(): Promise<Uint8Array | undefined> {
    const { length } = this.#options;
    if (length !== "chunked" && length > this.#maxBytes) throw this.#tooLarge();
    while (this.#expected !== "nothing") {
      if (this.#expected !== "data") {
        if (!this.#readFraming()) await this.#fill();
      } else if (this.#from < this.#to) {
        return this.#takeData();
      } else await this.#fill();
    }
    return undefined;
  }

  #takeData(): Uint8Array {
    const end = Math.min(this.#to, this.#from + this.#left);
    const data = this.#buffer.subarray(this.#from, end);
    this.#left -= data.length;
    this.#from = end;
    if (this.#left === 0) {
      this.#expected = this.#options.length === "chunked" ? "chunk end" : "nothing";
    }
    return data;
  }

  /** Reads what stands between chunks; whether it was there as a whole. */
  #readFraming(): boolean {
    const bytes = this.#buffer.subarray(this.#from, this.#to);
    if (this.#expected !== "size") {
      if ((bytes[0] ?? CR) !== CR || (bytes[1] ?? LF) !== LF) {
        const what = this.#expected === "end" ? "trailers are not taken" : "a chunk does not end";
        throw new BodyFault(400, what);
      }
      if (bytes.length < 2) return false;
      this.#from += 2;
      this.#expected = this.#expected === "end" ? "nothing" : "size";
      return true;
    }
    const end = bytes.subarray(0, MAX_SIZE_LINE).indexOf(LF);
    const line = String.fromCharCode(...bytes.subarray(0, end < 0 ? MAX_SIZE_LINE : end + 1));
    if (!(end < 0 ? /^[\da-f]{0,8}\r?$/i : /^[\da-f]{1,8}\r\n$/i).test(line)) {
      throw new BodyFault(400, "the size of a chunk is no hexadecimal number");
    }
    if (end < 0) return false;
    this.#left = parseInt(line, 16);
    this.#from += end + 1;
    this.#expected = this.#left === 0 ? "end" : "data";
    return true;
  }

  async #fill(): Promise<void> {
    const { expectsContinue, now, onWait, socket } = this.#options;
    const rest = this.#buffer.subarray(this.#from, this.#to);
    const isFirst = this.#received === 0;
    if (this.#buffer.length < READ_BYTES) this.#buffer = new Uint8Array(READ_BYTES);
    this.#buffer.set(rest);
    this.#from = 0;
    this.#to = rest.length;
    const startMs = now();
    onWait(true);
    let count: number | null;
    try {
      // A client that has begun to send needs no permission.
      if (expectsContinue && isFirst) await writeAll(socket, CONTINUE);
      count = await socket.read(this.#buffer.subarray(this.#to));
    } catch (cause) {
      throw new BodyFault(400, "the connection was lost", { cause });
    } finally {
      onWait(false);
    }
    if (count === null) throw new BodyFault(400, "it ended early");
    this.#to += count;
    this.#received += count;
    if (this.#received > this.#maxBytes && this.#options.length === "chunked") {
      throw this.#tooLarge();
    }
    this.#waitedMs += now() - startMs;
    if (this.#waitedMs > Math.min(GRACE_MS + this.#received, MAX_WAIT_MS)) {
      throw new BodyFault(408, "it is sent at less than 1 kB a second, or for over 10 minutes");
    }
  }

  #tooLarge(): BodyFault {
    return new BodyFault(413, `it has more than ${this.#maxBytes} bytes`);
  }
}

async function writeAll(socket: Pick<Socket, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
}
