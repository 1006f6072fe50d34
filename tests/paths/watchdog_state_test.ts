import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodeState,
  encodeState,
  freshState,
  MAX_AGES,
  MAX_EPISODES,
  MAX_NAME,
  MAX_RESIGNED,
  restoreState,
  type WatchdogState,
} from "../../src/paths/watchdog_state.ts";

const ms = fc.double({ min: 0, max: 1e15, noNaN: true }).map((value) => value + 0);
const count = fc.nat();
const name = fc.string({ unit: "binary", maxLength: MAX_NAME / 2 });

/** Records as JSON gives them back: those of fast-check may lack a prototype. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

const states: fc.Arbitrary<WatchdogState> = record({
  gapMs: fc.option(ms, { nil: undefined }),
  lastRunMs: fc.option(ms, { nil: undefined }),
  awayMs: fc.option(ms, { nil: undefined }),
  runs: count,
  restartAgesMs: fc.array(ms, { maxLength: 5 }),
  reconnectAgesMs: fc.array(ms, { maxLength: 5 }),
  rebindAgeMs: fc.option(ms, { nil: undefined }),
  isReconnecting: fc.boolean(),
  counters: record({
    detections: count,
    recoveries: count,
    done: record({ ping: count, rebind: count, reconnect: count, restart: count }),
    failed: record({ ping: count, rebind: count, reconnect: count, restart: count }),
  }),
  episodes: fc.uniqueArray(
    record({
      id: name,
      name,
      isDetected: fc.boolean(),
      relayMs: ms,
      verdict: fc.constantFrom("direct", "peer_relay", "derp", "none", undefined),
      askedAt: count,
      isPaused: fc.boolean(),
      idleMs: fc.option(ms, { nil: undefined }),
    }),
    { maxLength: 5, selector: ({ id }) => id },
  ),
  resigned: fc.uniqueArray(name, { maxLength: 5 }),
});

Deno.test("decodeState() gives back what encodeState() wrote", () => {
  fc.assert(fc.property(states, (state) => {
    assertEquals(decodeState(encodeState(state)), state);
  }));
});

Deno.test("decodeState() takes the largest state that there can be", () => {
  // A control character takes six in JSON.
  const long = (id: number) => `${id}`.padStart(MAX_NAME, "\u0001");
  const numbers = { relayMs: 1e15, askedAt: 1, idleMs: 1e15 };
  const episode = { isDetected: true, verdict: "none", isPaused: false, ...numbers } as const;
  const state: WatchdogState = {
    ...freshState(),
    restartAgesMs: new Array<number>(MAX_AGES).fill(86_399_999.123456789),
    episodes: Array.from(
      { length: MAX_EPISODES },
      (_, id) => ({ ...episode, id: long(id), name: long(id) }),
    ),
    resigned: Array.from({ length: MAX_RESIGNED }, (_, id) => long(id)),
  };
  assertEquals(decodeState(encodeState(state)), state);
});

Deno.test("encodeState() writes a text that other versions can tell from theirs", () => {
  assertEquals(
    encodeState(freshState()),
    '{"version":1,"runs":0,"restartAgesMs":[],"reconnectAgesMs":[],"isReconnecting":false,' +
      '"counters":{"detections":0,"recoveries":0,' +
      '"done":{"ping":0,"rebind":0,"reconnect":0,"restart":0},' +
      '"failed":{"ping":0,"rebind":0,"reconnect":0,"restart":0}},"episodes":[],"resigned":[]}',
  );
});

Deno.test("decodeState() never throws, and gives a state only if it is whole", () => {
  fc.assert(fc.property(
    fc.oneof(fc.string({ unit: "binary" }), fc.json(), states.map(encodeState)),
    fc.nat(),
    (text, cut) => {
      for (const each of [text, text.slice(0, cut % (text.length + 1))]) {
        const state = decodeState(each);
        if (state !== undefined) assertEquals(decodeState(encodeState(state)), state);
      }
    },
  ));
});

Deno.test("decodeState() refuses a state with anything wrong in it", () => {
  const odd = [null, -1, 1.5, "1", NaN, [], {}, [null], [-1], ["1"], { ping: 1 }, true, 1e300];
  const state: WatchdogState = {
    ...freshState(),
    gapMs: 1,
    lastRunMs: 1,
    awayMs: 1,
    rebindAgeMs: 1,
    restartAgesMs: [1],
    episodes: [{
      id: "n1",
      name: "a",
      isDetected: true,
      relayMs: 1,
      verdict: "derp",
      askedAt: 1,
      isPaused: true,
      idleMs: 1,
    }],
  };
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(state), "version"), fc.constantFrom(...odd), (
      key,
      value,
    ) => {
      const decoded = decodeState(
        JSON.stringify({ ...JSON.parse(encodeState(state)), [key]: value }),
      );
      // What is taken is taken as it is, and is of the right kind.
      if (decoded !== undefined) assertEquals(decodeState(encodeState(decoded)), decoded);
      const isFine = (key === "isReconnecting" && value === true) ||
        (["gapMs", "lastRunMs", "awayMs", "rebindAgeMs"].includes(key) &&
          [1.5, 1e300].includes(value as number)) ||
        (["restartAgesMs", "reconnectAgesMs", "episodes", "resigned"].includes(key) &&
          JSON.stringify(value) === "[]") ||
        (key === "resigned" && JSON.stringify(value) === '["1"]');
      assertEquals(decoded !== undefined, isFine, `${key} ${JSON.stringify(value)}`);
    }),
    { numRuns: 500 },
  );
});

for (
  const change of [
    { id: 1 },
    { id: "x".repeat(MAX_NAME + 1) },
    { name: null },
    { isDetected: 1 },
    { relayMs: -1 },
    { verdict: "dead" },
    { verdict: null },
    { askedAt: 0.5 },
    { isPaused: null },
    { idleMs: -1 },
  ]
) {
  Deno.test(`decodeState() refuses a peer with ${JSON.stringify(change).slice(0, 30)}`, () => {
    const episode = {
      id: "n1",
      name: "a",
      isDetected: true,
      relayMs: 1,
      verdict: undefined,
      askedAt: 1,
    };
    const text = (value: unknown) =>
      JSON.stringify({ version: 1, ...freshState(), episodes: [value] });
    assertEquals(decodeState(text(episode))?.episodes.length, 1);
    assertEquals(decodeState(text({ ...episode, ...change })), undefined);
  });
}

Deno.test("decodeState() reads what was kept before peers could be paused", () => {
  const episode = { id: "n1", name: "a", isDetected: true, relayMs: 1, askedAt: 1 };
  const text = JSON.stringify({ version: 1, ...freshState(), episodes: [episode] });
  assertEquals(decodeState(text)?.episodes, [
    { ...episode, verdict: undefined, isPaused: false, idleMs: undefined },
  ]);
});

Deno.test("decodeState() refuses a peer that is there twice, and lists that are too long", () => {
  const episode = { id: "n1", name: "", isDetected: true, relayMs: 1, askedAt: 1 };
  const text = (fields: unknown) =>
    JSON.stringify({ version: 1, ...freshState(), ...(fields as object) });
  assertEquals(decodeState(text({ episodes: [episode, episode] })), undefined);
  const many = Array.from({ length: MAX_EPISODES + 1 }, (_, id) => ({ ...episode, id: `${id}` }));
  assertEquals(decodeState(text({ episodes: many })), undefined);
  const ids = Array.from({ length: MAX_RESIGNED + 1 }, (_, id) => `${id}`);
  assertEquals(decodeState(text({ resigned: ids })), undefined);
  assertEquals(decodeState(text({ resigned: ["n1", "n1"] })), undefined);
  const ages = new Array<number>(MAX_AGES + 1).fill(1);
  assertEquals(decodeState(text({ restartAgesMs: ages })), undefined);
  assertEquals(decodeState(`${encodeState(freshState())}${" ".repeat(9_000_000)}`), undefined);
});

Deno.test("decodeState() reads a text of 8 MiB, and none that is longer", () => {
  const state = { ...freshState(), runs: 7 };
  const text = encodeState(state).padEnd(8 * 2 ** 20);
  assertEquals(decodeState(text), state);
  assertEquals(decodeState(`${text} `), undefined);
});

Deno.test("decodeState() takes as many of each as there may be, and as long a name", () => {
  const whole = {
    ...freshState(),
    restartAgesMs: new Array<number>(MAX_AGES).fill(1),
    reconnectAgesMs: new Array<number>(MAX_AGES).fill(1),
    resigned: ["x".repeat(MAX_NAME)],
  };
  assertEquals(decodeState(encodeState(whole)), whole);
  for (
    const wrong of [
      { reconnectAgesMs: new Array<number>(MAX_AGES + 1).fill(1) },
      { resigned: ["x".repeat(MAX_NAME + 1)] },
    ]
  ) {
    assertEquals(decodeState(encodeState({ ...whole, ...wrong })), undefined);
  }
});

Deno.test("restoreState() begins with a cooldown if it cannot read what was kept", () => {
  assertEquals(restoreState(undefined), { state: freshState(), isLost: false });
  assertEquals(restoreState(null), { state: freshState(), isLost: false });
  const lost = { state: { ...freshState(), restartAgesMs: [0] }, isLost: true };
  assertEquals(restoreState(""), lost);
  assertEquals(restoreState('{"version":2}'), lost);
  const state = { ...freshState(), runs: 7 };
  assertEquals(restoreState(encodeState(state)), { state, isLost: false });
});
