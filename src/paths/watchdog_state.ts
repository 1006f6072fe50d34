/**
 * What the watchdog remembers from one run to the next, and how it is kept as a text. The decoder
 * is total: whatever was stored, it gives a state or says that there is none.
 *
 * @module
 */

import { isMs, isOptionalMs } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";
import type { HealingKind } from "./healing.ts";
import type { PingVerdict } from "./ping_verdict.ts";

/** The version that is written; others are not read. */
const STATE_VERSION = 1;

/** The most peers that are watched at once. */
export const MAX_EPISODES = 2_000;

/** The most peers that the harshest step did not help and that are known to be such. */
export const MAX_RESIGNED = 1_000;

/** The most restarts a day that can be allowed, so that a state stays small. */
export const MAX_AGES = 1_000;

/** The longest text that is read, in UTF-16 units; as much as there may be fits in. */
const MAX_TEXT = 8 * 2 ** 20;

/** The longest id or name, in UTF-16 units. */
export const MAX_NAME = 255;

/** One peer that is on a relay, or may be. */
export interface Episode {
  /** The peer's stable id. */
  readonly id: string;
  /** What the log calls it. */
  readonly name: string;
  /** Whether it is settled that the peer is on a relay. */
  readonly isDetected: boolean;
  /** Observed time on the relay, in milliseconds. */
  readonly relayMs: number;
  /** What the last ping said; undefined if none did. */
  readonly verdict: PingVerdict | undefined;
  /** The number of the run that last asked for a ping; 0 if none did. */
  readonly askedAt: number;
  /** Whether the last look did not find it on a relay: it is idle, or silent. */
  readonly isPaused: boolean;
  /** For how many milliseconds looks have found it idle; undefined if the last one did not. */
  readonly idleMs: number | undefined;
}

/** What has been counted. */
export interface WatchdogCounters {
  /** Peers that were found on a relay. */
  readonly detections: number;
  /** Peers that came from a relay back to a direct path. */
  readonly recoveries: number;
  /** What was done, by kind. */
  readonly done: Readonly<Record<HealingKind, number>>;
  /** What was tried and could not be done, by kind. */
  readonly failed: Readonly<Record<HealingKind, number>>;
}

/** All that is remembered. Ages are milliseconds of watched time, which no set clock changes. */
export interface WatchdogState {
  /**
   * The longest time between two runs that followed each other, in milliseconds; undefined if it is
   * not known.
   */
  readonly gapMs: number | undefined;
  /** When it last ran, in milliseconds since 1970; undefined if never. */
  readonly lastRunMs: number | undefined;
  /** For how long tailscaled has not been up; undefined if it was when the watchdog last ran. */
  readonly awayMs: number | undefined;
  /** How often it ran. */
  readonly runs: number;
  /** How long ago each restart of the last day was. */
  readonly restartAgesMs: readonly number[];
  /** How long ago each reconnect of the last day was. */
  readonly reconnectAgesMs: readonly number[];
  /** How long ago the last rebind was; undefined if there was none in the last day. */
  readonly rebindAgeMs: number | undefined;
  /** Whether a reconnect was begun and is not known to have ended. */
  readonly isReconnecting: boolean;
  /** What has been counted. */
  readonly counters: WatchdogCounters;
  /** The peers that are on a relay, or may be. */
  readonly episodes: readonly Episode[];
  /** Ids of peers that the harshest step did not help: they have not been direct since. */
  readonly resigned: readonly string[];
}

/** The state of a watchdog that never ran. */
export function freshState(): WatchdogState {
  return {
    gapMs: undefined,
    lastRunMs: undefined,
    awayMs: undefined,
    runs: 0,
    restartAgesMs: [],
    reconnectAgesMs: [],
    rebindAgeMs: undefined,
    isReconnecting: false,
    counters: {
      detections: 0,
      recoveries: 0,
      done: { ping: 0, rebind: 0, reconnect: 0, restart: 0 },
      failed: { ping: 0, rebind: 0, reconnect: 0, restart: 0 },
    },
    episodes: [],
    resigned: [],
  };
}

