/**
 * Says on standard error what a command waits for, so that a slow network does not look like a
 * program that hangs. Fast answers print nothing.
 *
 * @module
 */

import { plural } from "./_terminal_text.ts";

/** How {@linkcode startProgress} works. */
export interface ProgressOptions {
  /** What is being waited for; undefined if there is nothing to say. */
  readonly describe: () => string | undefined;
  /** Writes a line to standard error. */
  readonly write: (line: string) => void;
  /** From one line to the next, in milliseconds. Default: 5 s. */
  readonly everyMs?: number;
  /** Calls back again and again until its result is called. Default: the platform's timer. */
  readonly repeat?: (callback: () => void, everyMs: number) => () => void;
}

const EVERY_MS = 5_000;

/** Begins to report; disposing of it ends that. */
export function startProgress(options: ProgressOptions): Disposable {
  const { describe, everyMs = EVERY_MS, repeat = repeatWithTimer, write } = options;
  let waitedMs = 0;
  const stop = repeat(() => {
    waitedMs += everyMs;
    const what = describe();
    if (what !== undefined) write(`${what} (${Math.round(waitedMs / 1000)} s so far)`);
  }, everyMs);
  return { [Symbol.dispose]: stop };
}

/** What can be told of a collection under way. */
export interface CollectionState {
  /** Our own node, while it joins the tailnet; undefined if it has, or there is none. */
  readonly joining: string | undefined;
  /** The API's host; undefined if none is configured. */
  readonly apiHost: string | undefined;
  /** The API in a sentence; undefined if none is configured. */
  readonly apiName: string | undefined;
  /** Whether the device list is there. */
  readonly hasList: boolean;
  /** Devices that are scraped, and those whose first scrape has not ended. */
  readonly targets: number;
  /** Devices that are scraped and have not answered yet. */
  readonly pending: number;
  /** Where tailscaled is; undefined if there is no way to it. */
  readonly local: string | undefined;
}

/** What a collection waits for. */
export function describeCollection(state: CollectionState): string | undefined {
  const { apiHost, apiName, hasList, joining, local, pending, targets } = state;
  // Nothing is asked before that.
  if (joining !== undefined) return `Waiting for the ${joining} to join the tailnet`;
  if (apiHost !== undefined && !hasList) return `Waiting for the ${apiName} at ${apiHost}`;
  if (pending > 0) return `Waiting for ${pending} of ${plural(targets, "device")}`;
  return local === undefined ? undefined : `Waiting for tailscaled at ${local}`;
}

function repeatWithTimer(callback: () => void, everyMs: number): () => void {
  const timer = setInterval(callback, everyMs);
  return () => clearInterval(timer);
}
