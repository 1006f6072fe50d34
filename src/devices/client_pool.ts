/**
 * The connections to devices: kept open from cycle to cycle for as many devices as the bound
 * allows, closed after each page for the others. A kept connection costs about 22 KB on our side
 * and a file descriptor on both.
 *
 * `fetch` reads HTTP_PROXY and its like when a client is made, even for a client with options of
 * its own. Device pages must not go that way, so the program takes those variables out of its
 * environment after the API's client exists and before it comes here.
 *
 * @module
 */

import type { Secret } from "../secret/secret.ts";
import type { Target } from "./target.ts";

/** Default number of devices for which a connection is kept. */
export const MAX_KEPT = 1000;

/** The proxy that device pages are fetched through. */
export interface PageProxy {
  /** "socks5h://127.0.0.1:1055" or "http://127.0.0.1:3128", without user info. */
  readonly url: string;
  /** User name, where the proxy wants one. */
  readonly username?: string;
  /** Its password. */
  readonly password?: Secret;
}

/** What {@linkcode ClientPool} goes by. */
export interface ClientPoolOptions {
  /** The proxy; none goes straight to the devices. */
  readonly proxy?: PageProxy | undefined;
  /** Number of devices for which a connection is kept. Default: {@linkcode MAX_KEPT}. */
  readonly maxKept?: number;
  /** After how many idle milliseconds a kept connection is closed; longer than a cycle. */
  readonly idleTimeoutMs: number;
  /** Makes an HTTP client: `Deno.createHttpClient`. */
  readonly createHttpClient: (options: Deno.CreateHttpClientOptions) => Deno.HttpClient;
}

/** Two HTTP clients, and which device uses which. */
export class ClientPool {
  readonly #kept: Deno.HttpClient;
  readonly #single: Deno.HttpClient;
  readonly #maxKept: number;
  readonly #keptIds = new Set<string>();

  /**
   * Makes both clients; no connection yet.
   *
   * @param options The proxy and the bounds.
   */
  constructor(options: ClientPoolOptions) {
    const create = options.createHttpClient;
    const base: Deno.CreateHttpClientOptions = {
      http2: false,
      ...(options.proxy === undefined ? {} : { proxy: proxyOption(options.proxy) }),
    };
    this.#maxKept = options.maxKept ?? MAX_KEPT;
    this.#kept = create({
      ...base,
      poolMaxIdlePerHost: 1,
      poolIdleTimeout: options.idleTimeoutMs,
    });
    this.#single = create({ ...base, poolMaxIdlePerHost: 0 });
  }

  /** The client for a device; bound. A device that got a kept connection keeps the right to it. */
  readonly clientFor: (target: Target) => Deno.HttpClient = (target) => {
    const { id } = target.device;
    if (this.#keptIds.has(id)) return this.#kept;
    if (this.#keptIds.size >= this.#maxKept) return this.#single;
    this.#keptIds.add(id);
    return this.#kept;
  };

  /** Gives the place of a device that is no longer scraped to another one. */
  forget(id: string): void {
    this.#keptIds.delete(id);
  }

  /** Closes all connections. */
  close(): void {
    this.#kept.close();
    this.#single.close();
  }
}

function proxyOption(proxy: PageProxy): Deno.Proxy {
  const isSocks = /^socks5h?:/i.test(proxy.url);
  return {
    url: proxy.url,
    ...(isSocks ? { transport: "socks5" } : {}),
    ...(proxy.username === undefined ? {} : {
      basicAuth: { username: proxy.username, password: proxy.password?.reveal() ?? "" },
    }),
  };
}
