import { assertEquals } from "@std/assert";
import { createPeerCheck, describePeer, domainOf, guardPeers } from "../../src/own_node/allow.ts";
import type { Peer } from "../../src/own_node/peer.ts";

const ALICE: Peer = { name: "node-b", user: "alice@example.com", tags: null };
const PROMETHEUS: Peer = { name: "prom", user: "", tags: ["tag:prometheus", "tag:x"] };
/** A node whose name is chosen to look like something else. */
const IMPOSTOR: Peer = { name: "prometheus", user: "mallory@example.com", tags: [] };

Deno.test("createPeerCheck() lets every node ask if none is named", () => {
  const isAllowed = createPeerCheck([]);
  assertEquals([ALICE, PROMETHEUS, undefined].map(isAllowed), [true, true, true]);
});

Deno.test("createPeerCheck() goes by tag, login name and name, whatever their case", () => {
  const table: readonly (readonly [string, readonly boolean[]])[] = [
    ["tag:Prometheus", [false, true, false, false]],
    ["ALICE@example.com", [true, false, false, false]],
    ["node-b", [true, false, false, false]],
    ["prometheus", [false, false, true, false]],
    ["tag:y", [false, false, false, false]],
  ];
  for (const [allowed, wanted] of table) {
    const isAllowed = createPeerCheck([allowed]);
    assertEquals([ALICE, PROMETHEUS, IMPOSTOR, undefined].map(isAllowed), wanted, allowed);
  }
});

Deno.test("createPeerCheck() counts no tags of a node of another tailnet", () => {
  const shared: Peer = { ...PROMETHEUS, name: "prom.other.ts.net" };
  assertEquals(createPeerCheck(["tag:prometheus", "prom"])(shared), false);
  assertEquals(createPeerCheck(["prom.other.ts.net"])(shared), true);
});

Deno.test("createPeerCheck() takes a node of ours by its full name, too, and no node of another tailnet", () => {
  let ownName: string | undefined = "tsmetrics.tail1.ts.net";
  const isAllowed = createPeerCheck(["Prom.Tail1.ts.net"], () => ownName);
  const foreign: Peer = { ...PROMETHEUS, name: "prom.other.ts.net" };
  assertEquals([PROMETHEUS, ALICE, foreign].map(isAllowed), [true, false, false]);
  const isOther = createPeerCheck(["prom.other.ts.net"], () => ownName);
  assertEquals([PROMETHEUS, foreign].map(isOther), [false, true]);
  for (const name of [undefined, "tsmetrics", "tsmetrics."]) {
    ownName = name;
    assertEquals(isAllowed(PROMETHEUS), false, name);
  }
});

Deno.test("domainOf() gives what follows the first label", () => {
  const names = ["a.tail1.ts.net", "a", "a.", "", undefined];
  assertEquals(names.map(domainOf), [".tail1.ts.net", ...Array(4).fill(undefined)]);
});

Deno.test("describePeer() names node and owner", () => {
  assertEquals([ALICE, PROMETHEUS, { ...ALICE, user: "" }, undefined].map(describePeer), [
    "node-b (alice@example.com)",
    "prom (tag:prometheus, tag:x)",
    "node-b",
    "a node that the tailnet does not know",
  ]);
});

Deno.test("guardPeers() goes by the domain of our own node", async () => {
  const handler = guardPeers<{ readonly peer?: Peer | undefined }>(() => new Response("page"), {
    allowed: ["prom.lab.test"],
    ownName: () => "tsmetrics.lab.test",
    log: { debug() {} },
  });
  const request = new Request("http://tailnet/metrics");
  const answers = await Promise.all([PROMETHEUS, ALICE].map((peer) => handler(request, { peer })));
  assertEquals(answers.map(({ status }) => status), [200, 403]);
});

Deno.test("guardPeers() answers 403 before the handler is asked, and logs who asked", async () => {
  const log: string[] = [];
  const handled: (string | undefined)[] = [];
  const handler = guardPeers<{ readonly peer?: Peer | undefined }>((_request, { peer }) => {
    handled.push(peer?.name);
    return new Response("page");
  }, {
    allowed: ["tag:prometheus"],
    log: { debug: (message, { client } = {}) => log.push(`${message} ${client}`) },
  });
  const request = new Request("http://tailnet/metrics");
  const answers = [PROMETHEUS, ALICE, undefined].map((peer) => handler(request, { peer }));
  assertEquals((await Promise.all(answers)).map(({ status }) => status), [200, 403, 403]);
  assertEquals(handled, ["prom"]);
  assertEquals(log.length, 3);
  assertEquals(log[1]?.endsWith(" node-b (alice@example.com)"), true);
});
