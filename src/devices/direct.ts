/**
 * The straight way to devices' pages: one GET on a TCP connection, kept open from cycle to cycle
 * for as many devices as the bound allows. HTTP/1.1 is written out here because a page of 4 KB is
 * so small that `fetch` costs five times what the rest of the cycle does: see
 * tests/bench/transport_bench.ts. Through a proxy `fetch` is used all the same.
 *
 * @module
 */

import type { Head } from "./_head.ts";
import { type ByteSource, Inbox } from "./_inbox.ts";
import { MAX_KEPT } from "./connection.ts";
import type { PageAnswer, PageRequest } from "./_page_request.ts";
import type { Target } from "./target.ts";

/** A connection; a `Deno.TcpConn` is one. */
export interface PageConnection extends ByteSource {
  /** Sends a part of the bytes; how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends it; what is being read or written rejects. */
  close(): void;
}

/** What {@linkcode DirectClient} goes by. */
export interface DirectClientOptions {
  /** Opens a connection: `Deno.connect`. */
  readonly connect: (
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
  ) => Promise<PageConnection>;
  /** For how many devices a connection is kept; {@linkcode MAX_KEPT} unless told. */
  readonly maxKept?: number;
}

/** An open connection, and whom it leads to. */
interface Line {
  readonly authority: string;
  readonly connection: PageConnection;
}

/** More inboxes than this are not kept for later. */
const MAX_SPARE = 100;

const encoder = new TextEncoder();

/** Asks devices for their pages, and keeps connections. */
export class DirectClient {
  readonly #connect: DirectClientOptions["connect"];
  readonly #maxKept: number;
  /** Devices with a right to a kept connection, and the connection while nobody uses it. */
  readonly #kept = new Map<string, Line | undefined>();
  readonly #spare: Inbox[] = [];

  /**
   * A client without connections.
   *
   * @param options How they are made, and how many are kept.
   */
  constructor(options: DirectClientOptions) {
    this.#connect = options.connect;
    this.#maxKept = options.maxKept ?? MAX_KEPT;
  }

  /**
   * Asks for a page; bound.
   *
   * A kept connection that turns out to be dead is replaced by a new one, once.
   *
   * @throws What the platform throws where there is no connection or it breaks; {@linkcode
   * SyntaxError} if what comes is no answer. After an abort the connection is closed.
   */
  readonly request: PageRequest = async (url, target, signal) => {
    const { host, hostname, port, pathname, search } = new URL(url);
    const { id } = target.device;
    const bytes = encoder.encode(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/plain;version=0.0.4\r\n` +
        "User-Agent: tsmetrics\r\n\r\n",
    );
    const known = this.#takeLine(id, host);
    if (known !== undefined) {
      const answer = await this.#ask(known, target, bytes, signal, true);
      if (answer !== undefined) return answer;
    }
    const connection = await this.#connect({
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port || "80"),
      signal,
    });
    const answer = await this.#ask({ authority: host, connection }, target, bytes, signal, false);
    return answer as PageAnswer;
  };

  /** Ends the connection of a device that is no longer scraped, and gives its place to another. */
  forget(id: string): void {
    this.#kept.get(id)?.connection.close();
    this.#kept.delete(id);
  }

  /** How many connections are open and idle. */
  get idleCount(): number {
    let count = 0;
    for (const line of this.#kept.values()) if (line !== undefined) count++;
    return count;
  }

  /** Closes all idle connections. */
  close(): void {
    for (const id of [...this.#kept.keys()]) this.forget(id);
  }

  #takeLine(id: string, authority: string): Line | undefined {
    const line = this.#kept.get(id);
    if (line === undefined) return undefined;
    this.#kept.set(id, undefined);
    if (line.authority === authority) return line;
    line.connection.close();
    return undefined;
  }

  /** The answer; undefined if the connection is a kept one and was dead already. */
  async #ask(
    line: Line,
    target: Target,
    bytes: Uint8Array,
    signal: AbortSignal,
    mayBeDead: boolean,
  ): Promise<PageAnswer | undefined> {
    const { connection } = line;
    const inbox = this.#spare.pop() ?? new Inbox();
    inbox.clear();
    let isOpen = true;
    const end = (keeps: boolean) => {
      if (!isOpen) return;
      isOpen = false;
      signal.removeEventListener("abort", drop);
      if (!keeps || !this.#keep(target.device.id, line)) connection.close();
    };
    const drop = () => end(false);
    let head: Head;
    try {
      signal.throwIfAborted();
      signal.addEventListener("abort", drop);
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
      head = await inbox.readHead(connection);
      checkCoding(head);
    } catch (error) {
      drop();
      if (mayBeDead && inbox.isEmpty && !signal.aborted && !(error instanceof SyntaxError)) {
        return undefined;
      }
      throw error;
    }
    const { status, headers, bodyEnd, keepsAlive } = head;
    return {
      status,
      header: (name) => headers.get(name) ?? null,
      read: async (maxBytes) => {
        const page = await inbox.readBody(connection, bodyEnd, maxBytes);
        end(keepsAlive && inbox.isEmpty);
        if (this.#spare.length < MAX_SPARE) this.#spare.push(inbox);
        return page;
      },
      cancel: () => Promise.resolve(drop()),
    };
  }

  /** Keeps a connection for the next cycle, if the device has or gets a place. */
  #keep(id: string, line: Line): boolean {
    if (!this.#kept.has(id) && this.#kept.size >= this.#maxKept) return false;
    this.#kept.get(id)?.connection.close();
    this.#kept.set(id, line);
    return true;
  }
}

/** A page is never asked for in a coding: what comes in one cannot be read, and may swell. */
function checkCoding({ headers }: Head): void {
  const coding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (coding !== "identity") throw new SyntaxError("The answer is compressed, unasked");
}
