/**
 * The straight way to devices' pages: one GET on a TCP connection, kept open from cycle to cycle
 * for as many devices as the bound allows. HTTP/1.1 is written out here because a page of 4 KB is
 * so small that `fetch` costs five times what the rest of the cycle does: see
 * tests/bench/transport_bench.ts. Through a proxy `fetch` is used all the same.
 *
 * @module
 */

import type { Deadline } from "./_deadline.ts";
import { Exchange, type PageConnection } from "./_exchange.ts";
import { HeadReader } from "./_response_head.ts";
import { INBOX_BYTES } from "./_inbox.ts";
import type { PageRequest } from "./_page_request.ts";
import { ReadBudget } from "./_read_budget.ts";
import { MAX_KEPT } from "./client_pool.ts";

export type { PageConnection };

/** What {@linkcode DirectClient} goes by. */
export interface DirectClientOptions {
  /** Opens a connection: `Deno.connect`. */
  readonly connect: (
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
  ) => Promise<PageConnection>;
  /** Number of devices for which a connection is kept. Default: {@linkcode MAX_KEPT}. */
  readonly maxKept?: number;
  /** Shares the event loop among all requests. Default: a budget of its own. */
  readonly budget?: ReadBudget;
}

/** A device's right to a kept connection. */
interface Place {
  /** Where the connection leads to. */
  authority: string;
  /** The connection while it is idle. */
  idle: PageConnection | undefined;
}

/** Maximum number of spare buffers, and maximum bytes of each. */
const MAX_SPARE = 100, MAX_SPARE_BYTES = 65_536;

/** Asks devices for their pages, and keeps connections. */
export class DirectClient {
  readonly #connect: DirectClientOptions["connect"];
  readonly #maxKept: number;
  readonly #places = new Map<string, Place>();
  /** How often places were given up. */
  #forgotten = 0;
  readonly #heads = new HeadReader();
  readonly #budget: ReadBudget;
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /**
   * A client without connections.
   *
   * @param options How they are made, and how many are kept.
   */
  constructor(options: DirectClientOptions) {
    this.#connect = options.connect;
    this.#maxKept = options.maxKept ?? MAX_KEPT;
    this.#budget = options.budget ?? new ReadBudget();
  }

  /**
   * Asks for a page; bound.
   *
   * A kept connection that turns out to be dead is replaced by a new one, once.
   *
   * @throws What the platform throws where there is no connection or it breaks; {@linkcode
   * SyntaxError} if what comes is no answer. Once the deadline is over the connection is closed.
   */
  readonly request: PageRequest = async (url, target, deadline) => {
    const { id } = target.device;
    const { authority, path } = splitUrl(url);
    const forgotten = deadline.forgottenBefore ??= this.#forgotten;
    let idle = this.#takeIdle(id, authority);
    for (;;) {
      const exchange: Exchange = new Exchange({
        connection: idle ?? await this.#open(url, deadline),
        deadline,
        heads: this.#heads,
        budget: this.#budget,
        memory: this.#spare.pop(),
        keep: (connection) => this.#keep(id, authority, connection, forgotten),
      });
      try {
        await exchange.send(authority, path);
        return exchange;
      } catch (error) {
        const isDead = !exchange.hasBegun && !(error instanceof SyntaxError);
        if (idle === undefined || !isDead || deadline.isOver) throw error;
        idle = undefined;
      }
    }
  };

  /**
   * Takes the memory of a page that was read here for another one; what is not given back is
   * garbage. Bound.
   *
   * @param page Must not be used afterwards.
   */
  readonly recycle = (page: Uint8Array): void => {
    const { buffer } = page;
    const isFit = buffer instanceof ArrayBuffer && buffer.byteLength >= INBOX_BYTES &&
      buffer.byteLength <= MAX_SPARE_BYTES;
    if (isFit && this.#spare.length < MAX_SPARE) this.#spare.push(new Uint8Array(buffer));
  };

  /**
   * Ends the connection of a device that is no longer scraped, and gives its place to another. One
   * that is in use ends with its request.
   */
  forget(id: string): void {
    this.#forgotten++;
    this.#places.get(id)?.idle?.close();
    this.#places.delete(id);
  }

  /** Closes all idle connections; those in use end with their requests. */
  close(): void {
    this.#forgotten++;
    for (const id of [...this.#places.keys()]) this.forget(id);
  }

  #takeIdle(id: string, authority: string): PageConnection | undefined {
    const place = this.#places.get(id);
    const idle = place?.idle;
    if (place === undefined || idle === undefined) return undefined;
    place.idle = undefined;
    if (place.authority === authority) return idle;
    idle.close();
    return undefined;
  }

  /**
   * Keeps a connection for the next cycle if the device has or gets a place, else ends it. No
   * place is given where one was given up since: it may have been this device that left.
   */
  #keep(id: string, authority: string, connection: PageConnection, forgotten: number): void {
    const place = this.#places.get(id);
    if (place !== undefined) {
      place.idle?.close();
      place.idle = connection;
      place.authority = authority;
    } else if (forgotten === this.#forgotten && this.#places.size < this.#maxKept) {
      this.#places.set(id, { authority, idle: connection });
    } else {
      connection.close();
    }
  }

  #open(url: string, { signal }: Deadline): Promise<PageConnection> {
    const { hostname, port } = new URL(url);
    return this.#connect({
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port || "80"),
      signal,
    });
  }
}

/** The address of a page is written as the platform would; a fragment is dropped. */
function splitUrl(url: string): { readonly authority: string; readonly path: string } {
  const host = url.indexOf("://") + 3;
  const path = url.indexOf("/", host);
  const end = url.indexOf("#", path);
  return { authority: url.slice(host, path), path: url.slice(path, end === -1 ? undefined : end) };
}
