/**
 * How a simulated device is doing at a moment: connected or not, its home relay, its warnings. A
 * pure function of seed, device and time, so that there is no state.
 *
 * @module
 */

import type { Span } from "../history/mod.ts";
import { hash, STREAM, unit } from "./random.ts";
import { KINDS } from "./device_kind.ts";
import type { Region, Site } from "./region.ts";
import type { DeviceSpec, Trait } from "./_spec.ts";
import { type Spell, spellAt, type SpellPattern } from "./spell.ts";

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

/**
 * Outages around the demo's start and every half hour after it, from and until, in milliseconds
 * since the start: alerts fire after two minutes and are resolved after one.
 */
const STAGED: ReadonlyMap<Trait, Stage> = new Map<Trait, Stage>([
  ["back_at_start", { fromMs: -7 * MINUTE, untilMs: -40_000, againMs: 30 * MINUTE }],
  ["failing_at_start", { fromMs: -100_000, untilMs: 5 * MINUTE, againMs: 60 * MINUTE }],
  ["offline_at_start", { fromMs: -9 * MINUTE, untilMs: 75_000, againMs: 90 * MINUTE }],
]);

/** From one staged outage of a device to the next, and how long the later ones are. */
const STAGE_EVERY_MS = 90 * MINUTE, STAGE_LENGTH_MS = 6 * MINUTE;

interface Stage {
  /** Begin of the first outage, relative to the start. */
  readonly fromMs: number;
  /** Its end. */
  readonly untilMs: number;
  /** Begin of the second one. */
  readonly againMs: number;
}

/** How a device is doing; holds for a whole stretch of time. */
export interface DeviceCondition {
  /** Whether it is connected to the control plane. */
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
  /** When the demo began, in milliseconds. */
  readonly startMs: number;
}

/**
 * How a device is doing at a moment.
 *
 * Units: nowMs is milliseconds since 1970.
 */
export function conditionAt(key: ConditionKey, nowMs: number): DeviceCondition {
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

/** Whether a device is connected, and since when. */
export interface Connection {
  /** Whether it is. */
  readonly isOnline: boolean;
  /** When it was last connected, in milliseconds; undefined while online or if never. */
  readonly lastSeenMs: number | undefined;
  /** From when this holds, in milliseconds. */
  readonly sinceMs: number;
  /** Until when this holds (excluded), in milliseconds. */
  readonly untilMs: number;
}

/**
 * When a device was offline, in the order of time.
 *
 * Units: milliseconds since 1970; of a stretch that began before `fromMs` the begin is told, where
 * there is one
 */
export function outagesOf(key: ConditionKey, fromMs: number, untilMs: number): readonly Span[] {
  const spans: Span[] = [];
  for (let ms = fromMs; ms <= untilMs;) {
    const connection = connectionAt(key, ms);
    if (!connection.isOnline) {
      const isOver = connection.untilMs <= untilMs;
      const beginMs = connection.lastSeenMs ?? -Infinity;
      const endMs = isOver ? connection.untilMs : undefined;
      const before = spans.at(-1);
      // Two windows of time may meet within one outage.
      if (before?.untilMs === beginMs) spans.pop();
      spans.push({ fromMs: before?.untilMs === beginMs ? before.fromMs : beginMs, untilMs: endMs });
    }
    ms = connection.untilMs;
  }
  return spans;
}

/** Whether a device is connected at a moment. */
export function connectionAt(key: ConditionKey, nowMs: number): Connection {
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
  const stage = stageOf(key);
  const staged = stage && stagedAt(stage, key.startMs, nowMs);
  if (staged !== undefined) return connectionOf(staged);
  const spell = spellAt(outage, nowMs, key.seed, STREAM.outage, key.index);
  const untilMs = Math.min(spell.untilMs, calmMs(stage, key.startMs));
  return connectionOf({ ...spell, untilMs });
}

function connectionOf({ isOn, sinceMs, untilMs }: Spell): Connection {
  return { isOnline: !isOn, lastSeenMs: isOn ? sinceMs : undefined, sinceMs, untilMs };
}

/** The first staged outage of a device; undefined if it has none. */
function stageOf({ traits }: ConditionKey): Stage | undefined {
  for (const trait of traits) {
    const stage = STAGED.get(trait);
    if (stage !== undefined) return stage;
  }
  return undefined;
}

/** From when on a device has no outages but staged ones, in milliseconds since 1970. */
function calmMs(stage: Stage | undefined, startMs: number): number {
  return stage === undefined ? Infinity : startMs + stage.fromMs - HOUR;
}

/** The staged outage at a moment, or the time between two; undefined before there are any. */
function stagedAt(stage: Stage, startMs: number, nowMs: number): Spell | undefined {
  const [fromMs, untilMs] = [startMs + stage.fromMs, startMs + stage.untilMs];
  const againMs = startMs + stage.againMs;
  const sinceMs = calmMs(stage, startMs);
  if (nowMs < sinceMs) return undefined;
  if (nowMs < fromMs) return { isOn: false, sinceMs, untilMs: fromMs };
  if (nowMs < untilMs) return { isOn: true, sinceMs: fromMs, untilMs };
  if (nowMs < againMs) return { isOn: false, sinceMs: untilMs, untilMs: againMs };
  const beginMs = nowMs - (nowMs - againMs) % STAGE_EVERY_MS;
  const endMs = beginMs + STAGE_LENGTH_MS;
  return nowMs < endMs
    ? { isOn: true, sinceMs: beginMs, untilMs: endMs }
    : { isOn: false, sinceMs: endMs, untilMs: beginMs + STAGE_EVERY_MS };
}
