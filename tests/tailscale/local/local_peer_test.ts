import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { addressVersion } from "../../../src/cidr.ts";
import {
  decodePeer,
  type LocalPeer,
  readDnsName,
  readNumberId,
  readPeer,
  readTime,
} from "../../../src/tailscale/local/local_peer.ts";
import { fixtureJson } from "../../_support/fixture.ts";
import { odd } from "./_odd.ts";

const STATUS = fixtureJson<{ readonly Peer: Readonly<Record<string, unknown>> }>(
  "localapi/status.json",
);
const NODE_C = JSON.stringify(Object.values(STATUS.Peer)[0]);

/** What a peer is that has nothing but an id. */
const BARE: LocalPeer = {
  id: "n1",
  nodeId: undefined,
  publicKey: undefined,
  name: undefined,
  hostname: undefined,
  os: undefined,
  userId: undefined,
  addresses: [],
  tags: [],
  primaryRoutes: [],
  currentAddress: undefined,
  relay: undefined,
  peerRelay: undefined,
  rxBytes: undefined,
  txBytes: undefined,
  lastSeenSeconds: undefined,
  lastHandshakeSeconds: undefined,
  keyExpirySeconds: undefined,
  isOnline: undefined,
  isActive: undefined,
  isExitNode: undefined,
  isExitNodeOption: undefined,
  isExpired: false,
  isSharee: false,
  kind: "device",
};

Deno.test("decodePeer() reads a real peer", () => {
  assertEquals(decodePeer(NODE_C), {
    ...BARE,
    id: "3",
    nodeId: "3",
    publicKey: "nodekey:bafa1260f049abe1e9daa045cf3098fa76e5f7dd524b3b08e7340291f677cf46",
    name: "node-c.lab.test",
    hostname: "node-c",
    os: "linux",
    userId: "2147455555",
    addresses: ["100.64.0.3", "fd7a:115c:a1e0::3"],
    tags: ["tag:server"],
    currentAddress: "10.99.0.13:41641",
    relay: "lab",
    rxBytes: 16940,
    txBytes: 2268,
    lastHandshakeSeconds: Date.UTC(2026, 10, 21, 4, 23, 47) / 1000,
    isOnline: true,
    isActive: true,
    isExitNode: false,
    isExitNodeOption: false,
  });
});

Deno.test("decodePeer() takes what is absent, null, empty or of another type as unknown", () => {
  assertEquals(decodePeer('{"ID":"n1"}'), BARE);
  const fields = Object.keys(JSON.parse(NODE_C));
  for (const value of [null, "", [], {}, -1]) {
    const entry = Object.fromEntries(fields.map((name) => [name, value]));
    const peer = decodePeer(JSON.stringify({ ...entry, ID: "n1" }));
    assertEquals(peer, BARE);
  }
});

Deno.test("decodePeer() keeps numbers of nodes and users beyond 2^53, counters stay numbers", () => {
  const peer = decodePeer(
    '{"ID":"n1","NodeID":9007199254740993,"UserID":18014398509481985,"RxBytes":9007199254740993}',
  );
  assertEquals(peer, {
    ...BARE,
    nodeId: "9007199254740993",
    userId: "18014398509481985",
    rxBytes: 9007199254740992,
  });
});

Deno.test("decodePeer() says why there is no peer", () => {
  const cases: readonly (readonly [text: string, reason: string])[] = [
    ["", "No peer: wanted JSON"],
    ["{]", "No peer: wanted JSON"],
    ["null", "No peer: wanted an object"],
    ["[]", "No peer: wanted an object"],
    ["{}", 'No id: wanted text of 1 to 128 characters in "ID"'],
    ['{"ID":5}', 'No id: wanted text of 1 to 128 characters in "ID"'],
    [`{"ID":"${"x".repeat(129)}"}`, 'No id: wanted text of 1 to 128 characters in "ID"'],
  ];
  for (const [text, reason] of cases) assertEquals(decodePeer(text), reason);
});

