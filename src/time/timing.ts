/**
 * Every wait, age and timeout that follows from an interval, in milliseconds. What is said here
 * once holds for settings from a second to an hour; the table of `tests/time/timing_test.ts` shows
 * it.
 *
 * @module
 */

/** Minimum age of stale facts, and minimum silence of a hung loop. */
const MIN_STALE_MS = 300_000;

/** Age at which facts are no longer shown: three intervals, so that two failures change nothing. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(3 * intervalMs, MIN_STALE_MS);
}

/**
 * Silence after which a loop counts as hung.
 *
 * @param longestCallMs The longest that one call, or a wait asked for by a server, may take.
 */
export function hungAfterMs(intervalMs: number, longestCallMs: number): number {
  return Math.max(staleAfterMs(intervalMs), 2 * longestCallMs);
}

/** How long a cycle that has facts waits for a slow API before it goes on with the old ones. */
export function apiPatienceMs(intervalMs: number): number {
  return Math.min(10_000, intervalMs / 2);
}

/** How long an idle connection to a device is kept: it is used once an interval. */
export function keepConnectionMs(intervalMs: number, timeoutMs: number): number {
  return 2 * intervalMs + timeoutMs;
}

/**
 * For how long after the start of a cycle devices that are not known to answer are still tried.
 *
 * A try that begins at the last moment takes its whole timeout, and the cycle has to be over by
 * then: otherwise the next one would be left out, for healthy devices too. A tenth of the interval
 * is left for the API. A quarter of the interval is always there, or with a timeout nearly as long
 * as the interval the dead would never be tried again.
 */
export function tryBudgetMs(intervalMs: number, timeoutMs: number): number {
  return Math.max(intervalMs - timeoutMs - intervalMs / 10, intervalMs / 4);
}

/** Age up to which parts that look at tailscaled share one status. */
export function sharedLookMs(intervalMs: number): number {
  return intervalMs / 2;
}

/** Age up to which the keepalive goes by the peers that another part has asked for. */
export function peerListMs(intervalMs: number): number {
  return Math.max(30_000, 1.5 * intervalMs);
}

/** How long a path counts as what the last look found; what is later is unknown. */
export function pathGapMs(intervalMs: number): number {
  return 3 * intervalMs;
}

/** How long tailscaled may be away, as in a restart, before what is known of paths is dropped. */
export function briefAwayMs(intervalMs: number): number {
  return Math.max(180_000, 3 * intervalMs);
}

/** Timeout of a ping of the watchdog: all 64 are done within half an interval. */
export function watchPingMs(intervalMs: number): number {
  return Math.min(5_000, intervalMs / 5);
}

/** How long tailscaled may take to say that there was no answer to a ping. */
export function pingPatienceMs(timeoutMs: number): number {
  return 1.2 * timeoutMs;
}

/** From one ping of the keepalive to the same peer to the next: not at the round's very end. */
export function pingGapMs(intervalMs: number, pingsPerRound: number): number {
  return Math.min(1_000, intervalMs / (4 * pingsPerRound));
}

/** The part of a round of the keepalive over which the peers are spread. */
export function pingSpreadMs(intervalMs: number): number {
  return intervalMs / 2;
}
