/**
 * Sends the pings that a look of the watchdog asks for: all of them within half an interval, so
 * that the next look is not late.
 *
 * @module
 */

import type { PingAction } from "../paths/mod.ts";
import type { LocalApi, PingResult } from "../tailscale/local/mod.ts";
import { type Delay, within } from "./_heal_deadline.ts";

/** So many pings are under way at most: a look asks for 64, so they are done in two turns. */
export const PINGS_AT_ONCE = 32;

/** An answer that takes longer than so many milliseconds is none. */
const MAX_PING_MS = 5_000;

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
  const ms = Math.min(MAX_PING_MS, intervalMs / 4);
  let result: PingResult;
  try {
    if (address === undefined) throw new TypeError("The peer has no address");
    // tailscaled waits as long as it is waited for: the deadline is how a lost ping ends.
    const lost = within(
      { ms, delay, signal },
      (ended) => local.ping(address, { type: "disco", timeoutMs: ms, signal: ended }),
    );
    result = await lost;
  } catch (error) {
    signal.throwIfAborted();
    return onFailure(ping, error);
  }
  onResult(ping, result);
}
