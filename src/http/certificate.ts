/**
 * What is to be told of the server's certificate before its clients refuse it. Whether it fits its
 * key is judged in `server/server.ts`.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import type { Logger } from "../log/log.ts";
import type { Delay } from "../time/delay.ts";
import { DAY_MS } from "../time/timestamp.ts";

/** A warning comes this long before the end, and for short lifetimes in their last third. */
const SOON_MS = 14 * DAY_MS;

/** What {@linkcode watchExpiry} is told. */
export interface WatchExpiryOptions {
  /** The chain, the server's certificate first. */
  readonly certPem: string;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Waits for the next look. */
  readonly delay: Delay;
  /** Takes the warnings. */
  readonly log: Pick<Logger, "warning">;
}

/**
 * Logs what {@linkcode expiryWarning} says, now and every day: a program that runs for months would
 * otherwise never tell.
 *
 * @returns When the signal is aborted.
 */
export async function watchExpiry(
  { certPem, delay, log, now }: WatchExpiryOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const text = expiryWarning(certPem, now());
    if (text !== undefined) log.warning("{text}", { text });
    await delay(DAY_MS, signal).catch(() => {});
  }
}

/**
 * A sentence about a certificate that has expired, is not valid yet, or expires soon.
 *
 * @param certPem The chain, the server's certificate first.
 * @param nowMs The time, in milliseconds since 1970.
 * @returns undefined if there is nothing to tell, or the text is no certificate.
 */
export function expiryWarning(certPem: string, nowMs: number): string | undefined {
  const times = readTimes(certPem);
  if (times === undefined) return undefined;
  const { fromMs, untilMs } = times;
  const advice = "Renew it, and restart tsmetrics with the new one.";
  if (nowMs >= untilMs) return `TLS_CERT_PEM has expired on ${dayOf(untilMs)}. ${advice}`;
  if (nowMs < fromMs) {
    return `TLS_CERT_PEM is not valid before ${dayOf(fromMs)}: check the clock of this machine.`;
  }
  const leftMs = untilMs - nowMs;
  if (leftMs >= Math.min(SOON_MS, (untilMs - fromMs) / 3)) return undefined;
  const days = Math.floor(leftMs / DAY_MS);
  const left = days === 0 ? "in less than a day" : days === 1 ? "in 1 day" : `in ${days} days`;
  return `TLS_CERT_PEM expires ${left}, on ${dayOf(untilMs)}. ${advice}`;
}

function readTimes(
  certPem: string,
): { readonly fromMs: number; readonly untilMs: number } | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(certPem);
    const [fromMs, untilMs] = [Date.parse(validFrom), Date.parse(validTo)];
    return Number.isNaN(fromMs + untilMs) ? undefined : { fromMs, untilMs };
  } catch {
    return undefined;
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
