import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { GRACE_MS } from "../../src/paths/path_state.ts";
import { MAX_GAP_MS, WatchedTime } from "../../src/paths/watched_time.ts";
import { at, peerIn, START_MS } from "./_peer.ts";
import { ACTIVE_MS, SparsePeer } from "./_sparse_peer.ts";
import { INTERVAL_MS, WatchRig } from "./_watch.ts";

const STUCK = [peerIn("derp")];
const NOTHING = { lastRunMs: undefined, gapMs: undefined };

Deno.test("WatchedTime counts nothing at the first look of all", () => {
  const time = new WatchedTime(INTERVAL_MS, NOTHING);
  assertEquals(time.pass(at(500_000)), { ms: 0, sureMs: 0, mayMs: 0, isSteady: true });
});

Deno.test("WatchedTime uses the monotonic clock within one process", () => {
  for (const setBy of [0, -86_400_000, 86_400_000]) {
    const time = new WatchedTime(INTERVAL_MS, NOTHING);
    time.pass(at(0));
    assertEquals(time.pass(at(60_000, setBy)), {
      ms: 60_000,
      sureMs: 60_000,
      mayMs: 60_000,
      isSteady: true,
    });
    const second = { ms: 1_000, sureMs: 1_000, mayMs: 1_000, isSteady: true };
    assertEquals(time.pass(at(61_000, -setBy)), second);
  }
});

const GAPS: readonly (readonly [passedMs: number, ms: number, isSteady: boolean])[] = [
  [0, 0, true],
  [180_001, 180_001, true],
  [3_600_000, 3_600_000, true],
  [3_600_001, 0, false],
  [-1, 0, false],
  [NaN, 0, false],
];

for (const [passedMs, ms, isSteady] of GAPS) {
  Deno.test(`WatchedTime counts ${ms} of ${passedMs} ms within one process`, () => {
    const time = new WatchedTime(INTERVAL_MS, NOTHING);
    time.pass(at(0));
    assertEquals(time.pass(at(passedMs)), { ms, sureMs: ms, mayMs: ms, isSteady });
    assertEquals(time.gapMs, isSteady ? passedMs : undefined);
  });
}

/** What a new process finds by the date, and what it knows of the time between looks before. */
const DATES: readonly (readonly [
  passedMs: number,
  gapMs: number | undefined,
  ms: number,
  sureMs: number,
  isSteady: boolean,
])[] = [
  [0, undefined, 0, 0, true],
  [59_000, undefined, 59_000, 59_000, true],
  [60_000, undefined, 60_000, 60_000, true],
  // The first time it may be a date that was set.
  [61_000, undefined, 60_000, 60_000, true],
  [1_800_000, 30_000, 60_000, 60_000, true],
  // A timer that is slower than the settings say.
  [1_800_000, 1_800_000, 1_800_000, 60_000, true],
  [1_900_000, 1_800_000, 1_800_000, 60_000, true],
  [3_600_000, 3_600_000, 3_600_000, 60_000, true],
  [3_600_001, 3_600_000, 0, 0, false],
  [-1, 3_600_000, 0, 0, false],
  [86_400_000 * 365, 3_600_000, 0, 0, false],
];

for (const [passedMs, gapMs, ms, sureMs, isSteady] of DATES) {
  Deno.test(`WatchedTime counts ${ms} of ${passedMs} ms by date, after ${gapMs} before`, () => {
    const time = new WatchedTime(INTERVAL_MS, { lastRunMs: START_MS - passedMs, gapMs });
    assertEquals(time.pass(at(0)), { ms, sureMs, mayMs: isSteady ? passedMs : 0, isSteady });
    assertEquals(time.gapMs, isSteady ? Math.max(passedMs, gapMs ?? 0) : gapMs);
    const next = { ms: 1_000, sureMs: 1_000, mayMs: 1_000, isSteady: true };
    assertEquals(time.pass(at(1_000, 86_400_000)), next);
  });
}

