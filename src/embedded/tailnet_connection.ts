/**
 * A TCP connection over the tailnet, with the methods of a `Deno.TcpConn` that scraper and server
 * use. Each side sends no more than the other has room for, so that a slow reader slows the sender
 * down as with TCP.
 *
 * @module
 */

import { joinBytes } from "./_frame.ts";
import type { Peer } from "../own_node/peer.ts";
import type { ConnInfo } from "./_protocol.ts";
import {
  decodeRoom,
  encodeRoom,
  STREAM,
  STREAM_WINDOW,
  type StreamFrame,
  type StreamKind,
} from "./_stream_frame.ts";

/** Hears the frames of one stream. */
export interface StreamReceiver {
  /** Hears a frame. */
  receive(frame: StreamFrame): void;
  /** The stream is gone with everything else. */
  fail(error: Error): void;
}

/** The part of a link that carries streams. */
export interface StreamLink {
  /** From now on the stream's frames go to the receiver. */
  attach(id: number, receiver: StreamReceiver): void;
  /** No more of them do. */
  detach(id: number): void;
  /** Sends a frame, together with those that follow before other work is done. */
  send(kind: StreamKind, id: number, payload?: Uint8Array): void;
}

/** Small pieces are joined up to this size, so that single bytes take no memory for each. */
const MAX_JOINED_BYTES = 4 * 1024;

/** A connection of the embedded node. */
export class TailnetConnection implements StreamReceiver {
  /** Address and port of the other end. */
  readonly remoteAddr: { readonly hostname: string; readonly port: number };
  /** Who connected; undefined if the tailnet does not know, or we did. */
  readonly peer: Peer | undefined;
  readonly #link: StreamLink;
  readonly #id: number;
  /** Received and not yet read. */
  #received: Uint8Array[] = [];
  /** Read since the Go program was told. */
  #readBytes = 0;
  #hasEnded = false;
  /** Bytes that the Go program takes. */
  #room = STREAM_WINDOW;
  #error: Error | undefined;
  #isClosed = false;
  /** Ends the waits for the next frame. */
  #change: PromiseWithResolvers<void> | undefined;

  /** Takes over the stream of that number, which sends nothing before. */
  constructor(link: StreamLink, { id, peer, remote }: ConnInfo) {
    this.#link = link;
    this.#id = id;
    this.peer = peer ?? undefined;
    this.remoteAddr = parseAddress(remote);
    link.attach(id, this);
    link.send(STREAM.room, id, encodeRoom(STREAM_WINDOW));
  }

  /**
   * Reads some bytes; null at the end.
   *
   * @throws {Error} If the connection is broken or closed.
   */
  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) return 0;
    for (;;) {
      const [bytes] = this.#received;
      if (bytes !== undefined) return this.#take(bytes, into);
      if (this.#error !== undefined) throw this.#error;
      if (this.#hasEnded) return null;
      await this.#untilChange();
    }
  }

  /**
   * Writes some of the bytes; tells how many. Waits while the Go program has no room for them, and
   * not until it has sent them: that a connection broke is told by the next read or write.
   *
   * @throws {Error} If the connection is broken or closed.
   */
  async write(bytes: Uint8Array): Promise<number> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const count = Math.min(bytes.length, this.#room);
      if (count > 0 || bytes.length === 0) {
        this.#room -= count;
        if (count > 0) this.#link.send(STREAM.data, this.#id, bytes.slice(0, count));
        return count;
      }
      await this.#untilChange();
    }
  }

  /** Closes the sending half. */
  closeWrite(): Promise<void> {
    if (this.#error === undefined) this.#link.send(STREAM.end, this.#id);
    return Promise.resolve();
  }

  /**
   * Closes both halves; pending reads and writes reject. What was written is still sent, for at
   * most 10 s.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link.send(STREAM.close, this.#id);
    this.#link.detach(this.#id);
    this.#received = [];
    this.fail(new Error("The connection is closed"));
  }

  /** Does nothing: the node sends at once. */
  setNoDelay(): void {}

  /** Takes a frame of the Go program. */
  receive({ kind, payload }: StreamFrame): void {
    if (kind === STREAM.data) this.#keep(payload);
    else if (kind === STREAM.end) this.#hasEnded = true;
    else if (kind === STREAM.room) this.#room += decodeRoom(payload);
    else return this.fail(new Error(new TextDecoder().decode(payload)));
    this.#notify();
  }

  /** Breaks the connection; what was received can still be read. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#notify();
  }

  /** The payload is a view of all frames of a turn, which must not stay for a small one. */
  #keep(payload: Uint8Array): void {
    const last = this.#received.at(-1);
    const size = payload.length + (last?.length ?? 0);
    if (last !== undefined && size <= MAX_JOINED_BYTES) {
      this.#received[this.#received.length - 1] = joinBytes([last, payload], size);
    } else {
      const isSmall = payload.length < MAX_JOINED_BYTES / 2;
      this.#received.push(isSmall ? payload.slice() : payload);
    }
  }

  #take(bytes: Uint8Array, into: Uint8Array): number {
    const count = Math.min(bytes.length, into.length);
    into.set(bytes.subarray(0, count));
    if (count < bytes.length) this.#received[0] = bytes.subarray(count);
    else this.#received.shift();
    this.#readBytes += count;
    if (this.#readBytes >= STREAM_WINDOW / 2 && this.#error === undefined) {
      this.#link.send(STREAM.room, this.#id, encodeRoom(this.#readBytes));
      this.#readBytes = 0;
    }
    return count;
  }

  #untilChange(): Promise<void> {
    this.#change ??= Promise.withResolvers();
    return this.#change.promise;
  }

  #notify(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}

/** `100.64.0.1:5252` or `[fd7a::1]:5252`. */
function parseAddress(text: string): { readonly hostname: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  const hostname = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { hostname, port: Number(text.slice(colon + 1)) };
}
