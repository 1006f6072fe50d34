import { assertEquals, assertStrictEquals } from "@std/assert";
import { hostChanges } from "../../src/facts/host_changes.ts";
import type { PeerFacts } from "../../src/facts/host_facts.ts";
import { type HostAnswer, HostRecord } from "../../src/facts/host_record.ts";
import type { TimeSlice } from "../../src/time/slice.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { makeEndlessSlice, makeSpentSlice } from "../_support/time_slice.ts";

function makeRecord(slice: TimeSlice = makeEndlessSlice()) {
  const clock = new FakeClock();
  const { now, elapsed } = clock;
  const record = new HostRecord({ host: "a", staleAfterMs: 300_000, slice, now, elapsed });
  return { clock, record };
}

function peer(id: string, path: PeerFacts["path"] = "direct_v4"): PeerFacts {
  return { id, name: `node-${id}`, path, sinceMs: 0 };
}

function answer(peers?: readonly PeerFacts[]): HostAnswer {
  return {
    backend: peers === undefined ? "Stopped" : "Running",
    health: [],
    peerCount: peers?.length ?? 0,
    peers: peers?.map((one) => ({ ...one })),
  };
}

Deno.test("HostRecord knows nothing at first", () => {
  const { clock, record } = makeRecord();
  assertEquals(record.snapshot(), {
    host: "a",
    atMs: clock.now(),
    answers: undefined,
    error: undefined,
    sinceMs: undefined,
    backend: undefined,
    health: [],
    peerCount: undefined,
    isFresh: false,
    peers: undefined,
    actions: [],
  });
});

Deno.test("HostRecord tells of a host without direct paths", () => {
  const { now, elapsed } = new FakeClock();
  const slice = makeEndlessSlice();
  const options = { host: "a", staleAfterMs: 1, slice, now, elapsed };
  assertEquals(new HostRecord({ ...options, isRelayed: true }).snapshot().isRelayed, true);
  assertEquals(new HostRecord({ ...options, isOwnNode: true }).snapshot().isOwnNode, true);
});

Deno.test("HostRecord keeps the last answer while tailscaled is silent, until it is stale", async () => {
  const { clock, record } = makeRecord();
  await record.polled(answer([peer("1")]));
  const before = record.snapshot();
  await clock.advance(299_999);
  await record.polled(undefined);
  const silent = record.snapshot();
  assertEquals([silent.answers, silent.backend, silent.peerCount], [false, "Running", 1]);
  assertEquals(silent.sinceMs, clock.now());
  assertStrictEquals(silent.peers, before.peers);
  assertEquals(silent.isFresh, true);
  await clock.advance(1);
  assertEquals(record.isFresh, false);
});

Deno.test("HostRecord keeps the object of a peer that did not change, and the map if none did", async () => {
  const { record } = makeRecord();
  await record.polled(answer([peer("1"), peer("2")]));
  const first = record.snapshot().peers;
  await record.polled(answer([peer("1"), peer("2")]));
  assertStrictEquals(record.snapshot().peers, first);
  await record.polled(answer([peer("1"), peer("2", "derp")]));
  const second = record.snapshot().peers;
  assertStrictEquals(second?.get("1"), first?.get("1"));
  assertEquals([first?.get("2")?.path, second?.get("2")?.path], ["direct_v4", "derp"]);
  await record.polled(answer([{ ...peer("1"), region: "fra", rttMs: 24 }]));
  const { peers } = record.snapshot();
  assertEquals([...peers?.values() ?? []].map(({ id, region, rttMs }) => [id, region, rttMs]), [
    ["1", "fra", 24],
  ]);
  await record.polled(answer([{ ...peer("1"), region: "fra", rttMs: 24, isRelayOnly: true }]));
  assertEquals(record.snapshot().peers?.get("1")?.isRelayOnly, true);
});

Deno.test("HostRecord takes peers in slices, and gives the answer before until it has all", async () => {
  const seen: unknown[] = [];
  const { record } = makeRecord(makeSpentSlice(() => {
    const { answers, backend, peers, peerCount } = record.snapshot();
    seen.push([answers, backend, peerCount, peers?.size]);
  }));
  await record.polled(answer([peer("1"), peer("2")]));
  await record.polled(answer([peer("1")]));
  const none = [undefined, undefined, undefined, undefined];
  assertEquals(seen, [none, none, [true, "Running", 2, 2]]);
  assertEquals(record.snapshot().peers?.size, 1);
  await record.polled(answer());
  const { backend, peers } = record.snapshot();
  assertEquals([backend, peers?.size], ["Stopped", 1]);
});

Deno.test("HostRecord numbers the watchdog's actions and keeps the last hundred", async () => {
  const { clock, record } = makeRecord();
  const before = record.snapshot();
  record.acted({ kind: "rebind", succeeded: false });
  const [change] = await hostChanges(before, record.snapshot());
  assertEquals([change?.kind, change?.atMs], ["watchdog_acted", clock.now()]);
  for (let count = 0; count < 150; count++) record.acted({ kind: "rebind", succeeded: true });
  const { actions } = record.snapshot();
  assertEquals([actions.length, actions[0]?.number, actions.at(-1)?.number], [100, 52, 151]);
});

Deno.test("HostRecord keeps the host's name while tailscaled gives none", async () => {
  const { record } = makeRecord();
  await record.polled({ ...answer([]), name: "db" });
  await record.polled(answer());
  assertEquals(record.snapshot().name, "db");
  await record.polled({ ...answer([]), name: "db-2" });
  assertEquals(record.snapshot().name, "db-2");
});

Deno.test("HostRecord says why tailscaled did not answer, until it does", async () => {
  const { record } = makeRecord();
  await record.polled(undefined, new Error("connection refused"));
  assertEquals(record.snapshot().error, "connection refused");
  await record.polled(answer([peer("1")]));
  assertEquals(record.snapshot().error, undefined);
});

Deno.test("HostRecord takes what a path goes over, and the last contact, as changes of a peer", async () => {
  const { record } = makeRecord();
  const peerNow = () => record.snapshot().peers?.get("1");
  const change = async (facts: Partial<PeerFacts>) => {
    await record.polled(answer([{ ...peer("1"), ...facts }]));
    return peerNow();
  };
  const direct = await change({ via: "192.0.2.1:7", lastContactMs: 1 });
  assertStrictEquals(await change({ via: "192.0.2.1:7", lastContactMs: 1 }), direct);
  assertEquals((await change({ via: "192.0.2.2:7", lastContactMs: 1 }))?.via, "192.0.2.2:7");
  assertEquals((await change({ via: "192.0.2.2:7", lastContactMs: 2 }))?.lastContactMs, 2);
});
