/**
 * How a simulated device is doing at a moment: connected or not, its home relay, its warnings. A
 * pure function of seed, device and time, so that there is no state.
 *
 * @module
 */

import { hash, STREAM, unit } from "./random.ts";
import { KINDS } from "./device_kind.ts";
import type { Region, Site } from "./region.ts";
import type { DeviceSpec, Trait } from "./_spec.ts";
import { spellAt, type SpellPattern } from "./spell.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long one set of relay latencies stays: a client's full network check is as rare. */
const LATENCY_WINDOW_MS = 5 * MINUTE;

const WARNING: SpellPattern = {
  windowMs: 40 * MINUTE,
  chance: 0.3,
  minMs: MINUTE,
  maxMs: 9 * MINUTE,
};
const AWAY_FROM_HOME: SpellPattern = {
  windowMs: 2 * HOUR,
  chance: 0.2,
  minMs: 3 * MINUTE,
  maxMs: 25 * MINUTE,
};

/** How a device is doing; holds for a whole stretch of time. */
export interface Condition {
  /** Whether it is connected to the coordination server. */
  readonly isOnline: boolean;
  /** When it was last connected, in milliseconds; undefined while online or if never. */
  readonly lastSeenMs: number | undefined;
  /** Its home relay region. */
  readonly home: Region;
  /** Number of health warnings. */
  readonly warningCount: number;
  /** Which set of latencies holds. */
  readonly latencyWindow: number;
  /** From when this holds, in milliseconds. */
  readonly sinceMs: number;
  /** Until when this holds (excluded), in milliseconds. */
  readonly untilMs: number;
}

/** What decides about a device's condition. */
export interface ConditionKey {
  /** The demo's seed. */
  readonly seed: number;
  /** The device's number. */
  readonly index: number;
  /** Its kind. */
  readonly kind: DeviceSpec["kind"];
  /** Its traits. */
  readonly traits: ReadonlySet<Trait>;
  /** Its location. */
  readonly site: Site;
  /** Midnight (UTC) of the day the demo began, in milliseconds. */
  readonly originMs: number;
}

/**
 * How a device is doing at a moment.
 *
 * Units: nowMs is milliseconds since 1970.
 */
export function conditionAt(key: ConditionKey, nowMs: number): Condition {
  const { seed, index, site } = key;
  const isSteady = key.traits.has("steady");
  const connection = connectionAt(key, nowMs);
  const away = spellAt(AWAY_FROM_HOME, nowMs, seed, STREAM.home, index);
  const warning = spellAt(WARNING, nowMs, seed, STREAM.warning, index);
  const phaseMs = hash(seed, STREAM.latency, index) % LATENCY_WINDOW_MS;
  const latencyWindow = Math.floor((nowMs + phaseMs) / LATENCY_WINDOW_MS);
  const latencySinceMs = latencyWindow * LATENCY_WINDOW_MS - phaseMs;
  const isAway = away.isOn && !isSteady;
  const hasWarning = warning.isOn && !isSteady;
  return {
    isOnline: connection.isOnline,
    lastSeenMs: connection.lastSeenMs,
    home: (site.near[isAway ? 1 : 0] ?? site.near[0] as { region: Region }).region,
    warningCount: hasWarning ? 1 + (Math.floor(warning.sinceMs / 1000) % 2) : 0,
    latencyWindow,
    sinceMs: Math.max(connection.sinceMs, away.sinceMs, warning.sinceMs, latencySinceMs),
    untilMs: Math.min(
      connection.untilMs,
      away.untilMs,
      warning.untilMs,
      latencySinceMs + LATENCY_WINDOW_MS,
    ),
  };
}

/** When a device's node key expires, in milliseconds. */
export function keyExpiryMs(key: ConditionKey): number {
  if (key.traits.has("key_expired")) return key.originMs - 2 * DAY + 9 * HOUR;
  if (key.traits.has("key_expiring")) return key.originMs + 3 * DAY;
  const days = 20 + Math.floor(150 * unit(key.seed, STREAM.expiry, key.index));
  return key.originMs + days * DAY + hash(key.seed, STREAM.expiry, key.index, 1) % DAY;
}

interface Connection {
  readonly isOnline: boolean;
  readonly lastSeenMs: number | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
}

function connectionAt(key: ConditionKey, nowMs: number): Connection {
  const forever = { sinceMs: -Infinity, untilMs: Infinity };
  const { traits } = key;
  if (traits.has("never_online")) return { isOnline: false, lastSeenMs: undefined, ...forever };
  if (traits.has("key_expired")) {
    return { isOnline: false, lastSeenMs: keyExpiryMs(key), ...forever };
  }
  if (traits.has("offline")) {
    const lastSeenMs = key.originMs - (3 * HOUR + hash(key.seed, STREAM.outage, key.index) % DAY);
    return { isOnline: false, lastSeenMs, ...forever };
  }
  const { outage } = KINDS[key.kind];
  if (outage === undefined || traits.has("steady")) {
    return { isOnline: true, lastSeenMs: undefined, ...forever };
  }
  const spell = spellAt(outage, nowMs, key.seed, STREAM.outage, key.index);
  return {
    isOnline: !spell.isOn,
    lastSeenMs: spell.isOn ? spell.sinceMs : undefined,
    sinceMs: spell.sinceMs,
    untilMs: spell.untilMs,
  };
}
