/**
 * Things that come and go: outages, health warnings, changes of the home relay. Whether one is on
 * is a function of the moment, not of what happened before.
 *
 * @module
 */

import { hash, type Stream, unit } from "./random.ts";

/** How often something comes and how long it stays. */
export interface SpellPattern {
  /** At most one spell begins in each window of this many milliseconds. */
  readonly windowMs: number;
  /** Share of the windows that have a spell, from 0 to 1. */
  readonly chance: number;
  /** Shortest spell in milliseconds. */
  readonly minMs: number;
  /** Longest spell in milliseconds; at most the window. */
  readonly maxMs: number;
}

/** What holds at a moment, and for how long. */
export interface Spell {
  /** Whether the spell is on. */
  readonly isOn: boolean;
  /** When this began, in milliseconds. */
  readonly sinceMs: number;
  /** When it ends (excluded), in milliseconds. */
  readonly untilMs: number;
}

/**
 * Whether a device's spell is on at a moment.
 *
 * Windows start at another moment for each device, so that a fleet never moves in step.
 *
 * Units: nowMs is milliseconds since 1970.
 */
export function spellAt(
  pattern: SpellPattern,
  nowMs: number,
  seed: number,
  stream: Stream,
  device: number,
): Spell {
  const { windowMs } = pattern;
  const phaseMs = hash(seed, stream, device, -1) % windowMs;
  const number = Math.floor((nowMs + phaseMs) / windowMs);
  const startMs = number * windowMs - phaseMs;
  const endMs = startMs + windowMs;
  if (unit(seed, stream, device, number) >= pattern.chance) {
    return { isOn: false, sinceMs: startMs, untilMs: endMs };
  }
  const spread = unit(seed + 1, stream, device, number);
  const lengthMs = Math.floor(pattern.minMs + (pattern.maxMs - pattern.minMs) * spread);
  const onMs = startMs +
    Math.floor((windowMs - lengthMs) * unit(seed + 2, stream, device, number));
  const offMs = onMs + lengthMs;
  if (nowMs < onMs) return { isOn: false, sinceMs: startMs, untilMs: onMs };
  if (nowMs < offMs) return { isOn: true, sinceMs: onMs, untilMs: offMs };
  return { isOn: false, sinceMs: offMs, untilMs: endMs };
}
