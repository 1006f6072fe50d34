/**
 * A connection whose client is the test: it sends texts, and takes what it wants to take.
 *
 * @module
 */

import type { Socket } from "../../../src/http/server/_socket.ts";
import { settle } from "../../_support/fake_clock.ts";

/** The server's side of a connection, and the client's as the rest of its members. */
export class FakeSocket implements Socket {
  /** Whether the server has ended it. */
  isClosed = false;
  /** Whether the server has ended its own half. */
  isHalfClosed = false;
  /** Bytes that the client still takes. */
  room = Infinity;
  #sent: Uint8Array = new Uint8Array();
  #isOver = false;
  #received = "";
  #wake = Promise.withResolvers<void>();

  /** All that the client has received. */
  get received(): string {
    return this.#received;
  }

  /** The client sends a text, a byte for each character. */
  async send(text: string): Promise<void> {
    this.#sent = new Uint8Array([
      ...this.#sent,
      ...Uint8Array.from(text, (character) => character.charCodeAt(0)),
    ]);
    this.#stir();
    await settle();
  }

  /** The client sends nothing any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#stir();
    await settle();
  }

  /** The client takes a number of further bytes. */
  async take(bytes: number): Promise<void> {
    this.room = bytes;
    this.#stir();
    await settle();
  }

  async read(into: Uint8Array): Promise<number | null> {
    await this.#until(() => this.#sent.length > 0 || this.#isOver);
    const count = Math.min(into.length, this.#sent.length);
    if (count === 0) return null;
    into.set(this.#sent.subarray(0, count));
    this.#sent = this.#sent.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#until(() => this.room > 0);
    const count = Math.min(bytes.length, this.room);
    this.room -= count;
    for (const byte of bytes.subarray(0, count)) this.#received += String.fromCharCode(byte);
    return count;
  }

  closeWrite(): Promise<void> {
    this.isHalfClosed = true;
    return Promise.resolve();
  }

  close(): void {
    if (this.isClosed) throw new Error("closed twice");
    this.isClosed = true;
    this.#stir();
  }

  async #until(isReady: () => boolean): Promise<void> {
    while (!this.isClosed && !isReady()) await this.#wake.promise;
    if (this.isClosed) throw new Error("operation canceled");
  }

  #stir(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
