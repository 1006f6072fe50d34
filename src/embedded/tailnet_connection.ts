/**
 * A TCP connection over the tailnet, with the methods of a `Deno.TcpConn` that scraper and server
 * use. Bytes are read when asked for, so that a slow reader slows the sender down as with TCP.
 *
 * @module
 */

import type { ConnInfo, Peer } from "./_protocol.ts";
import type { Link } from "./link.ts";

/** Maximum number of bytes of one read; the Go program has the same bound. */
const MAX_READ = 64 * 1024;

/** Maximum number of bytes of one write: a longer one would be copied as a whole. */
const MAX_WRITE = 256 * 1024;

/** A connection of the embedded node. */
export class TailnetConnection {
  /** Address and port of the other end. */
  readonly remoteAddr: { readonly hostname: string; readonly port: number };
  /** Who connected; undefined if the tailnet does not know, or we did. */
  readonly peer: Peer | undefined;
  readonly #link: Pick<Link, "call">;
  readonly #id: number;
  /** Received and not yet read. */
  #rest: Uint8Array | undefined;
  #isClosed = false;

  /** Takes over the connection of that number. */
  constructor(link: Pick<Link, "call">, { id, peer, remote }: ConnInfo) {
    this.#link = link;
    this.#id = id;
    this.peer = peer ?? undefined;
    this.remoteAddr = parseAddress(remote);
  }

  /** Reads some bytes; null at the end. */
  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) return 0;
    const bytes = this.#rest ?? await this.#receive(into.length);
    if (bytes === null) return null;
    const count = Math.min(bytes.length, into.length);
    into.set(bytes.subarray(0, count));
    this.#rest = count < bytes.length ? bytes.subarray(count) : undefined;
    return count;
  }

  /** Writes some of the bytes; tells how many. Resolves when the node's send buffer took them. */
  async write(bytes: Uint8Array): Promise<number> {
    // A copy: the caller's buffer must not be moved to the Worker.
    const part = bytes.slice(0, MAX_WRITE);
    // Moved to the Worker, the copy has no length any more.
    const { length } = part;
    await this.#link.call("write", 0, this.#id, part);
    return length;
  }

  /** Closes the sending half. */
  async closeWrite(): Promise<void> {
    await this.#link.call("closeWrite", 0, this.#id);
  }

  /** Closes both halves; pending reads and writes reject. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link.call("close", 0, this.#id).catch(() => {});
  }

  /** Does nothing: the node sends at once. */
  setNoDelay(): void {}

  async #receive(max: number): Promise<Uint8Array | null> {
    const result = await this.#link.call("read", 0, this.#id, Math.min(max, MAX_READ));
    return result instanceof Uint8Array ? result : null;
  }
}

/** `100.64.0.1:5252` or `[fd7a::1]:5252`. */
function parseAddress(text: string): { readonly hostname: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  const hostname = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { hostname, port: Number(text.slice(colon + 1)) };
}
