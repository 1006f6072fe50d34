/**
 * Frames of connections between the main thread and the Go program: kind, number of the stream and
 * length of the payload, little-endian, and the payload. The Go program has the other side, in
 * `tools/tsnet/stream`. Frames that follow each other at once cross together, because a message
 * costs more than the bytes of a page.
 *
 * @module
 */

import { joinBytes } from "./_frame.ts";

/** The kinds of frames. */
export const STREAM = {
  /** Bytes of the connection. */
  data: 0,
  /** The sender has no more bytes. */
  end: 1,
  /** How many more bytes the receiver of this frame may send: a 32-bit integer. */
  room: 2,
  /** To Go: close the connection; from it: it is broken, with the reason. */
  close: 3,
} as const;

/** A kind of frame. */
export type StreamKind = typeof STREAM[keyof typeof STREAM];

/** What each side may send before the other has told that it took some of it, in bytes. */
export const STREAM_WINDOW = 64 * 1024;

/** One frame. */
export interface StreamFrame {
  /** Its kind. */
  readonly kind: number;
  /** Number of the stream. */
  readonly id: number;
  /** A view of the frames' bytes. */
  readonly payload: Uint8Array;
}

const HEAD_BYTES = 9;

/** Collects frames until they are sent. */
export class StreamFrames {
  #parts: Uint8Array[] = [];
  #size = 0;

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Adds a frame; the payload must not change afterwards. */
  add(kind: StreamKind, id: number, payload: Uint8Array = new Uint8Array()): void {
    const head = new Uint8Array(HEAD_BYTES);
    const view = new DataView(head.buffer);
    view.setUint8(0, kind);
    view.setUint32(1, id, true);
    view.setUint32(5, payload.length, true);
    this.#parts.push(head, payload);
    this.#size += HEAD_BYTES + payload.length;
  }

  /** The frames so far, which are forgotten. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = joinBytes(this.#parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }
}

/**
 * Splits what the Go program sends at once.
 *
 * @throws {RangeError} If a head is cut off.
 */
export function* splitFrames(bytes: Uint8Array): Generator<StreamFrame> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const start = at + HEAD_BYTES;
    const end = start + view.getUint32(at + 5, true);
    yield {
      kind: view.getUint8(at),
      id: view.getUint32(at + 1, true),
      payload: bytes.subarray(start, end),
    };
    at = end;
  }
}

/** A payload of {@linkcode STREAM.room}. */
export function encodeRoom(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, count, true);
  return bytes;
}

/** Reads a payload of {@linkcode STREAM.room}. */
export function decodeRoom(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
}