/** Ways in which time goes wrong before a look at a peer that is about to be, or is, overdue. */
const JUMPS: Readonly<Record<string, (rig: WatchRig) => readonly string[]>> = {
  "the date is set forward by a day": (rig) => {
    rig.setDate(86_400_000);
    return rig.look(STUCK, 0);
  },
  "the date is set back by a day": (rig) => {
    rig.setDate(-86_400_000);
    return rig.look(STUCK, 0);
  },
  "nobody looks for more than an hour": (rig) => rig.look(STUCK, 3_600_001),
  "the clock that nobody sets goes back": (rig) => rig.look(STUCK, -3_600_000),
  "a new process finds the date set forward": (rig) => {
    rig.setDate(86_400_000);
    rig.restartProcess();
    return rig.look(STUCK, 1_000);
  },
  "a new process finds the date set back": (rig) => {
    rig.setDate(-86_400_000);
    rig.restartProcess();
    return rig.look(STUCK, 1_000);
  },
  "a new process comes more than an hour later": (rig) => {
    rig.restartProcess();
    return rig.look(STUCK, 3_600_001);
  },
};

for (const [name, jump] of Object.entries(JUMPS)) {
  Deno.test(`Watchdog does not restart because ${name}`, () => {
    for (const [looks, relayed] of [[11, "600s"], [21, "1200s"]] as const) {
      const rig = new WatchRig();
      rig.looks(looks, STUCK);
      const lines = jump(rig);
      assertEquals(lines.filter((line) => /RESTART|HEAL/.test(line)), []);
      assertEquals(lines.length, 1, `${lines} after ${relayed}`);
    }
    // Time goes on afterwards: the restart comes with the next look that is due.
    const rig = new WatchRig();
    rig.looks(11, STUCK);
    jump(rig);
    assertEquals(rig.look(STUCK).at(-1), "→ restart exit 75");
  });
}

Deno.test("Watchdog does not believe the date of a new process the first time it jumps", () => {
  const rig = new WatchRig();
  rig.looks(3, STUCK);
  rig.setDate(1_800_000);
  rig.restartProcess();
  assertEquals(rig.look(STUCK).slice(1), [
    "WAITING: hostname on relay for 180s (threshold: 600s)",
  ]);
});

Deno.test("Watchdog heals at the same relay age, whatever lies between looks up to an hour", () => {
  const spacings = fc.record({
    passedMs: fc.integer({ min: 20_000, max: MAX_GAP_MS }),
    // Looks that are not quite regular, as a timer makes them, or not at all in one process.
    jitter: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 200 }),
    isNewProcess: fc.boolean(),
    thresholdMs: fc.integer({ min: 60_000, max: 4 * MAX_GAP_MS }),
  });
  fc.assert(fc.property(spacings, ({ passedMs, jitter, isNewProcess, thresholdMs }) => {
    const rig = new WatchRig({ thresholdMs });
    for (const share of jitter) {
      if (isNewProcess) rig.restartProcess();
      const part = isNewProcess ? 0.95 + 0.05 * share : share;
      const lines = rig.look(STUCK, Math.round(passedMs * part));
      if (!lines.some((line) => line.startsWith("RESTART"))) {
        assertEquals(rig.realMs <= thresholdMs + 2 * passedMs, true, `${rig.realMs}`);
        continue;
      }
      // Detected at the second look, so that a ping had its chance: not before the third.
      assertEquals(rig.realMs > thresholdMs, true, `${rig.realMs}`);
      return;
    }
  }));
});

Deno.test("Watchdog heals for a peer on a relay with one request in 75 s as for any other", () => {
  const healing = (lines: readonly string[]) => lines.filter((line) => /^(HEAL|REST|→)/.test(line));
  const wanted = healing(new WatchRig().looks(12, STUCK));
  const rig = new WatchRig();
  const peer = new SparsePeer(75_000);
  const lines: string[] = [];
  // Of five looks three find it active. Time counts from each of these to the next look.
  for (let look = 0; look < 24; look++) lines.push(...rig.look([peer.at(look * INTERVAL_MS)]));
  assertEquals(healing(lines), wanted);
  assertEquals(lines.filter((line) => /^(DETECTED|ENDED)/.test(line)).length, 1);
});

