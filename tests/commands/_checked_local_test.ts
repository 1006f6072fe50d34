import { assertEquals, assertMatch } from "@std/assert";
import { checkedLocalOf } from "../../src/commands/_checked_local.ts";
import { runCheck } from "../../src/commands/check.ts";
import { HostRecord } from "../../src/facts/mod.ts";
import { testConfig } from "../_support/config.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";
import { makeEndlessSlice } from "../_support/time_slice.ts";

Deno.test("runCheck() says of a peer that its key has expired, whatever path it has besides", async () => {
  await using tailscaled = new FakeTailscaled();
  const { Peer, ...status } = JSON.parse(tailscaled.answers.status);
  const template = Object.values(Peer)[0];
  // A direct path, none, a peer relay, a DERP relay, offline: tailscaled goes on to tell of each.
  const besides = {
    direct: { CurAddr: "10.99.0.13:41641", Active: true },
    idle: { CurAddr: "", Active: false },
    relayed: { CurAddr: "", PeerRelay: "10.99.0.12:40000:vni:1", Active: true },
    derp: { CurAddr: "", Active: true, LastHandshake: new Date(Date.now() - 60_000).toISOString() },
    offline: { CurAddr: "", Active: false, Online: false, LastSeen: "2026-11-20T08:00:00Z" },
  };
  const entries = Object.entries(besides).flatMap(([name, fields]) =>
    [true, false].map((Expired) => {
      const id = Expired ? `expired-${name}` : `valid-${name}`;
      const DNSName = `${id}.lab.test.`;
      return [`nodekey:${id}`, { ...Object(template), ID: id, DNSName, ...fields, Expired }];
    })
  );
  tailscaled.answers.status = JSON.stringify({ ...status, Peer: Object.fromEntries(entries) });
  const config = testConfig(tailscaled.env);
  const listed = new FakeRuntime();
  assertEquals(await runCheck(config, listed, { json: true }), 0);
  const { peers } = JSON.parse(listed.output());
  assertEquals(
    peers.map(({ id, path, via }: Readonly<Record<string, unknown>>) => [id, path, via]),
    [
      ["expired-derp", "expired", null],
      ["expired-direct", "expired", null],
      ["expired-idle", "expired", null],
      ["expired-offline", "expired", null],
      ["expired-relayed", "expired", null],
      ["valid-derp", "derp", "lab"],
      ["valid-direct", "direct_v4", "10.99.0.13:41641"],
      ["valid-idle", "idle", null],
      ["valid-offline", "offline", null],
      ["valid-relayed", "peer_relay", "10.99.0.12:40000:vni:1"],
    ],
  );
  const shown = new FakeRuntime();
  await runCheck(config, shown, { json: false });
  assertMatch(shown.output(), /^expired-direct\.lab\.test {3}expired {5}[^:]*$/m);
  assertMatch(shown.output(), /^valid-direct\.lab\.test {5}direct_v4 {3}.* 10\.99\.0\.13:41641$/m);
});

Deno.test("runCheck() asks tailscaled for its status once", async () => {
  await using tailscaled = new FakeTailscaled();
  await runCheck(testConfig(tailscaled.env), new FakeRuntime(), { json: true });
  const asked = tailscaled.asked.filter((call) => call.includes("status"));
  assertEquals(asked.length, 1);
});

const IDLE = {
  kind: "device",
  path: "idle",
  relay_only: false,
  via: null,
  last_contact_seconds: null,
} as const;

Deno.test("checkedLocalOf() shows peers of one that is up only, by name, with their last contact", async () => {
  const clock = new FakeClock();
  const { now, elapsed } = clock;
  const slice = makeEndlessSlice();
  const record = new HostRecord({ host: "local", staleAfterMs: 60_000, slice, now, elapsed });
  const peers = [
    { id: "2", name: "web", path: "derp", via: "fra", sinceMs: 0, lastContactMs: now() - 90_400 },
    { id: "3", name: "wasm", path: "idle", sinceMs: 0, isRelayOnly: true },
    { id: "1", name: "db", kind: "mullvad", path: "idle", sinceMs: 0 },
  ] as const;
  const excluded = new Map([["mullvad", 4]] as const);
  const answer = { backend: "Running", health: ["slow"], peerCount: 2, peers } as const;
  await record.polled({ ...answer, isConnected: true, excluded, rejectedCount: 1 });
  assertEquals(checkedLocalOf(record.snapshot()), {
    place: "local",
    isOwnNode: false,
    problem: undefined,
    state: "Running",
    isConnected: true,
    health: ["slow"],
    peers: [
      { id: "1", name: "db", ...IDLE, kind: "mullvad" },
      { id: "3", name: "wasm", ...IDLE, relay_only: true },
      { id: "2", name: "web", ...IDLE, path: "derp", via: "fra", last_contact_seconds: 90 },
    ],
    excluded: { mullvad: 4 },
    rejectedCount: 1,
    error: undefined,
  });
  assertEquals(checkedLocalOf(record.snapshot(), true, "It is out.").problem, "It is out.");
  await record.polled({ ...answer, backend: "Stopped", peers: undefined });
  assertEquals(checkedLocalOf(record.snapshot()).peers, []);
});

Deno.test("checkedLocalOf() knows only the reason of one that does not answer", async () => {
  const { elapsed, now } = new FakeClock();
  const slice = makeEndlessSlice();
  const record = new HostRecord({ host: "local", staleAfterMs: 60_000, slice, now, elapsed });
  await record.polled({ backend: "Running", health: ["old"], peerCount: 1, peers: [] });
  await record.polled(undefined, new Error("connection refused"));
  const { error, health, peers, state } = checkedLocalOf(record.snapshot());
  assertEquals([state, health, peers, error], [undefined, [], [], "connection refused"]);
  assertEquals(checkedLocalOf(record.snapshot(), true).isOwnNode, true);
});
