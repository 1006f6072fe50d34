/**
 * What may happen to a watchdog, for property tests.
 *
 * @module
 */

import fc from "fast-check";
import type { PeerObservation } from "../../src/paths/observation.ts";
import { PATH_STATES, type PathState } from "../../src/paths/path_state.ts";
import type { PingVerdict } from "../../src/paths/ping_verdict.ts";
import { peerIn } from "./_peer.ts";
import { INTERVAL_MS } from "./_watch.ts";

/** One look, and what happens before it and after it. */
export interface Step {
  /** How long after the last look. */
  readonly passedMs: number;
  /** By how much the date is set before it. */
  readonly setBy: number;
  /** Whether the process ends before it. A new one never looks sooner than after an interval. */
  readonly isNewProcess: boolean;
  /** Whether it finds tailscaled up. */
  readonly isUp: boolean;
  /** What it finds of each peer. */
  readonly states: readonly (PathState | "gone")[];
  /** What pings to the peers say afterwards. */
  readonly verdicts: readonly (PingVerdict | undefined)[];
}

const passedMs = fc.oneof(
  { weight: 6, arbitrary: fc.constant(INTERVAL_MS) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 * INTERVAL_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 * INTERVAL_MS }) },
);

const setBy = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3 * INTERVAL_MS, max: 3 * INTERVAL_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -(10 ** 11), max: 10 ** 11 }) },
);

const state = fc.oneof(
  { weight: 9, arbitrary: fc.constant<PathState>("derp") },
  { weight: 1, arbitrary: fc.constantFrom<PathState | "gone">(...PATH_STATES, "gone") },
);

const verdict = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<PingVerdict | undefined>("derp", undefined) },
  { weight: 1, arbitrary: fc.constantFrom<PingVerdict>("direct", "peer_relay", "none") },
);

const PEERS = ["a", "b", "c"];

/** Steps with three peers that are on relays most of the time. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record<Step>({
    passedMs,
    setBy,
    isNewProcess: fc.nat({ max: 9 }).map((dice) => dice === 0),
    isUp: fc.nat({ max: 11 }).map((dice) => dice > 0),
    states: fc.tuple(state, state, state),
    verdicts: fc.tuple(verdict, verdict, verdict),
  }).map((step) =>
    step.isNewProcess ? { ...step, passedMs: Math.max(step.passedMs, INTERVAL_MS) } : step
  ),
  { maxLength: 120 },
);

/** The peers that the look of a step finds; undefined if tailscaled is not up. */
export function peersOf({ isUp, states }: Step): readonly PeerObservation[] | undefined {
  if (!isUp) return undefined;
  return PEERS.flatMap((id, index) => {
    const state = states[index] ?? "gone";
    return state === "gone" ? [] : [peerIn(state, { id, name: id })];
  });
}

/** Who was pinged after the look of a step, and what was said. */
export function verdictsOf({ verdicts }: Step): readonly (readonly [string, PingVerdict])[] {
  return PEERS.flatMap((id, index) => {
    const verdict = verdicts[index];
    return verdict === undefined ? [] : [[id, verdict] as const];
  });
}
