/**
 * The loop that takes connections from a port: it outlives connections that were reset before they
 * could be taken, and a lack of file descriptors. What is done with a connection is `listen.ts`'s
 * matter.
 *
 * @module
 */

import type { Delay } from "../../time/delay.ts";

/** Options for {@linkcode acceptAll}. */
export interface AcceptOptions<T> {
  /** Waits for the next connection; rejects when the system has none to give. */
  readonly accept: () => Promise<T>;
  /** Serves a connection. */
  readonly take: (socket: T) => void;
  /** Called when no connection can be taken, at each try. */
  readonly onRefused: (error: unknown) => void;
  /** Yields a turn of the event loop now and then. */
  readonly yieldTurn: () => Promise<void> | undefined;
  /** Wait before the next try. */
  readonly delay: Delay;
  /** Ends the loop. */
  readonly stop: AbortSignal;
}

/** Wait after a connection that could not be taken; so short that the port is back in a second. */
const RETRY_MS = 200;

/** Takes connections until it is stopped; never rejects. */
export async function acceptAll<T>(options: AcceptOptions<T>): Promise<void> {
  const { accept, take, onRefused, yieldTurn, delay, stop } = options;
  while (!stop.aborted) {
    try {
      take(await accept());
    } catch (error) {
      if (stop.aborted) return;
      if (!isPeerGone(error)) {
        onRefused(error);
        await delay(RETRY_MS, stop).catch(() => {});
      }
    }
    await yieldTurn();
  }
}

/**
 * Whether a connection was reset before it was taken, as TCP checks of load balancers and scans do.
 * It says nothing about this process: to wait, or to close another connection for it, would let
 * anyone stop the port by five of them a second.
 */
function isPeerGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset;
}
