/**
 * Over which path the demo's host reaches a peer at a moment: most directly, some over a peer
 * relay, some fall back to a DERP relay until something mends that, and one is dead.
 *
 * @module
 */

import { hash, STREAM, unit } from "./random.ts";
import { type Spell, spellAt, type SpellPattern } from "./spell.ts";
import type { PageFault, Trait } from "./_spec.ts";

/** How packets go to a peer. */
export type HostPath =
  /** Straight to its address. */
  | "direct_v4"
  /** The same by IPv6. */
  | "direct_v6"
  /** Through a machine of the tailnet that serves as a relay. */
  | "peer_relay"
  /** Through a DERP server. */
  | "derp"
  /** They go out, and nothing comes back. */
  | "dead";

/** What decides about the path to a peer. */
export interface HostPathKey {
  /** The demo's seed. */
  readonly seed: number;
  /** The peer's number. */
  readonly index: number;
  /** Its traits. */
  readonly traits: ReadonlySet<Trait>;
  /** What is wrong with its page: one that hangs is dead for its peers, too. */
  readonly fault: PageFault | undefined;
  /** When the demo began, in milliseconds. */
  readonly startMs: number;
}

const MINUTE = 60_000;

/** A direct path that falls back to a relay and stays there. */
const FALL: SpellPattern = {
  windowMs: 60 * MINUTE,
  chance: 0.7,
  minMs: 15 * MINUTE,
  maxMs: 40 * MINUTE,
};

/** A relay that is over by itself. */
const SHORT_FALL: SpellPattern = {
  windowMs: 45 * MINUTE,
  chance: 0.6,
  minMs: MINUTE,
  maxMs: 4 * MINUTE,
};

/**
 * The path to a peer at a moment.
 *
 * @param mendedMs When the host last opened its ports anew, in milliseconds since 1970: what fell
 * back before is direct again.
 */
export function hostPathAt(key: HostPathKey, nowMs: number, mendedMs: number): HostPath {
  const { fault, index, seed, startMs, traits } = key;
  if (fault === "hang") return "dead";
  // Behind such a NAT no direct path can be made.
  if (traits.has("hard_nat") && !traits.has("peer_relay")) return "derp";
  const luck = unit(seed, STREAM.path, index);
  if (luck < 0.12) return "peer_relay";
  const direct = hash(seed, STREAM.path, index, 1) % 3 === 0 ? "direct_v6" : "direct_v4";
  const isProne = luck < 0.3;
  const spell = isProne && nowMs < startMs + 20 * MINUTE
    // In the first minutes all of them, so that the watchdog has something to do.
    ? { isOn: true, sinceMs: startMs }
    : spellAt(isProne ? FALL : SHORT_FALL, nowMs, seed, STREAM.path, index);
  return isFallen(spell, mendedMs) ? "derp" : direct;
}

function isFallen({ isOn, sinceMs }: Pick<Spell, "isOn" | "sinceMs">, mendedMs: number): boolean {
  return isOn && sinceMs > mendedMs;
}
