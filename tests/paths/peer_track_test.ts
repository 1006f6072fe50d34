import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PATH_STATES, type PathState } from "../../src/paths/path_state.ts";
import { PeerTrack } from "../../src/paths/peer_track.ts";
import { at, peerIn, START_MS } from "./_peer.ts";

const MAX_GAP_MS = 90_000;

function trackIn(state: PathState, elapsedMs = 0): PeerTrack {
  return new PeerTrack(peerIn(state), at(elapsedMs), { maxGapMs: MAX_GAP_MS, graceMs: 10_000 });
}

function secondsOf(track: PeerTrack): Readonly<Record<string, number>> {
  const entries = PATH_STATES.map((state) => [state, track.seconds(state)] as const);
  return Object.fromEntries(entries.filter(([, seconds]) => seconds !== 0));
}

function transitionsOf(track: PeerTrack): readonly string[] {
  return track.transitions().map(({ from, to, count }) => `${from} ${to} ${count}`);
}

/** A track that has come to be in this state; a relay needs two looks. */
function settledIn(state: PathState): PeerTrack {
  const track = trackIn(state);
  track.see(peerIn(state), at(30_000));
  assertEquals(track.state, state);
  return track;
}

for (const from of PATH_STATES) {
  for (const to of PATH_STATES) {
    Deno.test(`PeerTrack goes from ${from} to ${to}, and counts it once`, () => {
      const track = settledIn(from);
      const before = transitionsOf(track);
      track.see(peerIn(to), at(60_000));
      track.see(peerIn(to), at(90_000));
      assertEquals(track.state, to);
      // A relay shows only after the grace: until then the path is not known.
      const viaUnknown = to === "derp" && from !== "derp" && from !== "unknown";
      const steps = viaUnknown ? [`${from} unknown 1`, "unknown derp 1"] : [`${from} ${to} 1`];
      const wanted = from === to ? [] : steps;
      assertEquals(transitionsOf(track).filter((line) => !before.includes(line)), wanted);
    });
  }
}

Deno.test("PeerTrack counts time for the state that began it", () => {
  const track = trackIn("direct_v4");
  track.see(peerIn("direct_v6"), at(10_000));
  track.see(peerIn("idle"), at(15_000));
  track.see(peerIn("idle"), at(17_500));
  assertEquals(secondsOf(track), { direct_v4: 10, direct_v6: 5, idle: 2.5 });
  assertEquals(track.sinceMs, START_MS + 15_000);
});

Deno.test("PeerTrack.earlier is the time on paths before the present one, idle left out", () => {
  const track = settledIn("derp");
  const look = (state: PathState, ms: number) => {
    track.see(peerIn(state), at(ms));
    return [track.earlier.earlierMs, track.earlier.earlierRelayMs];
  };
  // The first 30 s were unknown: a relay shows after the grace.
  assertEquals(look("derp", 40_000), [0, 0]);
  assertEquals(look("direct_v4", 50_000), [20_000, 20_000]);
  assertEquals(look("direct_v4", 55_000), [20_000, 20_000]);
  assertEquals(look("idle", 60_000), [30_000, 20_000]);
  assertEquals(look("direct_v4", 90_000), [30_000, 20_000]);
  assertEquals(look("peer_relay", 95_000), [35_000, 20_000]);
  assertEquals(look("offline", 96_000), [36_000, 21_000]);
});

Deno.test("PeerTrack takes a missing address for a relay only after the grace", () => {
  const track = trackIn("direct_v4");
  const states = [1_000, 5_000, 10_999, 11_000, 20_000].map((ms) => {
    track.see(peerIn("derp"), at(ms));
    return track.state;
  });
  assertEquals(states, ["unknown", "unknown", "unknown", "derp", "derp"]);
});

Deno.test("PeerTrack begins the grace again after each break", () => {
  for (const state of PATH_STATES.filter((each) => each !== "derp")) {
    const track = trackIn("derp");
    track.see(peerIn(state), at(9_000));
    track.see(peerIn("derp"), at(10_000));
    track.see(peerIn("derp"), at(19_999));
    assertEquals(track.state, "unknown", state);
    track.see(peerIn("derp"), at(20_000));
    assertEquals(track.state, "derp", state);
  }
});

Deno.test("PeerTrack sees a restart of tailscaled by its byte counts, and begins the grace again", () => {
  const track = settledIn("derp");
  track.see(peerIn("derp", { rxBytes: 0, txBytes: 0 }), at(35_000));
  assertEquals([track.state, track.rxBytes, track.txBytes], ["unknown", 0, 0]);
  track.see(peerIn("derp", { rxBytes: 5, txBytes: 5 }), at(45_000));
  assertEquals([track.state, track.rxBytes, track.txBytes], ["derp", 5, 5]);
});

Deno.test("PeerTrack never shows a negative byte count", () => {
  const track = trackIn("direct_v4");
  track.see(peerIn("direct_v4", { rxBytes: -5, txBytes: NaN }), at(1_000));
  assertEquals([track.rxBytes, track.txBytes], [undefined, undefined]);
});

Deno.test("PeerTrack counts unobserved time as unknown", () => {
  const track = trackIn("direct_v4");
  track.see(peerIn("direct_v4"), at(MAX_GAP_MS + 10_000));
  assertEquals(secondsOf(track), { direct_v4: 90, unknown: 10 });
  assertEquals(transitionsOf(track), ["direct_v4 unknown 1", "unknown direct_v4 1"]);
  assertEquals(track.sinceMs, START_MS + 100_000);
  const lost = trackIn("direct_v4");
  lost.lose(at(MAX_GAP_MS + 10_000));
  assertEquals([lost.state, lost.sinceMs], ["unknown", START_MS + MAX_GAP_MS]);
  // The grace does not run on through a gap, while what was settled holds.
  const suspected = trackIn("derp");
  suspected.see(peerIn("derp"), at(MAX_GAP_MS + 1));
  assertEquals(suspected.state, "unknown");
  const relayed = settledIn("derp");
  relayed.see(peerIn("derp"), at(30_000 + MAX_GAP_MS + 1));
  assertEquals(relayed.state, "derp");
});

