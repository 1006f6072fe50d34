/**
 * The JSON of `/health`, and in short of `/healthz`: the documented fields, and what we add. Made
 * from memory; it never calls anybody.
 *
 * @module
 */

import { formatShard } from "../shard.ts";
import { formatOptionalTime, formatTime } from "../time/timestamp.ts";
import { jsonReply } from "./reply.ts";
import type { HealthReport } from "./view.ts";

/** What `/health` says, as it stands in the JSON. */
export interface HealthJson {
  /** See {@linkcode HealthReport.status}. */
  readonly status: string;
  /** Why the status is not "healthy"; null if it is. */
  readonly reason: string | null;
  /** RFC 3339, UTC, whole seconds. */
  readonly timestamp: string;
  /** What this build calls itself. */
  readonly version: string;
  /** Such as "2h15m30s". */
  readonly uptime: string;
  /** The same in seconds, for machines. */
  readonly uptime_seconds: number;
  /** Which part of the fleet the process looks after, "0/4"; null for all of it. */
  readonly shard: string | null;
  /** Null while unknown. */
  readonly devices_discovered: number | null;
  /** Null before the first cycle. */
  readonly devices_scraped: number | null;
  /** RFC 3339; null before the first cycle. */
  readonly last_scrape: string | null;
  /** The last call of the API. */
  readonly api: "up" | "down" | "unknown";
  /** This host's tailscaled; null if there is no way to it. */
  readonly tailscaled: {
    /** Whether it answers and is up. */
    readonly state: "up" | "down" | "unknown";
    /** Null while unknown. */
    readonly peers: number | null;
  } | null;
  /** This process as a node of the tailnet; absent if it is none. */
  readonly tsnet?: {
    /** What it is doing, as a word. */
    readonly state: string;
    /** How often its Worker was started anew. */
    readonly restarts: number;
    /** Where to log in; absent if no login is needed, or the request had no credential. */
    readonly login_url?: string;
  };
  /** The database that points are written to; absent if none is configured. */
  readonly push?: {
    /** Whether it takes points; rejecting if it answers and refuses them for good. */
    readonly state: "unknown" | "up" | "rejecting" | "down";
    /** Points that wait. */
    readonly buffered_points: number;
    /** RFC 3339; null if it never took points. */
    readonly last_success: string | null;
  };
  /** Whether the tailnet is the embedded demo. */
  readonly demo: boolean;
}

/** 200 while facts are fresh, 503 while nothing is known. */
export function healthCode(report: HealthReport): number {
  return report.status === "healthy" || report.status === "degraded" ? 200 : 503;
}

/**
 * The report in the documented spelling.
 *
 * @param isTrusted Whether the request had a valid credential. Default: false.
 */
export function healthJson(report: HealthReport, isTrusted = false): HealthJson {
  return {
    status: report.status,
    reason: report.reason ?? null,
    timestamp: formatTime(report.nowMs),
    version: report.version,
    uptime: formatUptime(report.uptimeMs),
    uptime_seconds: wholeSeconds(report.uptimeMs),
    shard: report.shard === undefined ? null : formatShard(report.shard),
    devices_discovered: report.devicesDiscovered ?? null,
    devices_scraped: report.devicesScraped ?? null,
    last_scrape: formatOptionalTime(report.lastScrapeMs),
    api: upWord(report.isApiUp),
    tailscaled: report.tailscaled === undefined ? null : {
      state: upWord(report.tailscaled.isUp),
      peers: report.tailscaled.peers ?? null,
    },
    ...report.ownNode !== undefined && { tsnet: nodeJson(report.ownNode, isTrusted) },
    ...report.push !== undefined && {
      push: {
        state: report.push.state,
        buffered_points: report.push.buffered,
        last_success: formatOptionalTime(report.push.lastSuccessMs),
      },
    },
    demo: report.isDemo,
  };
}

function nodeJson(
  { loginUrl, restarts, state }: NonNullable<HealthReport["ownNode"]>,
  isTrusted: boolean,
): HealthJson["tsnet"] & object {
  return { state, restarts, ...isTrusted && loginUrl !== undefined && { login_url: loginUrl } };
}

function upWord(isUp: boolean | undefined): "up" | "down" | "unknown" {
  return isUp === undefined ? "unknown" : isUp ? "up" : "down";
}

/**
 * Answers `/health`.
 *
 * @param isTrusted Whether the request had a valid credential. Default: false.
 */
export function answerHealth(report: HealthReport, isTrusted = false): Response {
  return jsonReply(healthCode(report), healthJson(report, isTrusted));
}

/** Answers `/healthz`: status and time only. */
export function answerHealthz(report: HealthReport): Response {
  const { status, timestamp } = healthJson(report);
  return jsonReply(healthCode(report), { status, timestamp });
}

/**
 * A span as Go prints durations of whole seconds; hours are the largest unit.
 *
 * Units: milliseconds → "2h15m30s", "15m0s", "0s"
 */
export function formatUptime(ms: number): string {
  const seconds = wholeSeconds(ms);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
