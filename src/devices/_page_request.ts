/**
 * How a device is asked for its page: what a scraper hands to the way there, by `fetch` or
 * straight, and what it gets back.
 *
 * @module
 */

import type { Deadline } from "./_deadline.ts";
import type { Target } from "./target.ts";

/** The part of `fetch` that a scraper uses; whatever does the same may stand in for it. */
export type PageFetch = (
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
) => Promise<Response>;

/** What came back for a page, its body not read yet: that is read once, or cancelled. */
export interface PageAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | null;
  /**
   * The body, owned by the caller.
   *
   * @throws {RangeError} If it is longer than `maxBytes`, decompressed.
   */
  read(maxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** Gives the body up, and the connection with it. */
  cancel(): Promise<void>;
}

/** Sends a GET for a device's page and follows nothing; it gives up when the deadline is over. */
export type PageRequest = (
  url: string,
  target: Target,
  deadline: Deadline,
) => Promise<PageAnswer>;
