/**
 * Why a device's page could not be used, from what was thrown, and why a device was not scraped in
 * a cycle.
 *
 * @module
 */

import { describeError, ScrapeError, type ScrapeFailure } from "../errors.ts";
import type { Device } from "../control/mod.ts";
import type { Target } from "../devices/mod.ts";

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

/**
 * What went wrong and what to do, in a sentence that names the address. An expired node key comes
 * first: no packet reaches the device, so no other advice helps.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function describeFailure(
  error: unknown,
  { device, url }: Pick<Target, "device" | "url">,
  nowMs: number,
): string {
  if (error instanceof ScrapeError && error.closedWay !== undefined) return error.message;
  const failure = failureOf(error);
  const text = error instanceof ScrapeError
    ? error.message
    : `Cannot use ${url}: ${describeError(error)}`;
  if (UNREACHED.has(failure)) return expiryText(device, nowMs) + text;
  if (failure !== "limit") return text;
  const limit = LIMITS.find(([pattern]) => pattern.test(text));
  return limit === undefined ? text : `${text}; raise ${limit[1]} if the device is to have more`;
}

/** What the time of a cycle went to where the way to the devices is open, and what helps. */
export const SLOW_DEVICES: string =
  "devices that do not answer took the collection's time; raise MAX_CONCURRENT_SCRAPES, or lower " +
  "CLIENT_METRICS_TIMEOUT";

/**
 * Why a device was not scraped in this cycle: it waits after a failure, or the cycle had no time
 * left.
 *
 * @param error What the last try failed of; undefined if there was none.
 * @param timeTaker What took the time of the cycle; undefined if that is not to be told.
 */
export function describeSkipped(error: string | undefined, timeTaker?: string): string {
  const what = error === undefined ? "Not tried yet" : `${error}; due, and not tried again yet`;
  return timeTaker === undefined ? error ?? what : `${what}: ${timeTaker}`;
}

/** The failures of a device that no packet reaches, whatever listens there. */
const UNREACHED: ReadonlySet<ScrapeFailure> = new Set(["network", "proxy", "refused", "timeout"]);

/** What is said first of a device whose key has expired; the same text in every cycle. */
function expiryText({ expiresSeconds, keyExpiryDisabled }: Device, nowMs: number): string {
  if (expiresSeconds === undefined || keyExpiryDisabled === true) return "";
  if (expiresSeconds * 1000 > nowMs) return "";
  const date = new Date(expiresSeconds * 1000).toISOString().slice(0, 10);
  return `The device's node key expired on ${date}: log in on it again ` +
    `(\`tailscale up --force-reauth\`) first. `;
}

/** The setting of each limit, by the words of its error; the first that fits counts. */
const LIMITS: readonly (readonly [pattern: RegExp, setting: string])[] = [
  [/ bytes of a label value, /, "LIMIT_LABEL_BYTES"],
  [/ labels of a sample, /, "LIMIT_LABELS"],
  [/ families, /, "LIMIT_PAGE_FAMILIES"],
  // The limit of lines follows from that of samples.
  [/ (?:samples|lines), /, "LIMIT_PAGE_SERIES"],
  [/ bytes(?:, |$)/, "LIMIT_PAGE_BYTES"],
];
