import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_GAP_MS, WatchedTime } from "../../src/paths/watched_time.ts";
import { at, peerIn, START_MS } from "./_peer.ts";
import { INTERVAL_MS, WatchRig } from "./_watch.ts";

const STUCK = [peerIn("derp")];
const NOTHING = { lastRunMs: undefined, gapMs: undefined };

Deno.test("WatchedTime counts nothing at the first look of all", () => {
  const time = new WatchedTime(INTERVAL_MS, NOTHING);
  assertEquals(time.pass(at(500_000)), { ms: 0, sureMs: 0, mayMs: 0, isSteady: true });
});

Deno.test("WatchedTime asks the clock that nobody sets within one process", () => {
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
