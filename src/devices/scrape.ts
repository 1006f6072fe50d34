/**
 * One page of one device: one GET, at most one redirect to the same device, under a deadline and a
 * limit of bytes. What the page says is read elsewhere; here only bytes come out.
 *
 * @module
 */

import { ScrapeError } from "../errors.ts";
import { canonicalAddress } from "../cidr.ts";
import { connectError, cutText, proxyStatusError, timeoutError } from "./_failure.ts";
import { readBody } from "./_body.ts";
import type { Target } from "./target.ts";

/** Fetches a device's page. */
export type Scraper = (target: Target, signal?: AbortSignal) => Promise<Uint8Array>;

/** The part of `fetch` that a scraper uses; whatever does the same may stand in for it. */
export type PageFetch = (
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
) => Promise<Response>;

/** What {@linkcode createScraper} goes by. */
export interface ScraperOptions {
  /** Does the request; the platform's `fetch` unless told. */
  readonly fetch?: PageFetch;
  /** The connections to use for a device; undefined uses the platform's own. */
  readonly client?: (target: Target) => Deno.HttpClient | undefined;
  /** Deadline for the whole page, in milliseconds. */
  readonly timeoutMs: number;
  /** Most bytes of a page, decompressed. */
  readonly maxBytes: number;
  /** Whether the client goes through a proxy, so that a failure is told as the proxy's. */
  readonly isProxied?: boolean;
}

const ACCEPT = "text/plain;version=0.0.4";

/**
 * A scraper.
 *
 * @returns A function that gives the bytes of a page, which nobody else holds. It throws
 *   {@linkcode ScrapeError} for any fault of device, page or way, and the signal's reason if that
 *   is aborted.
 */
export function createScraper(options: ScraperOptions): Scraper {
  const { timeoutMs, maxBytes, client, isProxied = false } = options;
  const fetchPage: PageFetch = options.fetch ?? fetch;
  const headers = new Headers({ accept: ACCEPT });

  async function request(url: string, target: Target, signal: AbortSignal): Promise<Response> {
    const own = client?.(target);
    const init: RequestInit = { headers, redirect: "manual", signal };
    return await fetchPage(url, own === undefined ? init : { ...init, client: own });
  }

  async function scrapePage(target: Target, signal: AbortSignal): Promise<Uint8Array> {
    let response = await request(target.url, target, signal);
    try {
      if (isRedirect(response.status)) {
        const location = redirectUrl(response, target);
        await response.body?.cancel();
        response = await request(location, target, signal);
      }
      checkHead(response, target, maxBytes, isProxied);
      return await readBody(response, maxBytes);
    } catch (error) {
      // Without this the connection would stay busy with a body that nobody reads.
      await response.body?.cancel().catch(() => {});
      throw error;
    }
  }

  return async (target, signal) => {
    signal?.throwIfAborted();
    const deadline = new AbortController();
    const stop = () => deadline.abort(signal?.reason);
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    signal?.addEventListener("abort", stop);
    try {
      return await scrapePage(target, deadline.signal);
    } catch (error) {
      if (error instanceof ScrapeError) throw error;
      if (signal?.aborted) throw signal.reason;
      if (deadline.signal.aborted) throw timeoutError(target, timeoutMs, error);
      if (error instanceof RangeError) {
        throw new ScrapeError("limit", `Cannot use ${target.url}: ${error.message}`, {
          cause: error,
        });
      }
      throw connectError(target, error, isProxied);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  };
}

/** Refuses an answer by its head, before a byte of its body is read. */
function checkHead(
  response: Response,
  target: Target,
  maxBytes: number,
  isProxied: boolean,
): void {
  const { status } = response;
  if (isProxied && (status === 502 || status === 504 || status === 407)) {
    throw proxyStatusError(target, status);
  }
  if (isRedirect(status)) {
    throw new ScrapeError("redirect", `Cannot use ${target.url}: it redirects twice`, { status });
  }
  if (status !== 200) {
    throw new ScrapeError("status", `Cannot use ${target.url}: status ${status}, wanted 200`, {
      status,
    });
  }
  const contentType = response.headers.get("content-type");
  if (contentType !== null && !/^\s*text\/plain\s*(?:;|$)/i.test(contentType)) {
    const found = cutText(contentType, 60);
    throw new ScrapeError(
      "content_type",
      `Cannot use ${target.url}: Content-Type is "${found}", wanted "text/plain": ` +
        "another service answers on the port",
    );
  }
  const length = Number(response.headers.get("content-length") ?? "0");
  if (length > maxBytes) throw new RangeError(`wanted at most ${maxBytes} bytes`);
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a redirect leads, if that is the same device at the same port. */
function redirectUrl(response: Response, target: Target): string {
  const location = response.headers.get("location") ?? "";
  const from = new URL(target.url);
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const host = to === undefined ? "" : to.hostname.replace(/^\[(.*)\]$/, "$1");
  const isSameDevice = to !== undefined && to.protocol === "http:" && to.port === from.port &&
    to.username === "" && to.password === "" &&
    target.addresses.includes(canonicalAddress(host) ?? "");
  if (!isSameDevice) {
    throw new ScrapeError(
      "redirect",
      `Cannot use ${target.url}: it redirects to "${cutText(location, 120)}", ` +
        "wanted the same device",
      { status: response.status },
    );
  }
  return to.href;
}
