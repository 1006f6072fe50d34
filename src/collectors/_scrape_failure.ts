/**
 * Why a device's page could not be used, from what was thrown.
 *
 * @module
 */

import { describeError, ScrapeError, type ScrapeFailure } from "../errors.ts";
import type { Device } from "../tailscale/mod.ts";

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

/** What went wrong and what to do, in a sentence that names the address. */
export function describeFailure(error: unknown, url: string): string {
  const text = error instanceof ScrapeError
    ? error.message
    : `Cannot use ${url}: ${describeError(error)}`;
  if (failureOf(error) !== "limit") return text;
  const limit = LIMITS.find(([pattern]) => pattern.test(text));
  return limit === undefined ? text : `${text}; raise ${limit[1]} if the device is to have more`;
}

/** The failures of a device that no packet reaches, whatever listens there. */
const UNREACHED: ReadonlySet<ScrapeFailure> = new Set(["network", "proxy", "refused", "timeout"]);

/**
 * A failure with its first cause in front: a device whose node key has expired cannot be reached,
 * and no other advice helps.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function withExpiry(
  reason: string,
  failure: ScrapeFailure,
  { expiresSeconds, keyExpiryDisabled }: Pick<Device, "expiresSeconds" | "keyExpiryDisabled">,
  nowMs: number,
): string {
  if (expiresSeconds === undefined || keyExpiryDisabled === true) return reason;
  if (expiresSeconds * 1000 > nowMs || !UNREACHED.has(failure)) return reason;
  const date = new Date(expiresSeconds * 1000).toISOString().slice(0, 10);
  return `The device's node key expired on ${date}: log in on it again ` +
    `(\`tailscale up --force-reauth\`) first. ${reason}`;
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
