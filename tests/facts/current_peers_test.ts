import { assertEquals, assertStrictEquals } from "@std/assert";
import { currentPeersOf } from "../../src/facts/current_peers.ts";
import { type HostAnswer, HostRecord } from "../../src/facts/host_record.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { makeEndlessSlice } from "../_support/time_slice.ts";

const RUNNING: HostAnswer = {
  backend: "Running",
  health: [],
  peerCount: 1,
  peers: [{ id: "1", name: "web", path: "derp", sinceMs: 0 }],
};

Deno.test("currentPeersOf() gives peers only while tailscaled answers and is up", async () => {
  const clock = new FakeClock();
  const { elapsed, now } = clock;
  const slice = makeEndlessSlice();
  const record = new HostRecord({ host: "local", staleAfterMs: 300_000, slice, now, elapsed });
  assertEquals(currentPeersOf(record.snapshot()), undefined);
  const polls: readonly (HostAnswer | undefined)[] = [
    undefined,
    { ...RUNNING, backend: "Stopped", peers: undefined },
    { ...RUNNING, backend: "NeedsLogin", peers: undefined },
  ];
  for (const poll of polls) {
    await record.polled(RUNNING);
    const { peers } = record.snapshot();
    assertStrictEquals(currentPeersOf(record.snapshot()), peers);
    await record.polled(poll);
    assertStrictEquals(record.snapshot().peers, peers);
    assertEquals(currentPeersOf(record.snapshot()), undefined, poll?.backend);
  }
  await record.polled(RUNNING);
  await clock.advance(300_000);
  assertEquals(currentPeersOf(record.snapshot()), undefined);
});
