/**
 * The way to devices' pages: straight, or through the proxy where there is one.
 *
 * @module
 */

import type { PageRequest } from "./_page_request.ts";
import { ClientPool, type ClientPoolOptions } from "./client_pool.ts";
import { DirectClient, type DirectClientOptions } from "./direct.ts";
import type { ScraperOptions } from "./scrape.ts";

/** The way to devices' pages. */
export interface ScrapeTransport {
  /** What a scraper has to be told of it. */
  readonly scraping: Pick<ScraperOptions, "client" | "isProxied"> & {
    readonly request?: PageRequest;
  };
  /** Takes back the memory of a page that is not used any more; undefined if it cannot. */
  readonly recycle?: (page: Uint8Array) => void;
  /** Gives the place of a device that is no longer scraped to another one. */
  forget(id: string): void;
  /** Closes all connections. */
  close(): void;
}

/** Opens the way; no connection yet. */
export function openScrapeTransport(
  options: ClientPoolOptions & Pick<DirectClientOptions, "connect">,
): ScrapeTransport {
  if (options.proxy === undefined) {
    const direct = new DirectClient(options);
    return {
      scraping: { request: direct.request },
      recycle: direct.recycle,
      forget: (id) => direct.forget(id),
      close: () => direct.close(),
    };
  }
  const connections = new ClientPool(options);
  return {
    scraping: { client: connections.clientFor, isProxied: true },
    forget: (id) => connections.forget(id),
    close: () => connections.close(),
  };
}
