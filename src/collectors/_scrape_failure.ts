/**
 * Why a device's page could not be used, from what was thrown.
 *
 * @module
 */

import { describeError, ScrapeError, type ScrapeFailure } from "../errors.ts";

/** The failures whose reason is in the device's words, or its choice of a number. */
export const DEVICE_WORDED: ReadonlySet<ScrapeFailure> = new Set([
  "content_type",
  "limit",
  "parse",
  "redirect",
  "status",
]);

/** The kind of a failure: the scraper tells its own; what else is thrown comes from reading. */
export function failureOf(error: unknown): ScrapeFailure {
  if (error instanceof ScrapeError) return error.failure;
  return error instanceof RangeError ? "limit" : "parse";
}

/** What went wrong, in a sentence that names the page. */
export function describeFailure(error: unknown, url: string): string {
  if (error instanceof ScrapeError) return error.message;
  return `Cannot use ${url}: ${describeError(error)}`;
}