/** A state as a text, for {@linkcode decodeState}. */
export function encodeState(state: WatchdogState): string {
  return JSON.stringify({ version: STATE_VERSION, ...state });
}

/** The state of a text; undefined if it is none that {@linkcode encodeState} wrote. */
export function decodeState(text: string): WatchdogState | undefined {
  if (text.length > MAX_TEXT) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || value.version !== STATE_VERSION) return undefined;
  const counters = readCounters(value.counters);
  const episodes = readEpisodes(value.episodes);
  const { gapMs, lastRunMs, awayMs, runs, restartAgesMs, reconnectAgesMs, rebindAgeMs } = value;
  const { isReconnecting, resigned } = value;
  const isWhole = isOptionalMs(gapMs) && isOptionalMs(lastRunMs) && isOptionalMs(awayMs) &&
    isCount(runs) &&
    isAges(restartAgesMs) && isAges(reconnectAgesMs) && isOptionalMs(rebindAgeMs) &&
    typeof isReconnecting === "boolean" &&
    isNames(resigned);
  if (!isWhole || counters === undefined || episodes === undefined) return undefined;
  return {
    gapMs,
    lastRunMs,
    awayMs,
    runs,
    restartAgesMs,
    reconnectAgesMs,
    rebindAgeMs,
    isReconnecting,
    counters,
    episodes,
    resigned,
  };
}

/**
 * The state to go on with.
 *
 * A text that cannot be read may have told of a restart a moment ago, so it counts as one: the
 * watchdog begins with a whole cooldown.
 *
 * @param text What was stored; undefined or null if nothing was.
 */
export function restoreState(
  text: string | undefined | null,
): { readonly state: WatchdogState; readonly isLost: boolean } {
  const fresh = freshState();
  if (text === undefined || text === null) return { state: fresh, isLost: false };
  const state = decodeState(text);
  if (state !== undefined) return { state, isLost: false };
  return { state: { ...fresh, restartAgesMs: [0] }, isLost: true };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && isMs(value);
}

function isAges(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_AGES && value.every(isMs);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_NAME;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_RESIGNED && value.every(isName) &&
    new Set(value).size === value.length;
}

function isVerdict(value: unknown): value is PingVerdict | undefined {
  return value === undefined || value === "direct" || value === "peer_relay" || value === "derp" ||
    value === "none";
}

function readCounters(value: unknown): WatchdogCounters | undefined {
  if (!isJsonObject(value)) return undefined;
  const { detections, recoveries } = value;
  const done = readCounts(value.done);
  const failed = readCounts(value.failed);
  const isWhole = isCount(detections) && isCount(recoveries);
  if (!isWhole || done === undefined || failed === undefined) return undefined;
  return { detections, recoveries, done, failed };
}

function readCounts(value: unknown): Record<HealingKind, number> | undefined {
  if (!isJsonObject(value)) return undefined;
  const { ping, rebind, reconnect, restart } = value;
  const isWhole = isCount(ping) && isCount(rebind) && isCount(reconnect) && isCount(restart);
  return isWhole ? { ping, rebind, reconnect, restart } : undefined;
}

function readEpisodes(value: unknown): readonly Episode[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_EPISODES) return undefined;
  const episodes: Episode[] = [];
  const ids = new Set<string>();
  for (const entry of value) {
    if (!isJsonObject(entry)) return undefined;
    // A state of the version before has neither of the last two.
    const { id, name, isDetected, relayMs, verdict, askedAt, isPaused = false, idleMs } = entry;
    const isWhole = isName(id) && isName(name) && typeof isDetected === "boolean" &&
      isMs(relayMs) && isVerdict(verdict) && isCount(askedAt) &&
      typeof isPaused === "boolean" && isOptionalMs(idleMs);
    if (!isWhole || ids.has(id)) return undefined;
    ids.add(id);
    episodes.push({ id, name, isDetected, relayMs, verdict, askedAt, isPaused, idleMs });
  }
  return episodes;
}