Deno.test("decodePeer() reads anything", () => {
  fc.assert(fc.property(odd(NODE_C), (text) => {
    const peer = decodePeer(text);
    if (typeof peer === "string") return peer.startsWith("No ");
    return peer.id.isWellFormed() && Object.keys(peer).length === Object.keys(BARE).length;
  }));
});

Deno.test("readPeer() asks for exact ids only where it must", () => {
  const never = () => {
    throw new Error("Not needed");
  };
  assertEquals(readPeer({ ID: "n1", NodeID: 5 }, never), { ...BARE, nodeId: "5" });
  const again = () => ({ NodeID: "9007199254740993" });
  assertEquals(readPeer({ ID: "n1", NodeID: 2 ** 60 }, again), {
    ...BARE,
    nodeId: "9007199254740993",
  });
});

Deno.test("readNumberId() takes digits and whole numbers", () => {
  const values = [
    0,
    5,
    "5",
    "18446744073709551615",
    -1,
    1.5,
    2 ** 53,
    "x",
    "",
    null,
    "1".repeat(21),
  ];
  assertEquals(values.map(readNumberId), [
    "0",
    "5",
    "5",
    "18446744073709551615",
    ...values.slice(4).map(() => undefined),
  ]);
});

Deno.test("readDnsName() takes the trailing dot away", () => {
  assertEquals(["a.b.", "a.b", ".", "", null].map(readDnsName), [
    "a.b",
    "a.b",
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("readTime() knows Go's zero time", () => {
  const times = ["0001-01-01T00:00:00Z", "2026-11-21T03:57:22.1+01:00", "soon", 5, null];
  assertEquals(times.map(readTime), [
    undefined,
    Date.UTC(2026, 10, 21, 2, 57, 22) / 1000,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("readPeer() bounds what one peer may hold", () => {
  const first = (length: number) => Array.from({ length }, (_, index) => `${index}`);
  const addresses = (length: number) =>
    Array.from({ length }, (_, index) => `100.64.${index >> 8}.${index & 255}`);
  const read = (extra: number) =>
    readPeer({
      ID: "n1",
      TailscaleIPs: addresses(64 + extra),
      Tags: first(256 + extra),
      PrimaryRoutes: first(4096 + extra),
    }, () => undefined);
  const most = { ...BARE, addresses: addresses(64), tags: first(256), primaryRoutes: first(4096) };
  for (const extra of [0, 1, 1000]) assertEquals(read(extra), most);
  const ids = ["i".repeat(128), "i".repeat(129)].map((ID) => readPeer({ ID }, () => undefined));
  assertEquals(ids, [
    { ...BARE, id: "i".repeat(128) },
    'No id: wanted text of 1 to 128 characters in "ID"',
  ]);
});

Deno.test("decodePeer() leaves out addresses that are none", () => {
  const texts = ["x", "100.64.0.1/32", "100.64.0.1&type=ICMP", "100.64.0.9", "1e9", "", "fd7a::9"];
  const peer = decodePeer(JSON.stringify({ ID: "n1", TailscaleIPs: texts }));
  assertEquals(typeof peer === "string" ? peer : peer.addresses, ["100.64.0.9", "fd7a::9"]);
});

Deno.test("decodePeer() knows Tailscale's addresses at a glance, and takes no others for such", () => {
  const heads = ["100.64.0", "100.256.0", "fd7a:115c:a1e0", "fd7a:115c:a1e0:", "fd7a:115c:a1e0::"];
  const tails = [".1", ".01", ".256", ".1.2", ":1", ":1:2:3:4", ":1:2:3:4:5", ":12345", ":", ":g"];
  const texts = heads.flatMap((head) => tails.map((tail) => head + tail));
  const peer = decodePeer(JSON.stringify({ ID: "n1", TailscaleIPs: texts }));
  const wanted = texts.filter((text) => addressVersion(text) !== undefined);
  assertEquals(typeof peer === "string" ? peer : peer.addresses, wanted);
  assertEquals(wanted, [
    "100.64.0.1",
    "fd7a:115c:a1e0:1:2:3:4:5",
    "fd7a:115c:a1e0::1",
    "fd7a:115c:a1e0::1:2:3:4",
    "fd7a:115c:a1e0::",
  ]);
});
