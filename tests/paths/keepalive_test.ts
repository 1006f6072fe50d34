import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Keepalive, type KeepaliveOptions } from "../../src/paths/keepalive.ts";
import type { PeerObservation } from "../../src/paths/observation.ts";
import type { PingAnswer } from "../../src/paths/ping_verdict.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { makeEndlessSlice } from "../_support/time_slice.ts";
import { makePeer } from "./_peer.ts";

const NEVER = new AbortController().signal;

interface Sent {
  readonly id: string;
  readonly atMs: number;
  endMs: number;
}

function rig(
  options: Partial<KeepaliveOptions> & { readonly rttMs?: (id: string) => number } = {},
) {
  const { rttMs = () => 20, ...rest } = options;
  const clock = new FakeClock();
  const startMs = clock.elapsed();
  const told: string[] = [];
  const sent: Sent[] = [];
  let dice = 0;
  const keepalive = new Keepalive({
    async ping(peer, signal): Promise<PingAnswer | undefined> {
      const one: Sent = { id: peer.id, atMs: clock.elapsed() - startMs, endMs: Infinity };
      sent.push(one);
      try {
        await clock.delay(rttMs(peer.id), signal);
      } finally {
        one.endMs = clock.elapsed() - startMs;
      }
      return { latencySeconds: rttMs(peer.id) / 1000, endpoint: "192.0.2.1:41641" };
    },
    filter: () => true,
    observer: {
      answered: (peer, path, seconds) => told.push(`${peer.id} ${path} ${seconds}`),
      lost: (peer) => told.push(`${peer.id} lost`),
      failed: (peer, error) => told.push(`${peer.id} failed ${(error as Error).message}`),
      roundEnded: ({ started, leftOut, postponed }) =>
        void told.push(`round ${started} ${leftOut} ${postponed}`),
    },
    elapsed: clock.elapsed,
    delay: clock.delay,
    random: () => (dice += 0.37) % 1,
    slice: makeEndlessSlice(),
    ...rest,
  });
  return { clock, told, sent, keepalive };
}

function peersOf(count: number): readonly PeerObservation[] {
  return Array.from({ length: count }, (_, at) => makePeer({ id: `n${at}` }));
}

Deno.test("Keepalive.runRound() pings three times and tells path and time", async () => {
  const { clock, told, sent, keepalive } = rig({ intervalMs: 12_000 });
  const round = keepalive.runRound([makePeer(), makePeer({ id: "off", isOnline: false })], NEVER);
  await clock.advance(12_000);
  assertEquals(await round, { started: 3, leftOut: 0, postponed: 0 });
  assertEquals(told, [
    "n1 direct_v4 0.02",
    "n1 direct_v4 0.02",
    "n1 direct_v4 0.02",
    "round 3 0 0",
  ]);
  assertEquals(sent.map(({ atMs }) => Math.round(atMs)), [2220, 3220, 4220]);
  assertEquals(clock.waiting, 0);
});

Deno.test("Keepalive.runRound() counts a ping without an answer in time as lost", async () => {
  const { clock, told, sent, keepalive } = rig({ rttMs: () => 60_000, pingsPerRound: 1 });
  const round = keepalive.runRound([makePeer()], NEVER);
  await clock.advance(20_000);
  await round;
  assertEquals(told, ["n1 lost", "round 1 0 0"]);
  // The ping was told to end, and no wait is left behind.
  assertEquals(sent.map(({ atMs, endMs }) => endMs - atMs), [2_000]);
  assertEquals(clock.waiting, 0);
});

Deno.test("Keepalive.runRound() goes on after a ping that never ends by itself", async () => {
  const { clock, told, keepalive } = rig({ ping: () => new Promise(() => {}), pingsPerRound: 1 });
  const round = keepalive.runRound([makePeer()], NEVER);
  await clock.advance(20_000);
  await round;
  assertEquals(told, ["n1 lost", "round 1 0 0"]);
});

Deno.test("Keepalive.runRound() tells lost, failed and odd pings apart", async () => {
  const answers: Record<string, () => Promise<PingAnswer | undefined>> = {
    none: () => Promise.resolve(undefined),
    broken: () => Promise.reject(new TypeError("refused")),
    thrown: () => {
      throw new TypeError("at once");
    },
    odd: () => Promise.resolve({ latencySeconds: NaN }),
    quiet: () => Promise.resolve({ latencySeconds: 0.5 }),
  };
  const { clock, told, keepalive } = rig({
    ping: (peer) => answers[peer.id]?.() ?? Promise.resolve(undefined),
    pingsPerRound: 1,
    random: () => 0,
  });
  const peers = Object.keys(answers).map((id) => makePeer({ id }));
  const round = keepalive.runRound(peers, NEVER);
  await clock.advance(10_000);
  await round;
  assertEquals(told, [
    "none lost",
    "broken failed refused",
    "thrown failed at once",
    "odd failed Cannot use a ping's time of NaN: wanted seconds from 0",
    "quiet unknown 0.5",
    "round 5 0 0",
  ]);
});

