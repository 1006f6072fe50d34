import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MetricDrop } from "../../../src/collectors/_metric_drop.ts";
import {
  type PeerDescription,
  peerLabelText,
  renderMoving,
  renderStill,
} from "../../../src/collectors/host/_peer_block.ts";
import { PEERS_METRICS } from "../../../src/collectors/_peer_metric.ts";
import { observePeer } from "../../../src/collectors/host/_peer_observation.ts";
import { parseDropPattern } from "../../../src/cardinality.ts";
import { BlockWriter } from "../../../src/exposition/mod.ts";
import { Section } from "../../../src/page/mod.ts";
import { PathTracker } from "../../../src/paths/mod.ts";
import { decodePeer, type LocalPeer } from "../../../src/tailscale/local/local_peer.ts";
import { readText } from "../../_support/text_reader.ts";
import { pageText } from "../_golden.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 4, 30);

/** A peer of the LocalAPI's fields. */
function peerOf(fields: Readonly<Record<string, unknown>>): LocalPeer {
  const peer = decodePeer(JSON.stringify({ ID: "n1", DNSName: "b.test.", ...fields }));
  if (typeof peer === "string") throw new TypeError(peer);
  return peer;
}

/** The page of one peer that is seen for the first time. */
function pageOf(facts: Partial<PeerDescription>, drops = new MetricDrop()): string {
  const { peer = peerOf({}), deviceId, user, hasControl = true, isCurrent = true } = facts;
  const tracker = new PathTracker({ maxGapMs: 90_000 });
  const track = tracker.begin({ elapsedMs: 0, nowMs: NOW_MS }).see(observePeer(peer));
  const section = new Section(PEERS_METRICS);
  const writer = new BlockWriter(section.families);
  const labelText = peerLabelText(peer);
  const shown = { peer, deviceId, user, hasControl, isCurrent };
  section.set("still", renderStill(writer, shown, track, labelText, drops));
  section.set("moving", renderMoving(writer, [{ peer, track, labelText, isCurrent }], NOW_MS));
  return pageText(section);
}

/** The samples of families with such a name. */
function linesOf(page: string, name: string): readonly string[] {
  return page.split("\n").filter((line) => line.startsWith(`tailscale_peer_${name}`));
}

Deno.test("renderStill() shows no sample of what tailscaled did not say", () => {
  const names = pageOf({}).match(/^tailscale_\w+/gm);
  assertEquals([...new Set(names)], [
    "tailscale_peer_direct",
    "tailscale_peer_info",
    "tailscale_peer_path",
    "tailscale_peer_path_since_timestamp_seconds",
    "tailscale_peer_path_seconds_total",
  ]);
});

Deno.test("renderStill() describes a peer in labels, those that are known", () => {
  const peer = peerOf({
    HostName: 'odd "näme"\\\n',
    OS: "linux",
    Relay: "fra",
    TailscaleIPs: ["100.64.0.2", "fd7a::2", "100.64.0.3", "100.64.0.4", "100.64.0.5"],
    Tags: ["tag:web", "tag:db"],
  });
  assertEquals(linesOf(pageOf({ peer, deviceId: "77", user: "alice@example.com" }), "info"), [
    'tailscale_peer_info{peer_id="n1",peer_name="b.test",device_id="77",' +
    'hostname="odd \\"näme\\"\\\\\\n",dns_name="b.test",os="linux",relay="fra",' +
    'tailscale_ips="100.64.0.2,fd7a::2,100.64.0.3,100.64.0.4",tags=",db,web,",' +
    'user="alice@example.com"} 1',
  ]);
});

Deno.test("renderStill() bounds what a peer can put into labels", () => {
  const long = "x".repeat(5000);
  const peer = peerOf({
    DNSName: long,
    HostName: long,
    OS: long,
    Relay: long,
    TailscaleIPs: Array.from({ length: 64 }, (_, at) => `fd7a::${at}`),
    Tags: Array.from({ length: 256 }, (_, at) => `tag:${"y".repeat(90)}${at}`),
  });
  const page = pageOf({ peer, user: "alice@example.com" });
  for (const [, value = ""] of page.matchAll(/\w="([^"]*)"/g)) {
    assertEquals(value.length <= 1024, true, value);
  }
});

Deno.test("renderStill() shows as many tags as have 512 characters with prefixes and commas", () => {
  const tagsOf = (...Tags: readonly string[]) =>
    /tags="([^"]*)"/.exec(pageOf({ peer: peerOf({ Tags }) }))?.[1];
  // A comma, 255 characters, a comma, 254, a comma.
  const [first, last] = [`tag:${"a".repeat(251)}`, `tag:${"b".repeat(250)}`];
  const one = `,${"a".repeat(251)},`;
  assertEquals(tagsOf(first, last), `${one}${"b".repeat(250)},`);
  assertEquals(tagsOf(first, `${last}b`), one);
  assertEquals(tagsOf(first, last, "tag:c"), `${one}${"b".repeat(250)},`);
});

