import { assertEquals } from "@std/assert";
import { WatchedTime } from "../../src/paths/watched_time.ts";
import { at, peerIn, START_MS } from "./_peer.ts";
import { INTERVAL_MS, WatchRig } from "./_watch.ts";

const STUCK = [peerIn("derp")];

Deno.test("WatchedTime counts nothing at the first look of all", () => {
  const time = new WatchedTime(INTERVAL_MS, undefined);
  assertEquals(time.pass(at(500_000)), { ms: 0, isSteady: true });
});

Deno.test("WatchedTime asks the clock that nobody sets within one process", () => {
  for (const setBy of [0, -86_400_000, 86_400_000]) {
    const time = new WatchedTime(INTERVAL_MS, undefined);
    time.pass(at(0));
    assertEquals(time.pass(at(60_000, setBy)), { ms: 60_000, isSteady: true });
    assertEquals(time.pass(at(61_000, -setBy)), { ms: 1_000, isSteady: true });
  }
});

const GAPS: readonly (readonly [passedMs: number, ms: number, isSteady: boolean])[] = [
  [0, 0, true],
  [180_000, 180_000, true],
  [180_001, 0, false],
  [86_400_000, 0, false],
  [-1, 0, false],
  [NaN, 0, false],
];

for (const [passedMs, ms, isSteady] of GAPS) {
  Deno.test(`WatchedTime counts ${ms} of ${passedMs} ms within one process`, () => {
    const time = new WatchedTime(INTERVAL_MS, undefined);
    time.pass(at(0));
    assertEquals(time.pass(at(passedMs)), { ms, isSteady });
  });
}

const DATES: readonly (readonly [passedMs: number, ms: number, isSteady: boolean])[] = [
  [0, 0, true],
  [59_000, 59_000, true],
  [60_000, 60_000, true],
  [61_000, 60_000, true],
  [180_000, 60_000, true],
  [180_001, 0, false],
  [-1, 0, false],
  [86_400_000 * 365, 0, false],
];

for (const [passedMs, ms, isSteady] of DATES) {
  Deno.test(`WatchedTime counts ${ms} of ${passedMs} ms by date in a new process`, () => {
    const time = new WatchedTime(INTERVAL_MS, START_MS - passedMs);
    assertEquals(time.pass(at(0)), { ms, isSteady });
    assertEquals(time.pass(at(1_000, 86_400_000)), { ms: 1_000, isSteady: true });
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
  "nobody looks for an hour": (rig) => rig.look(STUCK, 3_600_000),
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
  "a new process comes an hour later": (rig) => {
    rig.restartProcess();
    return rig.look(STUCK, 3_600_000);
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
