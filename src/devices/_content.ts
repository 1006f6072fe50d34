/**
 * What an answer is by its Content-Type, and whether it is whole: a page of a device in the text
 * format in the end, whatever it came as.
 *
 * @module
 */

import { ScrapeError } from "../errors.ts";
import { type Format, OpenMetricsConverter, textOfOpenMetrics } from "../exposition/mod.ts";
import { LONG_BYTES, type SliceQueue, STEP_BYTES } from "../time/slice.ts";
import { readingTimeout } from "./_failure.ts";
import type { PageAnswer } from "./_page_request.ts";
import type { Target } from "./target.ts";

const LF = 0x0a;

const NO_PAGE = new Uint8Array(0);

/**
 * The format that a Content-Type names. We ask for the text format; some programs write OpenMetrics
 * whatever they are asked for.
 */
export function formatOf(contentType: string | null): Format | undefined {
  const type = /^[ \t]*([^ \t;]*)[ \t]*(?:;|$)/.exec(contentType ?? "")?.[1]?.toLowerCase();
  if (type === "text/plain") return "text";
  // A server takes version 2 only if it is told to.
  const isVersion2 = /;[ \t]*version="?2\./i.test(contentType ?? "");
  return type === "application/openmetrics-text" && !isVersion2 ? "openmetrics" : undefined;
}

/** What {@linkcode asText} goes by. */
export interface AsTextOptions {
  /** Where long pages wait for their turn. */
  readonly queue: SliceQueue;
  /** Deadline of a long page from its turn on, in milliseconds. */
  readonly timeoutMs: number;
  /** Most lines of a page. Default: 20,000. */
  readonly maxLines?: number | undefined;
  /** Stops it early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A page in OpenMetrics as one in the text format.
 *
 * @throws {ScrapeError} If a server would refuse it, if it is beyond a limit or takes too long.
 */
export async function asText(
  page: Uint8Array,
  target: Target,
  options: AsTextOptions,
): Promise<Uint8Array> {
  const { maxLines, queue, signal, timeoutMs } = options;
  try {
    if (page.length <= LONG_BYTES) return textOfOpenMetrics(page, maxLines);
    let converter = new OpenMetricsConverter(NO_PAGE);
    return await queue.run({
      check(tookMs) {
        signal?.throwIfAborted();
        if (tookMs > timeoutMs) throw readingTimeout(target.url, timeoutMs);
      },
      begin: () => void (converter = new OpenMetricsConverter(page, maxLines)),
      step: () => converter.advance(STEP_BYTES),
      finish: () => converter.finish(),
    });
  } catch (cause) {
    const message = cause instanceof Error ? `Cannot use ${target.url}: ${cause.message}` : "";
    if (cause instanceof SyntaxError) throw new ScrapeError("parse", message, { cause });
    if (cause instanceof RangeError) throw new ScrapeError("limit", message, { cause });
    throw cause;
  }
}

/**
 * Refuses a page that may be cut off: its answer ended with the connection, and within a line. The
 * number in that line may lack digits. An answer of known length may do without the line feed.
 *
 * @returns The same page.
 */
export function checkEnd(page: Uint8Array, answer: PageAnswer, target: Target): Uint8Array {
  const hasEnd = answer.header("content-length") !== null ||
    answer.header("transfer-encoding") !== null;
  if (hasEnd || page.length === 0 || page[page.length - 1] === LF) return page;
  throw new ScrapeError(
    "network",
    `Cannot use ${target.url}: the connection ended within a line, so the page may be cut off`,
  );
}
