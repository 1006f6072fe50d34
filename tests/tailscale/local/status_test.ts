import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FOREIGN_KINDS, type ForeignKind } from "../../../src/tailscale/local/peer_kind.ts";
import { PeerMemory } from "../../../src/tailscale/local/peer_memory.ts";
import {
  BACKEND_STATES,
  decodeStatus,
  type LocalStatus,
  MAX_PEERS,
  MAX_REJECTED,
} from "../../../src/tailscale/local/status.ts";
import { fixtureBytes, fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

/** Chunks as a connection may bring them. */
function decode(text: string, size = 1000, memory?: PeerMemory): Promise<LocalStatus> {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(bytes.length / size);
  const chunks = Array.from({ length: count }, (_, at) => bytes.slice(at * size, (at + 1) * size));
  return decodeStatus(chunks, { memory, pause: () => Promise.resolve() });
}

/** A status with these peers. */
function withPeers(...peers: readonly unknown[]): string {
  const entries = peers.map((peer, at) => [`nodekey:${at}`, peer]);
  return JSON.stringify({ BackendState: "Running", Peer: Object.fromEntries(entries) });
}

Deno.test("decodeStatus() reads a real status", async () => {
  const { self, peers, users, ...rest } = await decodeStatus([
    fixtureBytes("localapi/status.json"),
  ]);
  assertEquals(rest, {
    version: "1.102.3-ERR-BuildInfo",
    backendState: "Running",
    hasTun: false,
    addresses: ["100.64.0.1", "fd7a:115c:a1e0::1"],
    exitNode: undefined,
    health: [],
    rejected: [],
    rejectedCount: 0,
    excluded: new Map(),
  });
  assertEquals([self?.id, self?.name, self?.relay], ["1", "node-a.lab.test", "lab"]);
  assertEquals(peers.map(({ id, name }) => [id, name]), [
    ["3", "node-c.lab.test"],
    ["2", "node-b.lab.test"],
  ]);
  assertEquals([...users].map(([id, user]) => [id, user.loginName]), [
    ["1", "alice@example.com"],
    ["2147455555", "tagged-devices"],
  ]);
});

Deno.test("decodeStatus() tells the paths of real peers", async () => {
  const cases = [
    ["status", "10.99.0.13:41641", undefined, true],
    ["status-derp", undefined, undefined, true],
    ["status-peer-relay", undefined, "10.99.0.13:40000:vni:1", true],
    ["status-node-c-offline", undefined, undefined, false],
  ] as const;
  for (const [name, currentAddress, peerRelay, isOnline] of cases) {
    const { peers } = await decode(fixtureText(`localapi/${name}.json`));
    const peer = peers.find(({ id }) => id === (peerRelay === undefined ? "3" : "2"));
    const found = [peer?.currentAddress, peer?.peerRelay, peer?.isOnline];
    assertEquals(found, [currentAddress, peerRelay, isOnline], name);
    assertEquals(peer?.isActive, true, name);
  }
});

Deno.test("decodeStatus() reads a status without peers, and health in words", async () => {
  const none = await decode(fixtureText("localapi/status-no-peers.json"));
  assertEquals([none.peers, none.rejectedCount, none.self?.id], [[], 0, "1"]);
  const { health, self } = await decode(fixtureText("localapi/status-cut-off.json"));
  assertEquals(self?.isOnline, false);
  assertEquals(health, [
    "Tailscale hasn't received a network map from the coordination server in 2m9s.",
  ]);
});

Deno.test("decodeStatus() reads what a tailscaled says that is not logged in", async () => {
  const status = await decode(JSON.stringify({
    Version: "1.102.3",
    BackendState: "NeedsLogin",
    AuthURL: "https://login.test/a/s3cret",
    TailscaleIPs: null,
    Self: { ID: "", PublicKey: "nodekey:0", Online: false },
    Health: null,
    CurrentTailnet: null,
    Peer: null,
    User: null,
  }));
  assertEquals([status.backendState, status.self, status.addresses, status.health], [
    "NeedsLogin",
    undefined,
    [],
    [],
  ]);
  assertEquals([status.peers, status.users.size], [[], 0]);
  assert(!JSON.stringify(status).includes("s3cret"));
});

Deno.test("decodeStatus() knows each backend state and no other", async () => {
  for (const state of BACKEND_STATES) {
    assertEquals((await decode(`{"BackendState":"${state}"}`)).backendState, state);
  }
  assertEquals((await decode('{"BackendState":"Dreaming"}')).backendState, undefined);
});

Deno.test("decodeStatus() reads the exit node in use", async () => {
  const status = (exit: unknown) =>
    decode(JSON.stringify({ BackendState: "Running", ExitNodeStatus: exit }));
  assertEquals((await status({ ID: "n5", Online: true })).exitNode, { id: "n5", isOnline: true });
  for (const exit of [null, {}, [], { ID: "" }]) {
    assertEquals((await status(exit)).exitNode, undefined);
  }
});

Deno.test("decodeStatus() keeps the good peers beside bad ones", async () => {
  const bad = [null, 5, [], {}, { ID: "n1" }, { ID: "n9", HostName: "x".repeat(1024 * 1024) }];
  const status = await decode(withPeers({ ID: "n1" }, ...bad, { ID: "n2" }), 70_000);
  assertEquals(status.peers.map(({ id }) => id), ["n1", "n2"]);
  assertEquals(status.rejectedCount, 6);
  assertEquals(status.rejected, [
    { key: "nodekey:1", reason: "No peer: wanted an object" },
    { key: "nodekey:2", reason: "No peer: wanted an object" },
    { key: "nodekey:3", reason: "No peer: wanted an object" },
    { key: "nodekey:4", reason: 'No id: wanted text of 1 to 128 characters in "ID"' },
    { key: "nodekey:5", reason: "Listed twice: another has this id" },
    { key: "nodekey:6", reason: "Larger than 1 MiB" },
  ]);
  const many = await decode(withPeers(...Array(MAX_REJECTED + 50).fill(null)));
  assertEquals([many.rejected.length, many.rejectedCount], [MAX_REJECTED, MAX_REJECTED + 50]);
});

Deno.test("decodeStatus() keeps ids beyond 2^53, this host's too", async () => {
  const node = '{"ID":"n1","NodeID":9007199254740993}';
  const text = `{"BackendState":"Running","Self":${node},"Peer":{"a":${node}}}`;
  const { self, peers } = await decode(text);
  assertEquals([self?.nodeId, peers[0]?.nodeId], ["9007199254740993", "9007199254740993"]);
});

Deno.test("decodeStatus() takes the last of two lists, as every JSON reader does", async () => {
  const [one, two] = ['{"a":{"ID":"n1"},"b":null}', '{"c":{"ID":"n2"}}'];
  const both = await decode(`{"BackendState":"Running","Peer":${one},"Peer":${two}}`);
  assertEquals([both.peers.map(({ id }) => id), both.rejectedCount], [["n2"], 0]);
  const none = await decode(`{"BackendState":"Running","Peer":${one},"Peer":null}`);
  assertEquals([none.peers, none.rejected], [[], []]);
});

Deno.test("decodeStatus() refuses what is no status", async () => {
  for (const text of ["", "<html>", "{", '{"BackendState":"Running"', '{"Peer":{"a":1]}']) {
    await assertRejects(() => decode(text), SyntaxError);
  }
  for (const text of ["null", "[]", "{}", '{"devices":[]}', '{"BackendState":5}']) {
    await assertRejects(() => decode(text), TypeError, 'wanted an object with "BackendState"');
  }
  const huge = JSON.stringify({ BackendState: "Running", Self: "x".repeat(2 * 1024 * 1024) });
  await assertRejects(() => decode(huge, 65_536), RangeError, "Larger than 2097152 bytes");
});

Deno.test("decodeStatus() lets others run while it reads", async () => {
  let [nowMs, pauses] = [0, 0];
  const bytes = new TextEncoder().encode(
    withPeers(...Array.from({ length: 2_000 }, (_, at) => ({ ID: `n${at}`, OS: "x".repeat(250) }))),
  );
  const status = await decodeStatus([bytes], {
    // Each slice of 64 KiB seems to take 3 ms.
    elapsed: () => (nowMs += 3) - 3,
    pause: () => {
      pauses++;
      return Promise.resolve();
    },
  });
  assertEquals([status.peers.length, Math.ceil(bytes.length / 65_536)], [2_000, 9]);
  assertEquals(pauses, 3);
});

Deno.test("decodeStatus() never holds the event loop by itself", async () => {
  const peer = fixtureText("localapi/status.json");
  const { Peer } = JSON.parse(peer) as { Peer: Record<string, object> };
  const real = Object.values(Peer)[0];
  const text = withPeers(...Array.from({ length: 3_000 }, (_, at) => ({ ...real, ID: `n${at}` })));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const { peers } = await decodeStatus([new TextEncoder().encode(text)], {
    elapsed: () => performance.now() * 4,
  });
  clearInterval(timer);
  assertEquals(peers.length, 3_000);
  assert(turns > 0, "No timer ran in between");
});

Deno.test("decodeStatus() reads anything", async () => {
  const names = ["status", "status-peer-relay", "status-no-peers"];
  const text = fc.constantFrom(...names).chain((name) => odd(fixtureText(`localapi/${name}.json`)));
  await fc.assert(fc.asyncProperty(text, async (text) => {
    const status = await decode(text).catch((error) =>
      decoded(() => {
        throw error;
      }, "")
    );
    if (status === undefined) return;
    const ids = status.peers.map(({ id }) => id);
    assertEquals(new Set(ids).size, ids.length);
  }));
});

Deno.test("decodeStatus() takes 50,000 peers and as many users, and refuses more at once", async () => {
  const entries = (count: number, entry: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => `"${at}":${entry(at)}`).join(",");
  const peers = (count: number) => `"Peer":{${entries(count, (at) => `{"ID":"n${at}"}`)}}`;
  const users = (count: number) => `"User":{${entries(count, (at) => `{"ID":${at + 1}}`)}}`;
  const start = '{"BackendState":"Running",';
  const status = await decode(`${start}${peers(MAX_PEERS)},${users(MAX_PEERS)}}`, 2 ** 20);
  assertEquals([status.peers.length, status.users.size], [50_000, 50_000]);
  // Not even JSON, which shows that no more is read.
  const end = `,${"!".repeat(70_000)}`;
  const cases: readonly (readonly [text: string, reason: string])[] = [
    [peers(MAX_PEERS + 1), "More than 50000 peers"],
    [users(MAX_PEERS + 1), "More than 50000 users"],
    [`"Peer":{${entries(MAX_PEERS + 1, () => "{}")}}`, "More than 50000 peers"],
    [`"User":{${entries(MAX_PEERS + 1, () => "0")}}`, "More than 50000 users"],
    [`${peers(MAX_PEERS)},${peers(1)}`, "More than 50000 peers"],
  ];
  for (const [text, reason] of cases) {
    await assertRejects(() => decode(`${start}${text}${end}`, 65_536), RangeError, reason);
  }
});

Deno.test("decodeStatus() refuses what would take long to parse, and keeps what is beside it", async () => {
  const dense = Array(60_000).fill(0);
  const long = "k".repeat(1025);
  const status = await decode(JSON.stringify({
    BackendState: "Running",
    Peer: {
      a: { ID: "n1", PrimaryRoutes: dense },
      b: { ID: "n2", HostName: "x".repeat(200_000) },
      [long]: { ID: "n3" },
    },
    User: { 1: { ID: 1, x: dense }, 2: { ID: 2 } },
  }));
  assertEquals(status.peers.map(({ id }) => id), ["n2"]);
  assertEquals([...status.users.keys()], ["2"]);
  assertEquals(status.rejected, [
    { key: "a", reason: "No peer: Holds 60002 values, wanted at most 50000" },
    { key: long.slice(0, 1024), reason: "Its key is longer than 1024 characters" },
  ]);
  const rest = JSON.stringify({ BackendState: "Running", Health: dense });
  await assertRejects(() => decode(rest), RangeError, "Holds 60002 values");
});

Deno.test("decodeStatus() reads with a memory what it reads without one", async () => {
  const peer = fc.record({
    ID: fc.constantFrom("n1", "n2", "n3", "n4", ""),
    Online: fc.boolean(),
    RxBytes: fc.nat(3),
  });
  const lists = fc.array(fc.array(peer, { maxLength: 5 }), { minLength: 2, maxLength: 4 });
  await fc.assert(fc.asyncProperty(lists, fc.integer({ min: 1, max: 99 }), async (all, size) => {
    const memory = new PeerMemory();
    for (const peers of all) {
      const text = withPeers(...peers);
      assertEquals(await decode(text, size, memory), await decode(text, size));
    }
  }));
});

Deno.test("decodeStatus() is not misled by its memory where a text is broken", async () => {
  const whole = withPeers({ ID: "n1", HostName: "}" }, { ID: "n2", Tags: ["a"] }, { ID: "n3" });
  const inserted = fc.constantFrom(
    ",",
    "}",
    "{",
    "]",
    '"',
    " ",
    "\n",
    "5",
    "x",
    ":",
    '"a":1',
    "{}",
  );
  const cut = fc.record({ at: fc.nat(whole.length), dropped: fc.nat(3), inserted });
  await fc.assert(fc.asyncProperty(cut, fc.integer({ min: 1, max: 400 }), async (each, size) => {
    const { at, dropped } = each;
    const broken = whole.slice(0, at) + each.inserted + whole.slice(at + dropped);
    const memory = new PeerMemory();
    await decode(whole, size, memory);
    const outcome = (promise: Promise<LocalStatus>) =>
      promise.catch((error: Error) => `${error.name}: ${error.message}`);
    assertEquals(
      await outcome(decode(broken, size, memory)),
      await outcome(decode(broken, size)),
      broken,
    );
  }));
});

Deno.test("decodeStatus() keeps the objects of peers of which nothing changed", async () => {
  const memory = new PeerMemory();
  const before = await decode(withPeers({ ID: "n1" }, { ID: "n2" }), 20, memory);
  const after = await decode(withPeers({ ID: "n1" }, { ID: "n2", Online: true }), 33, memory);
  assertEquals(after.peers.map((peer, at) => peer === before.peers[at]), [true, false]);
});

Deno.test("decodeStatus() keeps peers of the kinds that are wanted, and counts the others", async () => {
  const peers = [
    { ID: "n1", DNSName: "a.tail0000.ts.net." },
    { ID: "n2", DNSName: "x.mullvad.ts.net." },
    { ID: "n3", DNSName: "y.mullvad.ts.net.", ExitNode: true },
    { ID: "n4", ShareeNode: true },
    { ID: "n5", ShareeNode: true, Tags: ["tag:ingress"] },
    { ID: "n6", ShareeNode: true, Tags: ["tag:ingress"] },
  ];
  const chunk = new TextEncoder().encode(withPeers(...peers));
  const found = async (...include: readonly ForeignKind[]) => {
    const memory = new PeerMemory();
    const read = () => decodeStatus([chunk], { memory, include: new Set(include) });
    // Once decoded and once remembered.
    const [first, second] = [await read(), await read()];
    assertEquals(first, second);
    return [first.peers.map(({ id }) => id).join(" "), ...first.excluded];
  };
  assertEquals(await found(), ["n1 n3", ["mullvad", 1], ["sharee", 1], ["funnel", 2]]);
  assertEquals(await found("funnel"), ["n1 n3 n5 n6", ["mullvad", 1], ["sharee", 1]]);
  assertEquals(await found("mullvad", "sharee"), ["n1 n2 n3 n4", ["funnel", 2]]);
  assertEquals(await found(...FOREIGN_KINDS), ["n1 n2 n3 n4 n5 n6"]);
});