/** How often a peer gets a request, and when it is looked at. */
const sparse = fc.record({
  periodMs: fc.integer({ min: 5_000, max: 300_000 }),
  // So that at least one look falls into the time after a request.
  spacings: fc.infiniteStream(fc.integer({ min: 15_000, max: ACTIVE_MS })),
  intervalMs: fc.integer({ min: 15_000, max: ACTIVE_MS }),
  isRegular: fc.boolean(),
  isNewProcess: fc.boolean(),
  isPinged: fc.boolean(),
  thresholdMs: fc.integer({ min: 180_000, max: 1_200_000 }),
});

Deno.test("Watchdog heals at the same relay age, however sparse a peer's traffic is", () => {
  const shares: Readonly<Record<string, number>> = { rebind: 0.5, reconnect: 0.75, restart: 1 };
  const counts: Record<string, number> = {};
  const count = (what: string) => counts[what] = (counts[what] ?? 0) + 1;
  fc.assert(fc.property(sparse, (chance) => {
    const { intervalMs, isNewProcess, isPinged, isRegular, periodMs, spacings, thresholdMs } =
      chance;
    const rig = new WatchRig({ thresholdMs, intervalMs });
    const peer = new SparsePeer(periodMs);
    /** Time from looks that found it active to the next look, since it was detected. */
    let relayMs: number | undefined;
    let wasActive = false;
    let wasHealed = false;
    for (let [look, at] = [0, 0]; look < 2_000; look++) {
      if (isNewProcess) rig.restartProcess();
      const passedMs = isRegular || isNewProcess ? intervalMs : spacings.next().value;
      if (look > 0) at += passedMs;
      const lines = rig.look([peer.at(at)], passedMs);
      const isActive = peer.isActive(at);
      if (isPinged && isActive) rig.pinged("n1", "derp");
      if (relayMs !== undefined && wasActive) relayMs += passedMs;
      wasActive = isActive;
      if (lines.some((line) => line.startsWith("DETECTED"))) {
        assertEquals(relayMs, undefined, "an idle moment does not end the time on the relay");
        relayMs = 0;
      }
      // A session that is older than the grace is on a relay for sure.
      if (isActive && peer.sessionMs(at) >= GRACE_MS) assertEquals(relayMs === undefined, false);
      if (relayMs === undefined) continue;
      count(isActive ? "active" : "idle");
      const latestMs = (wasHealed ? 1 : 0.5) * thresholdMs + 2 * ACTIVE_MS;
      assertEquals(relayMs <= latestMs, true, `nothing more at ${relayMs} ms`);
      const [, kind] = lines.map((line) => /^→ (\w+)/.exec(line)).find((each) => each) ?? [];
      if (kind === undefined) continue;
      // It may have been on the relay at the look before it was detected.
      const dueMs = (shares[kind] ?? NaN) * thresholdMs;
      assertEquals(relayMs > dueMs - ACTIVE_MS, true, `${kind} at ${relayMs} ms`);
      count(kind);
      wasHealed = true;
      if (kind === "restart") return;
    }
  }));
  const { active = 0, idle = 0, rebind = 0, reconnect = 0, restart = 0 } = counts;
  assertEquals(Math.min(active, idle, rebind, reconnect, restart) > 0, true);
});

Deno.test("Watchdog of a slow timer says once how far looks are apart, and loses one of them", () => {
  const rig = new WatchRig();
  const lines = Array.from({ length: 5 }, () => {
    rig.restartProcess();
    return rig.look(STUCK, 300_000);
  });
  assertEquals(lines.flat(), [
    "INTERVAL: looks every 300s, WATCHDOG_INTERVAL is 60s: set it to the timer's interval",
    "DETECTED: hostname transitioned to relay",
    "WAITING: hostname on relay for 360s (threshold: 600s)",
    "HEAL: hostname on relay for 360s, asking tailscaled to re-STUN and rebind",
    "→ rebind restun rebind",
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    "→ restart exit 75",
    "COOLDOWN: hostname exceeded threshold but in cooldown (540s remaining)",
  ]);
});
