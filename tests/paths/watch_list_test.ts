import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PATH_STATES, type PathState } from "../../src/paths/path_state.ts";
import type { PeerObservation } from "../../src/paths/observation.ts";
import { Watchdog } from "../../src/paths/watchdog.ts";
import { freshState, MAX_EPISODES, MAX_RESIGNED } from "../../src/paths/watchdog_state.ts";
import { makeSpentSlice } from "../_support/time_slice.ts";
import { at, makePeer, peerIn, START_MS } from "./_peer.ts";
import { WatchRig } from "./_watch.ts";

const STUCK = [peerIn("derp")];
const WELL = [makePeer()];
const ON_RELAY = { isPaused: false, idleMs: undefined };

/** How a peer stands before the next look, and how it came there. */
const PHASES: Readonly<Record<string, (rig: WatchRig) => void>> = {
  well: (rig) => void rig.look(WELL),
  suspected: (rig) => void rig.look(STUCK),
  unreachable: (rig) => {
    rig.look(STUCK);
    rig.pinged("n1", "none");
  },
  waiting: (rig) => void rig.looks(3, STUCK),
  "waiting, then unreachable": (rig) => {
    rig.looks(3, STUCK);
    rig.pinged("n1", "none");
  },
  cooling: (rig) => void rig.looks(13, STUCK),
};

/** What the next look says, by phase and by what it finds; a phase that is missing says nothing. */
const NEXT: Readonly<Record<PathState | "gone", Readonly<Record<string, string>>>> = {
  direct_v4: {
    waiting: "RECOVERED: hostname back to direct",
    "waiting, then unreachable": "RECOVERED: hostname back to direct",
    cooling: "RECOVERED: hostname back to direct",
  },
  direct_v6: {
    waiting: "RECOVERED: hostname back to direct",
    "waiting, then unreachable": "RECOVERED: hostname back to direct",
    cooling: "RECOVERED: hostname back to direct",
  },
  peer_relay: {
    waiting: "ENDED: hostname no longer on relay (peer relay)",
    "waiting, then unreachable": "ENDED: hostname no longer on relay (peer relay)",
    cooling: "ENDED: hostname no longer on relay (peer relay)",
  },
  derp: {
    suspected: "DETECTED: hostname transitioned to relay",
    waiting: "WAITING: hostname on relay for 180s (threshold: 600s)",
    cooling: "COOLDOWN: hostname exceeded threshold but in cooldown (480s remaining)",
  },
  // Traffic that comes now and then: time goes on where it stood.
  idle: {},
  offline: {
    waiting: "ENDED: hostname no longer on relay (offline)",
    "waiting, then unreachable": "ENDED: hostname no longer on relay (offline)",
    cooling: "ENDED: hostname no longer on relay (offline)",
  },
  expired: {
    waiting: "ENDED: hostname no longer on relay (key expired)",
    "waiting, then unreachable": "ENDED: hostname no longer on relay (key expired)",
    cooling: "ENDED: hostname no longer on relay (key expired)",
  },
  unknown: {
    waiting: "ENDED: hostname no longer on relay (by an address within the tailnet, or not known)",
    "waiting, then unreachable":
      "ENDED: hostname no longer on relay (by an address within the tailnet, or not known)",
    cooling: "ENDED: hostname no longer on relay (by an address within the tailnet, or not known)",
  },
  gone: {
    waiting: "ENDED: hostname no longer on relay (gone)",
    "waiting, then unreachable": "ENDED: hostname no longer on relay (gone)",
    cooling: "ENDED: hostname no longer on relay (gone)",
  },
};

for (const [phase, enter] of Object.entries(PHASES)) {
  for (const next of [...PATH_STATES, "gone"] as const) {
    Deno.test(`WatchList with a peer that is ${phase} finds it ${next}`, () => {
      const rig = new WatchRig();
      enter(rig);
      const wanted = NEXT[next][phase];
      const found = next === "gone" ? [] : [peerIn(next)];
      assertEquals(rig.look(found), wanted === undefined ? [] : [wanted]);
      // A peer that leaves the relay starts anew, unless it is only idle.
      const isStill = next === "derp" ||
        next === "idle" && ["waiting", "waiting, then unreachable", "cooling"].includes(phase);
      assertEquals(rig.watchdog.state().episodes.length, isStill ? 1 : 0);
    });
  }
}

