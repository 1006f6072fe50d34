/**
 * Sends the pings that a look of the watchdog asks for: all of them within half an interval, so
 * that the next look is not late.
 *
 * @module
 */

import type { PingAction } from "../../paths/mod.ts";
import type { LocalApi, PingResult } from "../../tailscale/local/mod.ts";
import { withTimeout } from "../../time/timeout.ts";
import type { Clock } from "../../time/clock.ts";
import { pingPatienceMs, watchPingMs } from "../../time/timing.ts";

/** Maximum number of concurrent pings: a look asks for 64, so they take two turns. */
const PINGS_AT_ONCE = 32;

/** What {@linkcode sendPings} needs. */
export interface PingingOptions extends Pick<Clock, "delay"> {
  /** The tailscaled. */
  readonly local: Pick<LocalApi, "ping">;
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
  const timeoutMs = watchPingMs(intervalMs);
  let result: PingResult;
  try {
    result = await withTimeout(
      pingPatienceMs(timeoutMs),
      (ended) => local.ping(address, { type: "disco", timeoutMs, signal: ended }),
      { delay, signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    return onFailure(ping, error);
  }
  onResult(ping, result);
}
