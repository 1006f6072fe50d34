/**
 * Paths to peers as people read them: names, the order of columns, shares of time.
 *
 * @module
 */

import type { PathCounts, PathEntry } from "./host_model.ts";

/** Paths in the order in which they are shown, and their names. */
export const PATHS: Readonly<Record<string, string>> = {
  direct_v4: "direct IPv4",
  direct_v6: "direct IPv6",
  peer_relay: "peer relay",
  derp: "DERP relay",
  idle: "idle",
  offline: "offline",
  expired: "key expired",
  unknown: "unknown",
};

/** The name of a path. */
export function pathName(path: string): string {
  return PATHS[path] ?? path;
}

/** The paths that some peer takes, in the order in which they are shown. */
export function usedPaths(counts: PathCounts): readonly string[] {
  const others = Object.keys(counts).filter((path) => !(path in PATHS));
  return [...Object.keys(PATHS), ...others].filter((path) => (counts[path] ?? 0) > 0);
}

/** The part of the known time that was spent on relays; undefined if no path was ever known. */
export function relayShare(entry: PathEntry): number | undefined {
  const { path_seconds, relay_seconds } = entry;
  return path_seconds === 0 ? undefined : Math.min(1, relay_seconds / path_seconds);
}

/** Units: 0 to 1 → "0 %", "< 1 %", "37 %" */
export function formatShare(share: number | undefined): string {
  if (share === undefined) return "–";
  const percent = 100 * share;
  if (percent > 0 && percent < 1) return "< 1 %";
  return `${Math.floor(percent)} %`;
}

/** Units: milliseconds → "2.3 ms", "35 ms" */
export function formatMs(ms: number | null): string {
  return ms === null ? "–" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