Deno.test("renderStill() calls a peer by its MagicDNS name, else its own, else its id", () => {
  const cases = [
    [{ DNSName: "b.test.", HostName: "b" }, "b.test"],
    [{ DNSName: "", HostName: "b" }, "b"],
    [{ DNSName: "" }, "n1"],
  ] as const;
  for (const [fields, name] of cases) {
    assertEquals(peerLabelText(peerOf(fields)), `peer_id="n1",peer_name="${name}"`);
  }
});

Deno.test("renderStill() leaves unwanted labels out, and none that tells series apart", () => {
  const texts = ["tailscale_peer_*{*}", "{state}", "{peer_name}"];
  const patterns = texts.map(parseDropPattern).filter((pattern) => pattern !== undefined);
  const page = pageOf({ peer: peerOf({ OS: "linux" }), deviceId: "77" }, new MetricDrop(patterns));
  // The device's id can never be dropped.
  assertEquals(linesOf(page, "info"), [
    'tailscale_peer_info{peer_id="n1",peer_name="b.test",device_id="77"} 1',
  ]);
  assertEquals(linesOf(page, "path{").length, 8);
});

Deno.test("renderMoving() tells how long ago the handshake was, never less than nothing", () => {
  const ago = (time: string) =>
    linesOf(pageOf({ peer: peerOf({ LastHandshake: time }) }), "last_handshake");
  const line = (seconds: number) => [
    `tailscale_peer_last_handshake_seconds_ago{peer_id="n1",peer_name="b.test"} ${seconds}`,
  ];
  assertEquals(ago("2026-11-21T04:29:00.9Z"), line(60));
  assertEquals(ago("2026-11-21T04:31:00Z"), line(0));
  assertEquals(ago("0001-01-01T00:00:00Z"), []);
});

Deno.test("renderStill() makes of anything a page that a server takes", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const fields = fc.record({
    ID: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    DNSName: text,
    HostName: text,
    OS: text,
    Relay: text,
    TailscaleIPs: fc.array(text),
    Tags: fc.array(text),
    RxBytes: fc.double(),
    KeyExpiry: fc.constantFrom("2027-05-20T03:57:25Z", "0001-01-01T00:00:00Z", "x"),
    CurAddr: fc.constantFrom("", "192.0.2.1:5", "[2001:db8::1]:5", "x"),
    Online: fc.constantFrom(true, false, null),
    Active: fc.boolean(),
  });
  fc.assert(fc.property(fields, text, (one, user) => {
    const page = pageOf({ peer: peerOf(one), deviceId: "1", user });
    const path = readText(page).find(({ name }) => name === "tailscale_peer_path");
    assertEquals(path?.samples.reduce((sum, { value }) => sum + value, 0), 1);
  }));
});

Deno.test("renderStill() shows a peer whose key has expired as what it is", () => {
  const peer = peerOf({ Expired: true, Online: true, Active: true, CurAddr: "192.0.2.1:1" });
  const page = pageOf({ peer });
  assertEquals(linesOf(page, "online").concat(linesOf(page, "direct"), linesOf(page, "active")), [
    'tailscale_peer_online{peer_id="n1",peer_name="b.test"} 0',
    'tailscale_peer_direct{peer_id="n1",peer_name="b.test"} 0',
    'tailscale_peer_active{peer_id="n1",peer_name="b.test"} 0',
  ]);
  assertEquals(linesOf(page, "path{").filter((line) => line.endsWith(" 1")), [
    'tailscale_peer_path{peer_id="n1",peer_name="b.test",state="expired"} 1',
  ]);
});

Deno.test("renderStill() and renderMoving() leave out what was true only at an earlier look", () => {
  const peer = peerOf({
    Online: true,
    Active: true,
    CurAddr: "192.0.2.1:1",
    LastHandshake: "2026-11-21T04:29:00Z",
    RxBytes: 5,
  });
  const page = pageOf({ peer, isCurrent: false });
  const names = new Set(page.match(/^tailscale_peer_(?:online|direct|active|last|rx)\w*/gm));
  assertEquals([...names], ["tailscale_peer_rx_bytes_total"]);
});

Deno.test("renderStill() shows what control says of routes, exit node and the last contact", () => {
  const lines = (fields: Readonly<Record<string, unknown>>) => {
    const page = pageOf({ peer: peerOf(fields) });
    return ["last_seen", "exit_node", "primary"].flatMap((name) => linesOf(page, name))
      .map((line) => line.replace(/\{.*\}/, "").replace("tailscale_peer_", ""));
  };
  assertEquals(lines({ ExitNodeOption: false, LastSeen: "0001-01-01T00:00:00Z" }), []);
  assertEquals(
    lines({
      ExitNodeOption: true,
      LastSeen: "2026-11-21T04:00:00Z",
      PrimaryRoutes: ["10.0.0.0/8", "192.168.0.0/16"],
    }),
    [
      `last_seen_timestamp_seconds ${Date.UTC(2026, 10, 21, 4) / 1000}`,
      "exit_node_option 1",
      "primary_routes 2",
    ],
  );
});