Deno.test("Keepalive starts no ping while there is something better to do", async () => {
  let isBusy = true;
  const { clock, sent, told, keepalive } = rig({ isBusy: () => isBusy, pingsPerRound: 1 });
  const round = keepalive.runRound([makePeer()], NEVER);
  await clock.advance(8_000);
  assertEquals(sent, []);
  isBusy = false;
  await clock.advance(100);
  await round;
  assertEquals(told, ["n1 direct_v4 0.02", "round 1 0 0"]);
});

Deno.test("Keepalive leaves out what cannot start in time, and begins with that", async () => {
  let isBusy = true;
  const { clock, sent, told, keepalive } = rig({
    isBusy: () => isBusy,
    pingsPerRound: 1,
    maxPerSecond: 1,
    random: () => 0,
  });
  const peers = peersOf(3);
  const first = keepalive.runRound(peers, NEVER);
  await clock.advance(9_990);
  isBusy = false;
  await clock.advance(10_000);
  assertEquals(await first, { started: 0, leftOut: 3, postponed: 0 });
  isBusy = true;
  const second = keepalive.runRound(peers, NEVER);
  await clock.advance(8_500);
  isBusy = false;
  await clock.advance(5_000);
  assertEquals(await second, { started: 2, leftOut: 1, postponed: 0 });
  const third = keepalive.runRound(peers, NEVER);
  await clock.advance(10_000);
  await third;
  assertEquals(sent.map(({ id }) => id), ["n0", "n1", "n2", "n0", "n1"]);
  assertEquals(told.at(-1), "round 3 0 0");
});

Deno.test("Keepalive gives every peer its turn where there are too many for a round", async () => {
  const { clock, sent, keepalive } = rig({ maxPerSecond: 4, maxAtOnce: 2 });
  const peers = peersOf(35);
  for (let round = 0; round < 4; round++) {
    const running = keepalive.runRound(peers, NEVER);
    await clock.advance(12_000);
    await running;
  }
  const counts = Map.groupBy(sent, ({ id }) => id);
  assertEquals(counts.size, 35);
  assertEquals([...counts.values()].every((pings) => [3, 6].includes(pings.length)), true);
});

Deno.test("Keepalive is never faster and never wider than it may, whatever comes", async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 30 }),
    fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 40 }),
    async (count, maxAtOnce, maxPerSecond, rtts) => {
      const rttMs = (id: string) => rtts[Number(id.slice(1)) % rtts.length] ?? 0;
      const { clock, sent, keepalive } = rig({ maxAtOnce, maxPerSecond, rttMs });
      const round = keepalive.runRound(peersOf(count), NEVER);
      await clock.advance(30_000);
      const { started } = await round;
      assertEquals(sent.length, started);
      for (const { atMs } of sent) {
        const within = sent.filter((other) => other.atMs >= atMs && other.atMs < atMs + 999.9);
        assertEquals(within.length <= maxPerSecond, true);
        const running = sent.filter((other) => other.atMs <= atMs && atMs < other.endMs);
        assertEquals(running.length <= maxAtOnce, true);
        assertEquals(atMs < 10_000, true);
      }
      assertEquals(clock.waiting, 0);
    },
  );
  await fc.assert(property, { numRuns: 20 });
});

Deno.test("Keepalive.run() holds a round at each interval, with the peers of that time", async () => {
  const { clock, told, sent, keepalive } = rig({ pingsPerRound: 1 });
  const stop = new AbortController();
  let rounds = 0;
  const running = keepalive.run(() => [makePeer({ id: `n${rounds++}` })], stop.signal);
  await clock.advance(30_000);
  stop.abort();
  await running;
  assertEquals(told.filter((line) => line.startsWith("round")).length, 3);
  assertEquals(sent.map(({ id, atMs }) => [id, Math.floor(atMs / 10_000)]), [
    ["n0", 0],
    ["n1", 1],
    ["n2", 2],
  ]);
  assertEquals(clock.waiting, 0);
});

Deno.test("Keepalive.runRound() ends all pings when it is told to stop", async () => {
  const { clock, told, keepalive } = rig({ rttMs: () => 1_500, random: () => 0 });
  const stop = new AbortController();
  const round = keepalive.runRound(peersOf(5), stop.signal);
  const ended = assertRejects(() => round, Error, "enough");
  await clock.advance(500);
  stop.abort(new Error("enough"));
  await ended;
  await settle();
  assertEquals([told, clock.waiting], [[], 0] as never);
});

Deno.test("Keepalive.run() does not swallow a defect", async () => {
  const { keepalive } = rig();
  const peers = () => {
    throw new TypeError("defect");
  };
  await assertRejects(() => keepalive.run(peers, NEVER), TypeError, "defect");
});

for (const name of ["intervalMs", "pingsPerRound", "timeoutMs", "maxAtOnce", "maxPerSecond"]) {
  Deno.test(`Keepalive refuses ${name} 0`, () => {
    const message = `Cannot make a keepalive with ${name} 0: wanted more than 0`;
    assertThrows(() => rig({ [name]: 0 }), RangeError, message);
  });
}
