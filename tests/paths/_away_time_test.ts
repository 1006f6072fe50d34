import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { AwayTime } from "../../src/paths/_away_time.ts";
import { briefAwayMs } from "../../src/time/timing.ts";
import { makePeer, peerIn } from "./_peer.ts";
import { INTERVAL_MS, WatchRig } from "./_watch.ts";
import { peersOf, steps, verdictsOf } from "./_watch_step.ts";

const BRIEF_MS = briefAwayMs(1_000);

const STUCK = [peerIn("derp")];
const WELL = [makePeer()];
const AWAY = undefined;

/** A rig whose peer has been on a relay for some minutes. */
function stuckFor(minutes: number, options: ConstructorParameters<typeof WatchRig>[0] = {}) {
  const rig = new WatchRig(options);
  rig.looks(minutes + 1, STUCK);
  return rig;
}

Deno.test("AwayTime measures from the last look up to the first one that find tailscaled up", () => {
  const away = new AwayTime(INTERVAL_MS, undefined);
  const steady = (mayMs: number) => ({ mayMs, isSteady: true });
  assertEquals([away.pass(steady(3_600_000), true), away.ms], [false, undefined] as never);
  assertEquals([away.pass(steady(60_000), false), away.ms], [false, 60_000] as never);
  assertEquals([away.pass(steady(60_000), false), away.ms], [false, 120_000] as never);
  assertEquals([away.pass(steady(60_000), true), away.ms], [false, undefined] as never);
  assertEquals([away.pass(steady(60_000), false), away.ms], [false, 60_000] as never);
});

for (
  const [intervalMs, briefMs] of [
    [1_000, BRIEF_MS],
    [60_000, BRIEF_MS],
    [120_000, 360_000],
  ] as const
) {
  Deno.test(`AwayTime takes up to ${briefMs} ms for brief at an interval of ${intervalMs}`, () => {
    for (const isUp of [true, false]) {
      const isLong = (ms: number, isSteady = true) =>
        new AwayTime(intervalMs, 1).pass({ mayMs: ms - 1, isSteady }, isUp);
      assertEquals([isLong(briefMs), isLong(briefMs + 1)], [false, true]);
      // How long that was is unknown.
      assertEquals(isLong(1, false), true);
    }
  });
}

Deno.test("Watchdog says that a peer recovered though tailscaled was not up meanwhile", () => {
  for (const looks of [1, 2, 50]) {
    const rig = stuckFor(3);
    assertEquals(rig.looks(looks, AWAY), []);
    assertEquals(rig.look(WELL), ["RECOVERED: hostname back to direct"]);
    assertEquals(rig.watchdog.counters.recoveries, 1);
    assertEquals(rig.watchdog.counters.detections, 1);
  }
});

Deno.test("Watchdog ends what it knew of a peer that is gone when tailscaled is up again", () => {
  const rig = stuckFor(3);
  assertEquals(rig.looks(2, AWAY), []);
  assertEquals(rig.look([]), ["ENDED: hostname no longer on relay (gone)"]);
});

Deno.test("Watchdog goes on with a peer's time on a relay when tailscaled was briefly not up", () => {
  const rig = stuckFor(8);
  assertEquals(rig.looks(2, AWAY), []);
  assertEquals(rig.looks(5, STUCK), [
    // The time before this look does not count either.
    "WAITING: hostname on relay for 480s (threshold: 600s)",
    "WAITING: hostname on relay for 540s (threshold: 600s)",
    "WAITING: hostname on relay for 600s (threshold: 600s)",
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    "→ restart exit 75",
    "COOLDOWN: hostname exceeded threshold but in cooldown (540s remaining)",
  ]);
});

Deno.test("Watchdog begins a peer's time on a relay anew when tailscaled was not up for long", () => {
  const rig = stuckFor(10);
  assertEquals(rig.looks(3, AWAY), []);
  const lines = rig.looks(12, STUCK);
  assertEquals(lines.slice(0, 2), [
    "WAITING: hostname on relay for 0s (threshold: 600s)",
    "WAITING: hostname on relay for 60s (threshold: 600s)",
  ]);
  assertEquals(lines.slice(-2), [
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    "→ restart exit 75",
  ]);
  assertEquals(lines.filter((line) => line.startsWith("RESTART")).length, 1);
  assertEquals(rig.watchdog.counters.detections, 1);
});

/** Ways in which tailscaled is not up for long, or for an unknown time. */
const LONG: Readonly<Record<string, (rig: WatchRig) => void>> = {
  "a day": (rig) => void rig.looks(1440, AWAY),
  "an hour of which nobody saw the most": (rig) => {
    rig.look(AWAY);
    rig.look(AWAY, 3_600_000);
  },
  "an hour that nobody saw the end of": (rig) => {
    rig.look(AWAY);
    rig.realMs += 3_600_000;
  },
  "an hour that nobody saw the beginning of": (rig) => void rig.look(AWAY, 3_600_000),
  "an hour in which each look is a new process": (rig) => {
    for (let look = 0; look < 60; look++) {
      rig.restartProcess();
      rig.look(AWAY);
    }
    rig.restartProcess();
  },
};

