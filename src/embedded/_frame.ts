/**
 * WebSocket frames (RFC 6455): the client's side, without extensions.
 *
 * @module
 */

/** One frame. */
export interface Frame {
  /** Its type. */
  readonly op: number;
  /** Whether it is the last of its message. */
  readonly isLast: boolean;
  /** Its content: a view of the buffer, until the next read. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Maximum length of a frame and of a message. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const MAX_HEAD_BYTES = 16 * 1024;
const CONTROL = 8;
const LATIN_1 = new TextDecoder("latin1");

/** Gives bytes. */
export interface ByteSource {
  /** Reads some bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** Splits what a server sends into an HTTP head and frames; throws at the first violation. */
export class FrameReader {
  readonly #source: ByteSource;
  #buffer = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;

  /** Reads nothing yet. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * The head of the HTTP response, without the empty line.
   *
   * @throws {RangeError} If it is too long.
   * @throws {Error} If the connection ends before, or breaks.
   */
  async readHead(): Promise<string> {
    for (let size = 4;; size++) {
      await this.#fill(size);
      size = this.#end - this.#start;
      const text = LATIN_1.decode(this.#buffer.subarray(this.#start, this.#end));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#start += end + 4;
        return text.slice(0, end);
      }
      if (size > MAX_HEAD_BYTES) throw new RangeError("The head of the response is too long");
    }
  }

  /**
   * The next frame.
   *
   * @throws As {@linkcode FrameReader.takeFrame} does.
   * @throws {Error} If the connection ends before, or breaks.
   */
  async readFrame(): Promise<Frame> {
    for (;;) {
      const frame = this.takeFrame();
      if (frame !== undefined) return frame;
      await this.#fill(this.#end - this.#start + 1);
    }
  }

  /**
   * The next frame, if all of it has been read already.
   *
   * @throws {SyntaxError} If it violates the protocol.
   * @throws {RangeError} If it is too long.
   */
  takeFrame(): Frame | undefined {
    const available = this.#end - this.#start;
    if (available < 2) return undefined;
    const view = new DataView(this.#buffer.buffer, this.#start);
    const first = view.getUint8(0);
    const second = view.getUint8(1);
    const op = first & 15;
    const isLast = (first & 128) !== 0;
    if ((first & 112) !== 0 || (second & 128) !== 0) {
      throw new SyntaxError("A frame has reserved bits or a mask");
    }
    let length = second & 127;
    if (op >= CONTROL && (length > 125 || !isLast)) {
      throw new SyntaxError("A control frame is too long or fragmented");
    }
    const headSize = length < 126 ? 2 : length === 126 ? 4 : 10;
    if (available < headSize) return undefined;
    if (headSize === 4) length = view.getUint16(2);
    if (headSize === 10) length = Number(view.getBigUint64(2));
    if (length > MAX_MESSAGE_BYTES) throw new RangeError("A frame is too long");
    if (available < headSize + length) return undefined;
    const from = this.#start + headSize;
    this.#start = from + length;
    const payload = this.#buffer.subarray(from, from + length);
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return { op, isLast, payload };
  }

  /** Reads until that many bytes are in the buffer. */
  async #fill(size: number): Promise<void> {
    while (this.#end - this.#start < size) {
      if (this.#start + size > this.#buffer.length) this.#makeRoom(size);
      const count = await this.#source.read(this.#buffer.subarray(this.#end));
      if (count === null) throw new Error("The connection was closed");
      this.#end += count;
    }
  }

  #makeRoom(size: number): void {
    const old = this.#buffer;
    if (size > old.length) this.#buffer = new Uint8Array(Math.max(size, 2 * old.length));
    this.#buffer.set(old.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** One whole, masked frame. */
export function encodeFrame(op: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const headSize = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(headSize + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = 128 | op;
  frame[1] = 128 | (headSize === 2 ? length : headSize === 4 ? 126 : 127);
  if (headSize === 4) view.setUint16(2, length);
  if (headSize === 10) view.setBigUint64(2, BigInt(length));
  const mask = crypto.getRandomValues(frame.subarray(headSize, headSize + 4));
  for (let at = 0; at < length; at++) {
    frame[headSize + 4 + at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  }
  return frame;
}

/** Joins pieces of known total size. */
export function joinBytes(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
