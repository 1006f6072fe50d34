/**
 * One page of one device: one GET, at most one redirect to the same device, under a deadline and a
 * limit of bytes. What the page says is read elsewhere; here only bytes come out.
 *
 * @module
 */

import { ScrapeError } from "../errors.ts";
import type { Format } from "../exposition/mod.ts";
import { SliceQueue } from "../time/slice.ts";
import { canonicalAddress } from "../cidr.ts";
import { asText, checkEnd, formatOf } from "./_content.ts";
import { type Deadline, Deadlines } from "./_deadline.ts";
import {
  connectError,
  cutText,
  outageError,
  pageTooLarge,
  proxyStatusError,
  timeoutError,
} from "./_failure.ts";
import { fetchWith } from "./_fetch.ts";
import type { PageAnswer, PageFetch, PageRequest } from "./_page_request.ts";
import { OTHER_SERVICE, statusError } from "./_status_error.ts";
import type { Target } from "./target.ts";

export { readingTimeout } from "./_failure.ts";

/** Fetches a device's page. */
export type Scraper = (target: Target, signal?: AbortSignal) => Promise<Uint8Array>;

/** What {@linkcode createScraper} goes by. */
export interface ScraperOptions {
  /** Sends the request. Default: `fetch` with the options below. */
  readonly request?: PageRequest;
  /** Does the request. Default: the platform's `fetch`. */
  readonly fetch?: PageFetch;
  /** The connections to use for a device; undefined uses the platform's own. */
  readonly client?: (target: Target) => Deno.HttpClient | undefined;
  /** Deadline for the whole page, in milliseconds. */
  readonly timeoutMs: number;
  /** Most bytes of a page, decompressed. */
  readonly maxBytes: number;
  /** Most lines of a page in OpenMetrics. Default: 20,000. */
  readonly maxLines?: number;
  /** Whether the client goes through a proxy, so that a failure is told as the proxy's. */
  readonly isProxied?: boolean;
  /**
   * Why no device can be reached now, as a sentence: our own node is not in the tailnet. Default:
   * there is no such node.
   */
  readonly outage?: (() => string | undefined) | undefined;
}

/**
 * A scraper.
 *
 * @returns A function that gives the bytes of a page, owned by the caller. It throws
 *   {@linkcode ScrapeError} for any fault of device, page or way, and the signal's reason if that
 *   is aborted.
 */
export function createScraper(options: ScraperOptions): Scraper {
  const { timeoutMs, maxBytes, maxLines, isProxied = false, outage } = options;
  const request = options.request ?? fetchWith(options.fetch ?? fetch, options.client);

  const queue = new SliceQueue();
  let deadlines: Deadlines | undefined;

  /** The error to throw; what the platform says of a connection is told in our words. */
  function explain(
    error: unknown,
    target: Target,
    deadline: Deadline,
    signal: AbortSignal | undefined,
    hasAnswered: boolean,
  ): unknown {
    if (error instanceof ScrapeError && error.failure !== "proxy") return error;
    if (signal?.aborted) return signal.reason;
    const reason = error instanceof RangeError ? undefined : outage?.();
    if (reason !== undefined) return outageError(reason, error);
    if (error instanceof ScrapeError) return error;
    if (deadline.isOver) return timeoutError(target, { timeoutMs, hasAnswered, cause: error });
    if (error instanceof RangeError) {
      const message = `Cannot use ${target.url}: ${error.message}`;
      return new ScrapeError("limit", message, { cause: error });
    }
    return connectError(target, error, isProxied);
  }

  return async (target, signal) => {
    signal?.throwIfAborted();
    if (deadlines === undefined || deadlines.signal !== signal) {
      deadlines = new Deadlines({ timeoutMs, signal });
    }
    const all = deadlines;
    const deadline = all.open();
    let answer: PageAnswer | undefined;
    let page: Uint8Array;
    try {
      answer = await request(target.url, target, deadline);
      if (isRedirect(answer.status)) {
        const location = redirectUrl(answer, target);
        await answer.cancel();
        answer = undefined;
        answer = await request(location, target, deadline);
      }
      const format = checkHead(answer, target, maxBytes, isProxied);
      page = await answer.read(maxBytes);
      if (format !== "openmetrics") return checkEnd(page, answer, target);
    } catch (error) {
      // Without this the connection would stay busy with an unread body.
      await answer?.cancel().catch(() => {});
      throw explain(error, target, deadline, signal, answer !== undefined);
    } finally {
      all.close(deadline);
    }
    // By a deadline of its own: that of the request may pass while other pages have their turn.
    return await asText(page, target, { queue, timeoutMs, maxLines, signal });
  };
}

/**
 * Refuses an answer by its head, before a byte of its body is read.
 *
 * @returns The format of the body.
 */
function checkHead(
  answer: PageAnswer,
  target: Target,
  maxBytes: number,
  isProxied: boolean,
): Format {
  const { status } = answer;
  if (isProxied && (status === 502 || status === 504 || status === 407)) {
    throw proxyStatusError(target, status);
  }
  if (isRedirect(status)) {
    const message = `Cannot use ${target.url}: it redirects twice: ${OTHER_SERVICE}`;
    throw new ScrapeError("redirect", message, { status });
  }
  if (status !== 200) throw statusError(target, status);
  const contentType = answer.header("content-type");
  const format = formatOf(contentType);
  if (contentType !== null && format === undefined) {
    const found = cutText(contentType, 60);
    throw new ScrapeError(
      "content_type",
      `Cannot use ${target.url}: Content-Type is "${found}", wanted "text/plain": ` +
        OTHER_SERVICE,
    );
  }
  const length = Number(answer.header("content-length") ?? "0");
  if (length > maxBytes) throw pageTooLarge(maxBytes);
  return format ?? "text";
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a redirect leads, if that is the same device at the same port. */
function redirectUrl(answer: PageAnswer, target: Target): string {
  const location = answer.header("location") ?? "";
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
        `wanted the same device: ${OTHER_SERVICE}`,
      { status: answer.status },
    );
  }
  return to.href;
}
