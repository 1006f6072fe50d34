/**
 * What may happen to a watchdog and its tailscaled from one look to the next, for property tests.
 *
 * @module
 */

import fc from "fast-check";
import { type Behaviour, makeLocalPeer, makeStuckPeer } from "./_heal_local.ts";
import type { WatchdogRig } from "./_watch_rig.ts";

/** One look and what comes with it. */
export interface Chance {
  /** What each call does. */
  readonly behaviours: Readonly<Record<string, Behaviour>>;
  /** What tailscaled says it is doing. */
  readonly state: WatchdogRig["local"]["state"];
  /** Whether each of the two peers is stuck. */
  readonly isStuck: readonly boolean[];
  /** The process ends before the look. */
  readonly isNewProcess: boolean;
  /** Milliseconds by which the wall clock is set before the look. */
  readonly setBy: number;
  /** The call at which the program is told to stop; "" for none. */
  readonly stopAt: string;
  /** Whether the store keeps what it is given. */
  readonly isKept: boolean;
}

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Behaviour>("ok") },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Behaviour>("wedged", "forbidden", "unreachable", new Error("odd")),
  },
);

const chance: fc.Arbitrary<Chance> = fc.record({
  behaviours: fc.record({
    status: fc.constantFrom<Behaviour>("ok", "ok", "ok", "ok", "ok", "ok", "unreachable"),
    ping: behaviour,
    debug: behaviour,
    down: behaviour,
    up: behaviour,
  }),
  state: fc.oneof(
    { weight: 12, arbitrary: fc.constant("Running" as const) },
    { weight: 1, arbitrary: fc.constantFrom("Starting", "Stopped", "NeedsLogin", undefined) },
  ),
  isStuck: fc.tuple(
    fc.nat({ max: 9 }).map((dice) => dice > 0),
    fc.nat({ max: 9 }).map((dice) => dice > 1),
  ),
  isNewProcess: fc.nat({ max: 4 }).map((dice) => dice === 0),
  setBy: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }) },
  ),
  stopAt: fc.oneof(
    { weight: 6, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constantFrom("down", "up", "debug restun", "ping", "status") },
  ),
  isKept: fc.nat({ max: 19 }).map((dice) => dice > 0),
});

/** A few hours with two peers. */
export const chances: fc.Arbitrary<readonly Chance[]> = fc.array(chance, {
  minLength: 20,
  maxLength: 60,
});

/** Lets it happen; gives the calls that were made. */
export async function play(rig: WatchdogRig, chance: Chance): Promise<readonly string[]> {
  const { behaviours, state, isStuck, isNewProcess, setBy, stopAt, isKept } = chance;
  rig.local.behaviours.clear();
  for (const [call, each] of Object.entries(behaviours)) {
    if (each !== "ok") rig.local.behaviours.set(call, each);
  }
  rig.local.state = state;
  rig.local.peers = isStuck.map((isStuck, at) => {
    const fields = { id: `n${at}`, name: `peer-${at}`, addresses: [`100.64.0.${at + 2}`] };
    return isStuck ? makeStuckPeer(fields) : makeLocalPeer(fields);
  });
  rig.clock.set(setBy);
  rig.store.isKept = isKept;
  if (isNewProcess) rig.endProcess();
  const stop = new AbortController();
  const asked: string[] = [];
  rig.local.onCall = (call) => {
    asked.push(call);
    if (stopAt !== "" && call.startsWith(stopAt)) stop.abort(new Error("SIGTERM"));
  };
  try {
    await rig.look(stop.signal);
  } catch (error) {
    // A program that was told to stop does so; anything else is a defect.
    if (!stop.signal.aborted) throw error;
    rig.endProcess();
  }
  return asked;
}
