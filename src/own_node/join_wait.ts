/**
 * Waiting for our own node before the first collection, which would find no device without it.
 *
 * @module
 */

import type { Delay } from "../time/delay.ts";
import { isSettledWithin } from "../time/timeout.ts";
import type { OwnNode } from "./node_status.ts";

/** The platform, as far as it is needed. */
export interface SettleContext {
  /** Waits. */
  readonly delay: Delay;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** Patience with a node that joins, and with a tailscaled that does not answer. */
const SETTLE_MS = 20_000, AWAY_MS = 5_000;

/**
 * Resolves when a node is in the tailnet, cannot be, or has tried for 20 s; for 5 s, if its
 * tailscaled does not answer; or when the signal is aborted.
 */
export async function waitForJoin(
  node: Pick<OwnNode, "status" | "subscribe">,
  { delay, elapsed }: SettleContext,
  signal: AbortSignal,
): Promise<void> {
  const startMs = elapsed();
  let change = Promise.withResolvers<void>();
  node.subscribe(() => change.resolve());
  while (!signal.aborted) {
    const { state } = node.status;
    const patienceMs = state === "starting" ? SETTLE_MS : AWAY_MS;
    const restMs = startMs + patienceMs - elapsed();
    if ((state !== "starting" && state !== "unreachable") || restMs <= 0) return;
    await isSettledWithin(restMs, change.promise, { delay, signal });
    change = Promise.withResolvers();
  }
}