Deno.test("PeerTrack is unknown from a failed look until the next that succeeds", () => {
  const track = trackIn("direct_v4");
  track.lose(at(10_000));
  track.lose(at(20_000));
  assertEquals([track.state, track.isPresent], ["unknown", true]);
  track.see(peerIn("direct_v4"), at(30_000));
  assertEquals(secondsOf(track), { direct_v4: 10, unknown: 20 });
  assertEquals(transitionsOf(track), ["direct_v4 unknown 1", "unknown direct_v4 1"]);
});

Deno.test("PeerTrack does not count the time when its peer was away", () => {
  const track = trackIn("direct_v4");
  track.leave(at(10_000));
  assertEquals(track.isPresent, false);
  track.see(peerIn("direct_v6"), at(500_000));
  track.see(peerIn("direct_v6"), at(501_000));
  assertEquals(secondsOf(track), { direct_v4: 10, direct_v6: 1 });
});

Deno.test("PeerTrack does not care how the date is set", () => {
  for (const setBy of [-86_400_000, 86_400_000]) {
    const track = trackIn("derp");
    track.see(peerIn("derp"), at(5_000, setBy));
    assertEquals([track.state, secondsOf(track)], ["unknown", { unknown: 5 }]);
    track.see(peerIn("derp"), at(10_000, setBy));
    assertEquals([track.state, track.sinceMs], ["derp", START_MS + 10_000 + setBy]);
  }
});

Deno.test("PeerTrack bears a clock that goes back", () => {
  const track = trackIn("derp", 50_000);
  track.see(peerIn("derp"), at(0));
  assertEquals(secondsOf(track), {});
  track.see(peerIn("derp"), at(9_999));
  assertEquals(track.state, "unknown");
  track.see(peerIn("derp"), at(10_000));
  assertEquals([track.state, secondsOf(track)], ["derp", { unknown: 10 }]);
});

interface Step {
  readonly kind: "see" | "lose" | "leave";
  readonly state: PathState;
  readonly ms: number;
  readonly setBy: number;
  readonly bytes: number;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom<Step["kind"]>("see", "see", "see", "lose", "leave"),
    state: fc.constantFrom(...PATH_STATES),
    ms: fc.integer({ min: -20_000, max: 200_000 }),
    setBy: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
    bytes: fc.integer({ min: -10, max: 1000 }),
  }),
  { maxLength: 60 },
);

Deno.test("PeerTrack's seconds add up to the time observed and never fall, whatever comes", () => {
  fc.assert(fc.property(steps, (steps) => {
    let elapsedMs = 0;
    let observedMs = 0;
    const track = trackIn("direct_v4");
    for (const { kind, state, ms, setBy, bytes } of steps) {
      const before = PATH_STATES.map((each) => track.seconds(each));
      const wasPresent = track.isPresent;
      elapsedMs += ms;
      if (wasPresent) observedMs += Math.max(0, ms);
      if (kind === "see") track.see(peerIn(state, { rxBytes: bytes }), at(elapsedMs, setBy));
      if (kind === "lose") track.lose(at(elapsedMs, setBy));
      if (kind === "leave") track.leave(at(elapsedMs, setBy));
      const after = PATH_STATES.map((each) => track.seconds(each));
      assertEquals(after.every((seconds, index) => seconds >= (before[index] ?? 0)), true);
      assertEquals((track.rxBytes ?? 0) >= 0, true);
    }
    const sum = PATH_STATES.reduce((all, state) => all + track.seconds(state), 0);
    assertEquals(Math.round(sum * 1000), observedMs);
  }));
});

Deno.test("PeerTrack's transitions form one way from the first state to the last", () => {
  fc.assert(fc.property(steps, (steps) => {
    const track = trackIn("direct_v4");
    let elapsedMs = 0;
    for (const { kind, state, ms } of steps) {
      elapsedMs += ms;
      if (kind === "see") track.see(peerIn(state), at(elapsedMs));
      else track[kind](at(elapsedMs));
    }
    const transitions = track.transitions();
    assertEquals(transitions.length <= PATH_STATES.length * (PATH_STATES.length - 1), true);
    for (const state of PATH_STATES) {
      const sum = (key: "from" | "to") =>
        transitions.filter((each) => each[key] === state)
          .reduce((all, { count }) => all + count, 0);
      const start = state === "direct_v4" ? 1 : 0;
      const end = state === track.state ? 1 : 0;
      assertEquals(start + sum("to") - sum("from"), end, state);
    }
  }));
});

Deno.test("PeerTrack.changeCount stays while the path does, a gap being two changes", () => {
  const track = trackIn("direct_v4");
  track.see(peerIn("direct_v4"), at(30_000));
  assertEquals(track.changeCount, 0);
  track.see(peerIn("direct_v6"), at(60_000));
  assertEquals(track.changeCount, 1);
  track.see(peerIn("direct_v6"), at(60_000 + MAX_GAP_MS + 1));
  assertEquals(track.changeCount, 3);
  track.lose(at(200_000));
  track.lose(at(230_000));
  assertEquals(track.changeCount, 4);
});
