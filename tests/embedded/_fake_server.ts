/**
 * A WebSocket server in memory that cuts its bytes anywhere.
 *
 * @module
 */

import type { ByteConnection } from "../../src/embedded/websocket.ts";

/** One direction of a connection. */
class Pipe {
  readonly #chunks: Uint8Array[] = [];
  #wake = Promise.withResolvers<void>();
  isClosed = false;
  /** Whether nothing is taken: writes wait. */
  isBlocked = false;

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
    this.#notify();
  }

  close(): void {
    this.isClosed = true;
    this.#notify();
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk !== undefined) {
        const count = Math.min(chunk.length, into.length);
        into.set(chunk.subarray(0, count));
        if (count === chunk.length) this.#chunks.shift();
        else this.#chunks[0] = chunk.subarray(count);
        return count;
      }
      if (this.isClosed) return null;
      await this.#wake.promise;
    }
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** A frame as the client sent it, unmasked. */
export interface ClientFrame {
  readonly op: number;
  readonly payload: Uint8Array;
}

/** The server's end of a connection. */
export class FakeServer {
  readonly #toClient = new Pipe();
  readonly #toServer = new Pipe();
  #buffer = new Uint8Array(0);
  /** The size of each piece that is sent. */
  readonly #cut: () => number;

  constructor(cut: () => number = () => 1 << 20) {
    this.#cut = cut;
  }

  /** How often the client wrote. */
  writes = 0;
  /** What the client's writes wait for after they were taken. Default: nothing. */
  hold: Promise<void> | undefined;
  /** Whether the client's writes wait for ever. */
  isBlocked = false;

  /** The client's end. */
  readonly connection: ByteConnection = {
    read: (into) => this.#toClient.read(into),
    write: async (bytes) => {
      this.writes++;
      if (this.isBlocked) return await new Promise(() => {});
      if (this.#toServer.isClosed) throw new Error("broken pipe");
      this.#toServer.push(bytes);
      if (this.hold !== undefined) await this.hold;
      return bytes.length;
    },
    close: () => {
      this.#toServer.close();
      this.#toClient.close();
    },
  };

  /** Sends bytes, cut anywhere. */
  send(...parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      for (let at = 0; at < part.length;) {
        const end = Math.min(part.length, at + this.#cut());
        this.#toClient.push(part.subarray(at, end));
        at = end;
      }
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#toClient.close();
  }

  /**
   * Answers the handshake.
   *
   * @param answer The whole answer. Default: what a server answers that speaks DERP.
   */
  async accept(answer?: string): Promise<string> {
    let head = "";
    for (let size = 1; !head.includes("\r\n\r\n"); size++) {
      await this.#fill(size);
      head = new TextDecoder().decode(this.#buffer);
    }
    this.#buffer = this.#buffer.slice(head.indexOf("\r\n\r\n") + 4);
    const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1];
    const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", text)).toBase64();
    const usual = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
      `Sec-WebSocket-Accept: ${digest}\r\nSec-WebSocket-Protocol: derp\r\n\r\n`;
    this.send(new TextEncoder().encode(answer ?? usual));
    return head;
  }

  /** The next frame of the client. */
  async receive(): Promise<ClientFrame> {
    await this.#fill(2);
    const [first = 0, second = 0] = this.#buffer;
    if ((second & 128) === 0) throw new Error("The frame is not masked");
    let length = second & 127;
    const headSize = length < 126 ? 2 : length === 126 ? 4 : 10;
    await this.#fill(headSize);
    const view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset);
    if (headSize === 4) length = view.getUint16(2);
    if (headSize === 10) length = Number(view.getBigUint64(2));
    await this.#fill(headSize + 4 + length);
    const mask = this.#buffer.slice(headSize, headSize + 4);
    const payload = this.#buffer.slice(headSize + 4, headSize + 4 + length)
      .map((byte, at) => byte ^ (mask[at & 3] ?? 0));
    this.#buffer = this.#buffer.slice(headSize + 4 + length);
    return { op: first & 15, payload };
  }

  async #fill(size: number): Promise<void> {
    const chunk = new Uint8Array(1 << 16);
    while (this.#buffer.length < size) {
      const count = await this.#toServer.read(chunk);
      if (count === null) throw new Error("The client is gone");
      const longer = new Uint8Array(this.#buffer.length + count);
      longer.set(this.#buffer);
      longer.set(chunk.subarray(0, count), this.#buffer.length);
      this.#buffer = longer;
    }
  }
}

/** A frame as a server sends it. */
export function frameOf(op: number, payload: Uint8Array, isLast = true): Uint8Array {
  const { length } = payload;
  const headSize = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(headSize + length);
  const view = new DataView(frame.buffer);
  frame[0] = (isLast ? 128 : 0) | op;
  frame[1] = headSize === 2 ? length : headSize === 4 ? 126 : 127;
  if (headSize === 4) view.setUint16(2, length);
  if (headSize === 10) view.setBigUint64(2, BigInt(length));
  frame.set(payload, headSize);
  return frame;
}
