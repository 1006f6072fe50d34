import { assertEquals } from "@std/assert";
import { HOSTS, hostsJson } from "../../src/api/host.ts";
import { makeHost, makeKnownFacts, makeQuery } from "./_fake_known.ts";
import { assertValid } from "./_schema_check.ts";

// deno-lint-ignore no-explicit-any
function hosts(host = makeHost(), params: Parameters<typeof makeQuery>[0] = {}): any {
  const value = hostsJson(makeKnownFacts([], { host: () => host }), makeQuery(params));
  assertValid(HOSTS, value);
  return value.hosts;
}

Deno.test("hostsJson() tells the host, its peers by path and the watchdog's actions", () => {
  assertEquals(hosts(), [{
    host: "local",
    answers: true,
    since: "1970-01-01T00:00:00Z",
    fresh: true,
    state: "Running",
    health: [],
    peer_count: 2,
    paths: { direct_v4: 1, derp: 1 },
    peers: [
      { id: "n1", name: "web-1", path: "direct_v4", since: "2026-01-31T11:59:00Z" },
      { id: "n2", name: "web-2", path: "derp", since: "2026-01-31T12:00:00Z" },
    ],
    actions: [
      { time: "2026-01-31T11:59:59Z", action: "reconnect", succeeded: false },
      { time: "2026-01-31T11:59:58Z", action: "rebind", succeeded: true },
    ],
  }]);
});

Deno.test("hostsJson() filters peers and bounds their number, and counts all of them", () => {
  const names = (params: Parameters<typeof makeQuery>[0]) => {
    const [{ paths, peers }] = hosts(makeHost(), params);
    assertEquals(paths, { direct_v4: 1, derp: 1 });
    return peers.map(({ name }: { name: string }) => name);
  };
  assertEquals(names({ path: "derp" }), ["web-2"]);
  assertEquals(names({ limit: "1" }), ["web-1"]);
  assertEquals(names({ limit: "0" }), []);
});

Deno.test("hostsJson() is empty without a host, and says null for what is not known yet", () => {
  assertEquals(hostsJson(makeKnownFacts([]), makeQuery()), { hosts: [] });
  const [host] = hosts(
    makeHost({ answers: undefined, backend: undefined, peerCount: undefined, peers: undefined }),
  );
  assertEquals([host.answers, host.state, host.peer_count, host.peers], [null, null, null, []]);
});