/** What a ping to a peer says, by phase. */
const PINGS: readonly (readonly [string, "direct" | "peer_relay" | "derp" | "none", string])[] = [
  ["well", "derp", ""],
  ["suspected", "direct", ""],
  ["suspected", "peer_relay", ""],
  // The first answer on a new path takes the relay.
  ["suspected", "derp", ""],
  ["suspected", "none", ""],
  ["unreachable", "derp", ""],
  ["waiting", "direct", "RECOVERED: hostname back to direct"],
  ["waiting", "peer_relay", "ENDED: hostname no longer on relay (peer relay)"],
  ["waiting", "derp", ""],
  ["waiting", "none", ""],
  ["cooling", "direct", "RECOVERED: hostname back to direct"],
];

for (const [phase, verdict, line] of PINGS) {
  Deno.test(`WatchList with a peer that is ${phase} hears of a ping: ${verdict}`, () => {
    const rig = new WatchRig();
    PHASES[phase]?.(rig);
    assertEquals(rig.pinged("n1", verdict), line === "" ? [] : [line]);
    const isWell = verdict === "direct" || verdict === "peer_relay" || phase === "well";
    assertEquals(rig.watchdog.state().episodes.length, isWell ? 0 : 1);
  });
}

Deno.test("WatchList.peers() shows which peers are on a relay, and which are not", () => {
  const rig = new WatchRig();
  const peers = PATH_STATES.map((state) => peerIn(state, { id: state, name: `${state}.ts` }));
  rig.look(peers);
  const shown = () =>
    rig.watchdog.peers().map(({ peerId, peerName, isOnRelay, relaySeconds }) =>
      `${peerId} ${peerName} ${isOnRelay} ${relaySeconds}`
    );
  const well = [
    "direct_v4 direct_v4.ts false 0",
    "direct_v6 direct_v6.ts false 0",
    "peer_relay peer_relay.ts false 0",
  ];
  assertEquals(shown(), well);
  rig.look(peers);
  assertEquals(shown(), [...well, "derp derp.ts true 60"]);
  rig.pinged("derp", "direct");
  assertEquals(shown(), [...well, "derp derp.ts false 0"]);
  assertEquals(rig.watchdog.lastRunSeconds, START_MS / 1000 + 60);
});

Deno.test("WatchList takes the first of several peers with one id", () => {
  const rig = new WatchRig();
  rig.looks(2, [...STUCK, makePeer()]);
  assertEquals(rig.watchdog.state().episodes.length, 1);
});

Deno.test("WatchList keeps a name of 255 units, and cuts what is longer", () => {
  for (
    const [name, kept] of [
      ["x".repeat(255), "x".repeat(255)],
      [`${"x".repeat(253)}\u{1d11e}`, `${"x".repeat(253)}\u{1d11e}`],
      ["x".repeat(256), "x".repeat(255)],
      [`${"x".repeat(254)}\u{1d11e}`, `${"x".repeat(254)}\ufffd`],
    ] as const
  ) {
    const rig = new WatchRig();
    rig.looks(2, [peerIn("derp", { name })]);
    assertEquals(rig.watchdog.state().episodes.map((each) => each.name), [kept]);
  }
});

Deno.test("WatchList leaves a peer alone whose id could not be kept", () => {
  for (const [length, count] of [[255, 1], [256, 0]] as const) {
    const rig = new WatchRig();
    const lines = rig.looks(3, [peerIn("derp", { id: "x".repeat(length) })]);
    assertEquals([lines.length > 0, rig.watchdog.state().episodes.length], [count > 0, count]);
  }
});

Deno.test("WatchList takes no address for a relay as soon as it has lasted, not before", () => {
  for (const [ms, isDetected] of [[9_999, false], [10_000, true]] as const) {
    const rig = new WatchRig();
    rig.look(STUCK);
    rig.look(STUCK, ms);
    assertEquals(rig.watchdog.state().episodes.map((each) => each.isDetected), [isDetected]);
  }
});

Deno.test("WatchList.resign() forgets no peer while there is room", () => {
  const episode = { isDetected: true, relayMs: 0, verdict: undefined, askedAt: 0, ...ON_RELAY };
  for (const [known, kept] of [[600, 601], [999, 1000], [1000, 1000]] as const) {
    const resigned = Array.from({ length: known }, (_, id) => `old-${id}`);
    const episodes = [{ ...episode, id: "n1", name: "hostname" }];
    const rig = new WatchRig({ state: { ...freshState(), resigned, episodes } });
    rig.watchdog.acted("restart", true);
    const now = rig.watchdog.state().resigned;
    assertEquals([now.length, now.at(-1), now.includes("old-0")], [kept, "n1", known < 1000]);
  }
});

