/**
 * Sends the pings that a look of the watchdog asks for: all of them within half an interval, so
 * that the next look is not late.
 *
 * @module
 */

import type { PingAction } from "../../paths/mod.ts";
import type { LocalApi, PingResult } from "../../tailscale/local/mod.ts";
import type { Delay } from "../../time/delay.ts";
import { withTimeout } from "../../time/timeout.ts";

/** Maximum number of concurrent pings: a look asks for 64, so they take two turns. */
export const PINGS_AT_ONCE = 32;

/** Timeout of a ping: in milliseconds, and as a share of an interval. */
const MAX_PING_MS = 5_000, PING_SHARE = 0.2;

/** So much longer is waited for tailscaled to say that there is none. */
const PATIENCE = 1.2;

/** What {@linkcode sendPings} needs. */
export interface PingingOptions {
  /** The tailscaled. */
  readonly local: Pick<LocalApi, "ping">;
  /** Waits; rejects when the signal is aborted. */
  readonly delay: Delay;
  /** From one look to the next, in milliseconds. */
  readonly intervalMs: number;
  /** Is told what came of each ping. */
  readonly onResult: (ping: PingAction, result: PingResult) => void;
  /** Is told of each that could not be sent, or of which tailscaled said nothing. */
  readonly onFailure: (ping: PingAction, error: unknown) => void;
}

/**
 * Sends disco pings.
 *
 * @throws The signal's reason, if it is aborted before all have ended.
 */
export async function sendPings(
  pings: readonly PingAction[],
  options: PingingOptions,
  signal: AbortSignal,
): Promise<void> {
  const queue = pings.values();
  const workers = Array.from({ length: Math.min(PINGS_AT_ONCE, pings.length) }, async () => {
    for (const ping of queue) await send(ping, options, signal);
  });
  await Promise.all(workers);
}

async function send(
  ping: PingAction,
  { local, delay, intervalMs, onResult, onFailure }: PingingOptions,
  signal: AbortSignal,
): Promise<void> {
  const { address } = ping;
  if (address === undefined) {
    return onResult(ping, { outcome: "refused", reason: "the peer has no address" });
  }
  const timeoutMs = Math.min(MAX_PING_MS, intervalMs * PING_SHARE);
  let result: PingResult;
  try {
    result = await withTimeout(
      timeoutMs * PATIENCE,
      (ended) => local.ping(address, { type: "disco", timeoutMs, signal: ended }),
      { delay, signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    return onFailure(ping, error);
  }
  onResult(ping, result);
}
