import { assertEquals } from "@std/assert";
import type { HostEntry } from "../../src/ui/host_model.ts";
import { daemonName, describeHost, isUp, noPeersText, stateName } from "../../src/ui/host_words.ts";

const NOW_MS = Date.UTC(2026, 0, 31, 12);

function makeEntry(entry: Partial<HostEntry> = {}): HostEntry {
  return {
    host: "local",
    name: null,
    relay_only: false,
    own_node: null,
    answers: true,
    since: "2026-01-31T11:59:28Z",
    fresh: true,
    state: "Running",
    health: [],
    peer_count: 2,
    paths: {},
    regions: [],
    total: 2,
    next: null,
    peers: [],
    actions: [],
    ...entry,
  };
}

Deno.test("describeHost() says for how long a host has answered", () => {
  const text = (entry: Partial<HostEntry>) => describeHost(makeEntry(entry), NOW_MS);
  assertEquals(text({}), "2 peers, tailscaled has answered for 32 s");
  assertEquals(text({ answers: false }), "2 peers, tailscaled has not answered for 32 s");
  assertEquals(text({ relay_only: true }), "2 peers, the embedded node has answered for 32 s");
  assertEquals(text({ answers: null, since: null, peer_count: null }), "0 peers, not asked yet");
});

Deno.test("isUp() and stateName() take our own node by its state", () => {
  const away = makeEntry({ relay_only: true, own_node: "control_away" });
  assertEquals([isUp(away), stateName(away), daemonName(away)], [
    false,
    "control away",
    "the embedded node",
  ]);
  assertEquals(isUp(makeEntry({ own_node: "running", state: "NeedsLogin" })), true);
  assertEquals([isUp(makeEntry()), stateName(makeEntry())], [true, "Running"]);
  const silent = makeEntry({ answers: false, state: null });
  assertEquals([isUp(silent), stateName(silent), daemonName(silent)], [
    false,
    "no answer",
    "tailscaled",
  ]);
});

Deno.test("noPeersText() does not name a tailscaled that our own node has none of", () => {
  assertEquals(noPeersText(makeEntry()).includes("tailscaled"), true);
  assertEquals(noPeersText(makeEntry({ own_node: "starting" })).includes("tailscaled"), false);
});
