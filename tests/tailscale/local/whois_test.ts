import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeWhois } from "../../../src/tailscale/local/whois.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

const USER = fixtureText("localapi/whois-user.json");

const NODE_B = {
  id: "2",
  nodeId: "2",
  name: "node-b.lab.test",
  hostname: "node-b",
  os: "linux",
  addresses: ["100.64.0.2", "fd7a:115c:a1e0::2"],
  tags: [],
  isOnline: true,
  createdSeconds: Date.UTC(2026, 10, 21, 3, 57, 23) / 1000,
  keyExpirySeconds: undefined,
  user: { id: "1", loginName: "alice@example.com", displayName: "Alice Example" },
  capabilities: ["example.com/cap/metrics"],
};

Deno.test("decodeWhois() reads real answers", () => {
  assertEquals(decodeWhois(USER), NODE_B);
  const tagged = decodeWhois(fixtureText("localapi/whois-tagged.json"));
  assertEquals([tagged.name, tagged.tags, tagged.user?.loginName], [
    "node-c.lab.test",
    ["tag:server"],
    "tagged-devices",
  ]);
});

Deno.test("decodeWhois() reads the words of the command line, too", () => {
  const unknown = {
    nodeId: undefined,
    hostname: undefined,
    os: undefined,
    isOnline: undefined,
    createdSeconds: undefined,
  };
  const user = { id: "1", loginName: "alice@example.com", displayName: undefined };
  assertEquals(decodeWhois(fixtureText("localapi/whois-user.txt")), {
    ...NODE_B,
    ...unknown,
    user,
    capabilities: [],
  });
  assertEquals(decodeWhois(fixtureText("localapi/whois-tagged.txt")), {
    ...NODE_B,
    ...unknown,
    id: "3",
    name: "node-c.lab.test",
    addresses: ["100.64.0.3", "fd7a:115c:a1e0::3"],
    tags: ["tag:server"],
    user: undefined,
    capabilities: [],
  });
  const several = "Machine:\n  Name:  c.\n  Tags:  tag:a, tag:b\n  Addresses:  []\nCapabilities:\n";
  const { name, tags, addresses } = decodeWhois(several);
  assertEquals([name, tags, addresses], ["c", ["tag:a", "tag:b"], []]);
});

Deno.test("decodeWhois() keeps numbers beyond 2^53", () => {
  const text = '{"Node":{"ID":9007199254740993},"UserProfile":{"ID":9007199254740995}}';
  const { nodeId, user } = decodeWhois(text);
  assertEquals([nodeId, user?.id], ["9007199254740993", "9007199254740995"]);
});

Deno.test("decodeWhois() takes absent parts as unknown", () => {
  assertEquals(decodeWhois('{"Node":{},"UserProfile":null,"CapMap":null}'), {
    id: undefined,
    nodeId: undefined,
    name: undefined,
    hostname: undefined,
    os: undefined,
    addresses: [],
    tags: [],
    isOnline: undefined,
    createdSeconds: undefined,
    keyExpirySeconds: undefined,
    user: undefined,
    capabilities: [],
  });
});

Deno.test("decodeWhois() refuses what names no node", () => {
  for (const text of ["null", "[]", "{}", '{"Node":null}']) {
    assertThrows(() => decodeWhois(text), TypeError, 'wanted an object with "Node"');
  }
  for (const text of ["", "peer not found", "<html>"]) {
    assertThrows(() => decodeWhois(text), SyntaxError);
  }
});

Deno.test("decodeWhois() reads anything", () => {
  fc.assert(fc.property(odd(USER), (text) => {
    assertEquals(typeof (decoded(decodeWhois, text) ?? {}), "object");
  }));
});

Deno.test("decodeWhois() bounds what one answer may hold", () => {
  const first = (length: number) => Array.from({ length }, (_, index) => `${index}`);
  for (const extra of [0, 1, 1000]) {
    const capabilities = Object.fromEntries(first(256 + extra).map((name) => [`c${name}`, null]));
    const whois = decodeWhois(JSON.stringify({
      Node: { StableID: "n1", Addresses: first(64 + extra), Tags: first(256 + extra) },
      CapMap: capabilities,
    }));
    assertEquals([whois.addresses, whois.tags], [first(64), first(256)]);
    assertEquals(whois.capabilities, first(256).map((name) => `c${name}`));
    const words = decodeWhois(
      `Machine:\n  ID: n1\n  Addresses: [${first(64 + extra).join(" ")}]\n` +
        `  Tags: ${first(256 + extra).join(", ")}\n`,
    );
    assertEquals([words.addresses, words.tags], [first(64), first(256)]);
  }
});
