import { assertEquals } from "@std/assert";
import type { HostFacts, KnownDevice, TailnetFacts } from "../../src/facts/mod.ts";
import { History } from "../../src/history/history.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { known, snapshot } from "../facts/_snapshot.ts";

const MINUTE_MS = 60_000, DAY_MS = 86_400_000;

function makeHistory(clock: FakeClock): History {
  return new History({
    maxEvents: 1_000,
    keepMs: 30 * DAY_MS,
    maxGapMs: 5 * MINUTE_MS,
    now: clock.now,
    elapsed: () => 0,
    isCritical: ({ device }) => device.name === "git",
    findNode: () => undefined,
  });
}

/** A snapshot at the time of the clock. */
function factsAt(clock: FakeClock, devices: readonly KnownDevice[]): TailnetFacts {
  const atMs = clock.now();
  const { listing, ...facts } = snapshot(devices, { atMs });
  return { ...facts, listing: listing && { ...listing, elapsedMs: clock.elapsed() } };
}

function linesOf(history: History): readonly string[] {
  return history.log.query().events.map(({ message, severity, type }) =>
    `${type} ${severity}: ${message}`
  );
}

Deno.test("History.look() turns what changed between two looks into events and time online", async () => {
  const clock = new FakeClock();
  const history = makeHistory(clock);
  await history.look(factsAt(clock, [known({ name: "git" })]));
  await clock.advance(MINUTE_MS);
  const offline = known({ name: "git" }, false);
  await history.look(factsAt(clock, [offline]));
  await clock.advance(MINUTE_MS);
  await history.look(factsAt(clock, [offline]));
  assertEquals(linesOf(history), [
    "node_offline critical: git is offline",
    "tailnet_known ok: First device list after a start: 1 device, 1 online",
  ]);
  const { onlineSeconds, observedSeconds } = history.uptime("example.com/1", DAY_MS);
  assertEquals([onlineSeconds, observedSeconds, history.nodeCount], [60, 120, 1]);
  assertEquals(history.uptimeBuckets("example.com/1", DAY_MS).length, 1);
  assertEquals(history.uptime("elsewhere/1", DAY_MS).ratio, undefined);
});

Deno.test("History.look() counts a device list once, however often it is looked at", async () => {
  const clock = new FakeClock();
  const history = makeHistory(clock);
  const facts = factsAt(clock, [known()]);
  await history.look(facts);
  await clock.advance(MINUTE_MS);
  // The API fails: the list is the same, and old.
  await history.look({ ...facts, atMs: clock.now() });
  assertEquals(history.uptime("example.com/1", DAY_MS).observedSeconds, 0);
});

Deno.test("History.look() counts alike events beyond a number in one", async () => {
  const clock = new FakeClock();
  const history = makeHistory(clock);
  const devices = (isOnline: boolean) =>
    Array.from({ length: 500 }, (_, at) => known({ id: `${at}` }, isOnline));
  await history.look(factsAt(clock, devices(true)));
  await history.look(factsAt(clock, devices(false)));
  assertEquals(history.log.query({ types: ["node_offline"] }).total, 201);
  await history.look(factsAt(clock, devices(true)));
  const counted = history.log.query({ text: "at the same time" }).events;
  assertEquals(counted.map(({ message, severity }) => `${severity}: ${message}`), [
    "ok: 300 more nodes at the same time: node_online",
    "warning: 300 more nodes at the same time: node_offline",
  ]);
});

Deno.test("History.lookAtHost() takes the first look as what was before", async () => {
  const clock = new FakeClock();
  const history = makeHistory(clock);
  const host: HostFacts = {
    host: "local",
    atMs: clock.now(),
    answers: true,
    sinceMs: undefined,
    backend: "Running",
    health: [],
    isFresh: true,
    peerCount: undefined,
    peers: undefined,
    actions: [],
  };
  await history.lookAtHost(host);
  await history.lookAtHost({ ...host, answers: false });
  assertEquals(linesOf(history), ["host_down warning: tailscaled does not answer"]);
});