Deno.test("WatchList.resign() keeps a peer that a restart did not help from another one", () => {
  const rig = new WatchRig();
  const lines = rig.looks(200, STUCK).filter((line) => !/^(WAITING|COOLDOWN|HEAL|→)/.test(line));
  const resigned = "a restart did not help, left alone until it has been direct";
  assertEquals(lines, [
    "DETECTED: hostname transitioned to relay",
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    `RESIGNED: hostname on relay for 1260s, ${resigned}`,
  ]);
  // Not by being idle, nor away, nor by a new process.
  rig.look([peerIn("idle")]);
  rig.look([]);
  rig.restartProcess();
  assertEquals(
    rig.looks(100, STUCK).filter((line) => !/^(DETECTED|WAITING)/.test(line)),
    [`RESIGNED: hostname on relay for 660s, ${resigned}`],
  );
  // Another peer is not left alone for it.
  const other = peerIn("derp", { id: "n2", name: "other" });
  const others = rig.looks(12, [...STUCK, other]).filter((line) => /^(RESTART|→)/.test(line));
  assertEquals(others, [
    "→ rebind restun rebind",
    "→ reconnect down up",
    "RESTART: other on relay for 660s, restarting tailscaled",
    "→ restart exit 75",
  ]);
  // Once direct, all begins anew.
  rig.looks(11, WELL);
  assertEquals(
    rig.looks(12, STUCK).at(-2),
    "RESTART: hostname on relay for 660s, restarting tailscaled",
  );
});

Deno.test("WatchList.resign() notes each peer that is on a relay, until it is direct", () => {
  const rig = new WatchRig();
  const other = (state: PathState) => peerIn(state, { id: "n2", name: "other" });
  rig.looks(5, [...STUCK, other("direct_v4")]);
  rig.looks(7, [...STUCK, other("derp")]);
  assertEquals(rig.watchdog.state().resigned, ["n1", "n2"]);
  // A ping that comes straight is enough, one over a peer relay is not.
  rig.pinged("n1", "peer_relay");
  rig.pinged("n2", "direct");
  assertEquals(rig.watchdog.state().resigned, ["n1"]);
});

Deno.test("WatchList.resign() notes a bounded number of peers", () => {
  const rig = new WatchRig();
  const peers = (from: number) =>
    Array.from({ length: MAX_EPISODES }, (_, at) => peerIn("derp", { id: `${from + at}` }));
  rig.looks(12, peers(0));
  assertEquals(rig.watchdog.state().resigned.length, MAX_RESIGNED);
  rig.looks(13, peers(10));
  const { resigned } = rig.watchdog.state();
  assertEquals(resigned.length, MAX_RESIGNED);
  assertEquals(resigned.includes(`${MAX_EPISODES + 9}`), true);
});

/** What may go wrong with time before a look, and for how long a peer on a relay was then there. */
const TIMES: readonly (readonly [seconds: number, prepare: (rig: WatchRig) => LookOf])[] = [
  [180, (rig) => (peers) => rig.look(peers)],
  [121, (rig) => (peers) => rig.look(peers, 1_000)],
  [300, (rig) => (peers) => rig.look(peers, 180_000)],
  // Longer than an hour, or back: what happened is unknown.
  [120, (rig) => (peers) => rig.look(peers, 3_600_001)],
  [120, (rig) => (peers) => rig.look(peers, -1_000)],
  [180, (rig) => (peers) => (rig.setDate(86_400_000), rig.look(peers))],
  [180, (rig) => (peers) => (rig.setDate(-86_400_000), rig.look(peers))],
  [180, (rig) => (peers) => (rig.restartProcess(), rig.look(peers))],
  // A new process has the date only, and takes no more on its word than was between looks before.
  [180, (rig) => (peers) => (rig.restartProcess(), rig.look(peers, 150_000))],
  [120, (rig) => (peers) => (rig.restartProcess(), rig.look(peers, 3_600_001))],
  [120, (rig) => (peers) => (rig.setDate(86_400_000), rig.restartProcess(), rig.look(peers))],
  [120, (rig) => (peers) => (rig.setDate(-86_400_000), rig.restartProcess(), rig.look(peers))],
];