for (const [name, pass] of Object.entries(LONG)) {
  Deno.test(`Watchdog heals nothing for what was before ${name} of tailscaled not up`, () => {
    // Overdue, cooled down, and as often restarted as may be until the day is over.
    const rig = stuckFor(30, { maxRestarts: 0 });
    const state = { ...rig.watchdog.state(), resigned: [] };
    const later = new WatchRig({ state });
    later.realMs = INTERVAL_MS;
    pass(later);
    const lines = later.looks(6, STUCK);
    assertEquals(lines.filter((line) => !line.startsWith("WAITING")), [], name);
    assertEquals(later.look(STUCK).at(-1), "→ rebind restun rebind");
  });
}

Deno.test("Watchdog lets a ping have its chance after tailscaled was not up", () => {
  for (const verdict of ["derp", "none"] as const) {
    const rig = stuckFor(10);
    rig.pinged("n1", verdict);
    rig.look(AWAY);
    const { verdict: kept, askedAt } = rig.watchdog.state().episodes[0] ?? {};
    assertEquals([kept, askedAt], [undefined, 0]);
    // Late word of before.
    rig.pinged("n1", "derp");
    assertEquals(rig.look(STUCK), ["WAITING: hostname on relay for 600s (threshold: 600s)"]);
    assertEquals(rig.watchdog.counters.done.restart, 0);
    assertEquals(rig.look(STUCK).at(-1), "→ restart exit 75");
  }
});

Deno.test("Watchdog suspects a peer anew after tailscaled was not up", () => {
  const rig = new WatchRig({ intervalMs: 5_000 });
  const look = (peers: typeof STUCK | undefined) => rig.look(peers, 5_000);
  assertEquals([look(STUCK), look(STUCK), look(AWAY)], [[], [], []]);
  assertEquals([look(STUCK), look(STUCK)], [[], []]);
  assertEquals(look(STUCK), ["DETECTED: hostname transitioned to relay"]);
});

Deno.test("Watchdog shows no peer while tailscaled is not up, and asks for no ping", () => {
  const rig = new WatchRig();
  const peers = [...STUCK, makePeer({ id: "n2" })];
  rig.looks(3, peers);
  assertEquals(rig.watchdog.peers().length, 2);
  assertEquals(rig.report(AWAY).actions, []);
  assertEquals(rig.watchdog.peers(), []);
  rig.restartProcess();
  assertEquals(rig.watchdog.peers(), []);
  rig.look(peers);
  assertEquals(rig.watchdog.peers().length, 2);
});

Deno.test("Watchdog cools down while tailscaled is not up", () => {
  const rig = stuckFor(11);
  assertEquals(rig.watchdog.cooldownMs, 600_000);
  rig.looks(4, AWAY);
  assertEquals(rig.watchdog.cooldownMs, 360_000);
});

Deno.test("Watchdog says why it leaves a peer alone where that comes while tailscaled is not up", () => {
  const rig = stuckFor(20);
  rig.looks(2, AWAY);
  const resigned = "a restart did not help, left alone until it has been direct";
  assertEquals(rig.looks(3, STUCK), [`RESIGNED: hostname on relay for 1200s, ${resigned}`]);
});

Deno.test("Watchdog heals nothing while tailscaled is not up, nor for what was long before", () => {
  let count = 0;
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 3 }), (steps, maxRestarts) => {
      const thresholdMs = 4 * INTERVAL_MS;
      const rig = new WatchRig({ thresholdMs, cooldownMs: 5 * INTERVAL_MS, maxRestarts });
      let [awayMs, upMs, isUp, isKnown] = [0, Infinity, true, true];
      for (const step of steps) {
        rig.setDate(step.setBy);
        if (step.isNewProcess) rig.restartProcess();
        const wasUp = isUp;
        isUp = step.isUp;
        const kinds = rig.report(peersOf(step), step.passedMs).actions.map(({ kind }) => kind);
        const isHealed = kinds.some((kind) => kind !== "ping");
        // A new process goes by the date, as far as such gaps were seen before.
        const setMs = step.isNewProcess ? Math.max(0, step.setBy) : 0;
        if (isUp && wasUp) upMs += step.passedMs + setMs;
        else {
          awayMs = (wasUp ? 0 : awayMs) + step.passedMs;
          upMs = 0;
          // A new process that finds the date set back may take any time for a short one.
          isKnown = (wasUp || isKnown) && !(step.isNewProcess && step.setBy !== 0);
          assertEquals(isHealed, false, `${kinds}`);
        }
        // Over new processes up to three intervals are taken for one.
        const isLong = awayMs > 3 * BRIEF_MS && isKnown;
        if (isLong && isUp && !wasUp) count++;
        if (isLong && upMs <= thresholdMs / 2) assertEquals(isHealed, false, `${upMs}`);
        for (const [id, verdict] of verdictsOf(step)) rig.pinged(id, verdict);
      }
    }),
    { numRuns: 500 },
  );
  assertEquals(count > 0, true);
});
