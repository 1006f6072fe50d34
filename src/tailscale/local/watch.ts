/**
 * Watching tailscaled's bus: one long answer, a line for each change of state or health.
 *
 * @module
 */

import { delay as realDelay } from "@std/async";
import { TimeSlice, type TimeSliceOptions } from "../../slice.ts";
import { type CallerOptions, open, withTurns } from "./call.ts";
import { readLines } from "./line.ts";
import { decodeNotice, type Notice } from "./notice.ts";
import {
  explainNoAnswer,
  explainNonsense,
  explainTimeout,
  explainUnsupported,
  type FailedCall,
} from "./refusal.ts";
import type { LocalTransport } from "./transport.ts";

/** How the bus is watched. */
export interface WatchOptions {
  /** Ends the watch: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@linkcode createWatch} goes by. */
export interface WatchSetup extends CallerOptions, TimeSliceOptions {
  /** The way to tailscaled. */
  readonly transport: LocalTransport;
  /** For the head of the answer, in milliseconds; the bus itself may be silent for days. */
  readonly timeoutMs: number;
}

/** State and health at once (2 and 128), and no network maps (8192), which hold every peer. */
const MASK = 2 + 128 + 8192;

/** A map that an old tailscaled sends all the same is longer and left out. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Makes the function that watches.
 *
 * A notice that tells neither state nor health nor an error is left out. The watch never ends by
 * itself: when tailscaled does, that is an error like any other.
 */
export function createWatch(
  setup: WatchSetup,
): (options?: WatchOptions) => AsyncGenerator<Notice, void> {
  const { transport, timeoutMs, delay = sleep } = setup;
  const failed: FailedCall = { doing: "watch tailscaled", via: transport };

  async function head(stop: AbortController, signal?: AbortSignal): Promise<Response> {
    const over = new AbortController();
    let isLate = false;
    delay(timeoutMs, over.signal).then(() => {
      isLate = true;
      stop.abort();
    }, () => {});
    try {
      const request = { endpoint: "watch-ipn-bus", query: { mask: String(MASK) } } as const;
      return await open(transport, request, failed, stop.signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw isLate ? explainTimeout(failed, timeoutMs) : error;
    } finally {
      over.abort();
    }
  }

  return async function* watch({ signal } = {}) {
    if (!transport.supports("watch-ipn-bus")) throw explainUnsupported(failed);
    signal?.throwIfAborted();
    const stop = new AbortController();
    const giveUp = () => stop.abort();
    signal?.addEventListener("abort", giveUp);
    try {
      const response = await head(stop, signal);
      const slice = new TimeSlice(setup);
      for await (const line of readLines(withTurns(response, setup.pause), MAX_LINE_BYTES)) {
        const notice = readNotice(line, failed);
        if (notice !== undefined) yield notice;
        if (slice.isOver) await slice.next();
      }
      throw explainNoAnswer(failed, new TypeError("it ended the connection"));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error instanceof Error && error.name === "LocalApiError"
        ? error
        : explainNoAnswer(failed, error);
    } finally {
      signal?.removeEventListener("abort", giveUp);
      // Leaving the loop early closes the connection.
      stop.abort();
    }
  };
}

function readNotice(line: string, failed: FailedCall): Notice | undefined {
  let notice: Notice;
  try {
    notice = decodeNotice(line);
  } catch (error) {
    throw explainNonsense(failed, error);
  }
  const { backendState, warnings, errorMessage } = notice;
  const tells = backendState !== undefined || warnings !== undefined || errorMessage !== undefined;
  return tells ? notice : undefined;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return realDelay(ms, { signal });
}