type LookOf = (peers: readonly PeerObservation[]) => readonly string[];

const STATES = [...PATH_STATES, "gone"] as const;

function found(state: (typeof STATES)[number]): readonly PeerObservation[] {
  return state === "gone" ? [] : [peerIn(state)];
}

for (const from of STATES) {
  for (const to of STATES) {
    Deno.test(`WatchList follows a peer from ${from} to ${to}, however time passes`, () => {
      for (const [index, [seconds, prepare]] of TIMES.entries()) {
        const rig = new WatchRig();
        rig.looks(3, found(from));
        const lines = prepare(rig)(found(to)).filter((line) => !line.startsWith("INTERVAL"));
        const waiting = `WAITING: hostname on relay for ${seconds}s (threshold: 600s)`;
        const wanted = from !== "derp" ? undefined : to === "derp" ? waiting : NEXT[to].waiting;
        assertEquals(lines, wanted === undefined ? [] : [wanted], `${index}`);
        const peers = rig.watchdog.peers().map(({ isOnRelay }) => isOnRelay);
        const isWell = to.startsWith("direct") || to === "peer_relay";
        assertEquals(
          peers,
          isWell ? [false] : from === to && to === "derp" ? [true] : [],
          `${index}`,
        );
        const isOnList = to === "derp" || (from === "derp" && to === "idle");
        assertEquals(rig.watchdog.state().episodes.length, isOnList ? 1 : 0, `${index}`);
      }
    });
  }
}

Deno.test("WatchList.observe() leaves a peer of WireGuard only alone", () => {
  const rig = new WatchRig();
  const exit = peerIn("derp", { isWireGuardOnly: true });
  const lines = rig.looks(30, [exit]);
  assertEquals([lines, rig.watchdog.peers()], [[], []] as never);
});

Deno.test("WatchList.observe() leaves a peer alone that has no path but a relay", () => {
  const rig = new WatchRig();
  const node = peerIn("derp", { isRelayOnly: true });
  const lines = rig.looks(30, [node]);
  assertEquals([lines, rig.watchdog.peers()], [[], []] as never);
  // Another peer beside it is healed.
  rig.looks(13, [node, peerIn("derp", { id: "n2", name: "other" })]);
  const { detections, done } = rig.watchdog.counters;
  assertEquals([detections, done.rebind, done.reconnect, done.restart], [1, 1, 1, 1]);
});

Deno.test("WatchList.observe() forgets what it noted of such a peer before it knew", () => {
  const rig = new WatchRig();
  rig.looks(13, STUCK);
  assertEquals(rig.watchdog.state().resigned, ["n1"]);
  rig.restartProcess();
  assertEquals(rig.looks(3, [peerIn("derp", { isRelayOnly: true })]), []);
  const { episodes, resigned } = rig.watchdog.state();
  assertEquals([episodes, resigned], [[], []] as never);
});

Deno.test("WatchList.observe() takes an address within the tailnet for no recovery", () => {
  const rig = new WatchRig();
  rig.looks(3, STUCK);
  const nested = [makePeer({ currentAddress: "[fd7a:115c:a1e0::9]:41641" })];
  assertEquals(rig.look(nested), [
    "ENDED: hostname no longer on relay (by an address within the tailnet, or not known)",
  ]);
  assertEquals([rig.watchdog.peers(), rig.watchdog.counters.recoveries], [[], 0] as never);
});

Deno.test("Watchdog.lookInSlices() gives a turn for each peer, and says the same as look()", async () => {
  const look = fc.array(fc.constantFrom(undefined, ...PATH_STATES), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(look, { minLength: 1, maxLength: 20 }), async (looks) => {
      let turns = 0;
      const slice = makeSpentSlice(() => void turns++);
      const options = { mode: "heal", thresholdMs: 120_000 } as const;
      const [whole, sliced] = [new Watchdog(options), new Watchdog(options)];
      for (const [index, states] of looks.entries()) {
        const peers = states.flatMap((state, id) =>
          state === undefined ? [] : [{ peer: peerIn(state, { id: `n${id}` }), state }]
        );
        turns = 0;
        const now = at(index * 60_000);
        assertEquals(await sliced.lookInSlices(peers, now, slice), whole.look(peers, now));
        assertEquals(sliced.state(), whole.state());
        assertEquals(sliced.peers(), whole.peers());
        assertEquals(turns, peers.length);
      }
    }),
    { numRuns: 50 },
  );
});
