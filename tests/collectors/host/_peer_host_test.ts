import { assertEquals, assertStringIncludes } from "@std/assert";
import { MetricDrop } from "../../../src/collectors/_metric_drop.ts";
import {
  type HostDescription,
  readWarnings,
  renderHost,
} from "../../../src/collectors/host/_peer_host.ts";
import { PEERS_METRICS } from "../../../src/collectors/_peer_metric.ts";
import { parseDropPattern } from "../../../src/cardinality.ts";
import { BlockWriter } from "../../../src/exposition/mod.ts";
import { Section } from "../../../src/page/mod.ts";
import { LocalApiError } from "../../../src/tailscale/local/mod.ts";
import { decodePrefs } from "../../../src/tailscale/local/prefs.ts";
import { pageText } from "../_golden.ts";
import { funnelPeers, machines, mullvadPeers } from "./_foreign.ts";
import { recordedStatus, statusWith } from "./_local.ts";
import { DOWN, makeCollector, samplesOf } from "./_peers_rig.ts";

const NOTHING: HostDescription = {
  isUp: false,
  isCurrent: true,
  backendState: undefined,
  told: undefined,
  list: undefined,
  listMs: 0,
  leftOutCount: 0,
  os: undefined,
  isEmbedded: false,
  deviceId: undefined,
  lostExitNodeId: undefined,
  region: undefined,
};

/** The sample lines of a host. */
function linesOf(facts: Partial<HostDescription>, drops = new MetricDrop()): readonly string[] {
  const section = new Section(PEERS_METRICS);
  const writer = new BlockWriter(section.families);
  section.set("", renderHost(writer, { ...NOTHING, ...facts }, drops));
  return pageText(section).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** A host whose tailscaled just said this. */
async function linesFor(fields: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const peers = [{ ID: "n1", DNSName: "exit.test." }, { ID: "n2", HostName: "x" }];
  const status = await statusWith(peers, fields);
  return linesOf({ isUp: true, told: status, list: status, listMs: 5000 });
}

Deno.test("renderHost() shows nothing but that it is down where nothing is known", () => {
  assertEquals(linesOf({}), ["tailscale_up 0"]);
});

Deno.test("renderHost() shows what is known of a host that was cut off", async () => {
  const told = await recordedStatus("status-cut-off");
  const lines = linesOf({ isUp: true, backendState: "Running", told, os: "linux", deviceId: "33" });
  assertEquals(lines.filter((line) => !line.includes("backend_state")), [
    "tailscale_up 1",
    "tailscale_health_issues 1",
    'tailscale_version_info{version="1.102.3-ERR-BuildInfo",os="linux",tun="false"} 1',
    "tailscale_health_warning{warning=\"Tailscale hasn't received a network map from the " +
    'coordination server in N."} 1',
    'tailscale_host_info{node_id="3",node_name="node-c.lab.test",device_id="33"} 1',
    "tailscale_host_online 0",
    'tailscale_home_derp_region_info{region_code="lab"} 1',
  ]);
  assertEquals(lines.filter((line) => line.includes("backend_state") && line.endsWith(" 1")), [
    'tailscale_backend_state{state="Running"} 1',
  ]);
});

Deno.test("renderHost() tells the exit node in use, whether it is online or unheard of", async () => {
  const exit = async (status: unknown) =>
    (await linesFor({ ExitNodeStatus: status })).filter((line) => line.includes("exit_node"));
  assertEquals(await exit(null), ["tailscale_exit_node_in_use 0"]);
  assertEquals(await exit({ ID: "n1", Online: true }), [
    "tailscale_exit_node_in_use 1",
    'tailscale_exit_node_online{peer_id="n1",peer_name="exit.test"} 1',
  ]);
  assertEquals(await exit({ ID: "n9", Online: false }), [
    "tailscale_exit_node_in_use 1",
    'tailscale_exit_node_online{peer_id="n9",peer_name="n9"} 0',
  ]);
  assertEquals(await exit({ ID: "n1" }), ["tailscale_exit_node_in_use 1"]);
});

Deno.test("renderHost() tells the home region's name where it is known, and the key's end", async () => {
  const self = { ID: "n7", HostName: "host", Relay: "fra", KeyExpiry: "2027-05-20T03:57:25Z" };
  const status = await statusWith([], { Self: self });
  const region = { id: 4, code: "fra", name: "Frankfurt" };
  const lines = linesOf({ told: status, region });
  assertEquals(lines.slice(-3), [
    'tailscale_host_info{node_id="n7",node_name="host"} 1',
    "tailscale_host_key_expiry_timestamp_seconds 1810785445",
    'tailscale_home_derp_region_info{region_code="fra",region_name="Frankfurt",region_id="4"} 1',
  ]);
});

Deno.test("renderHost() leaves unwanted labels out, and none that tells series apart", async () => {
  const patterns = ["{os}", "{node_*}", "{state}", "tailscale_peers*"].map(parseDropPattern);
  const drops = new MetricDrop(patterns.filter((pattern) => pattern !== undefined));
  const told = await recordedStatus("status");
  const text = linesOf({ isUp: true, backendState: "Running", told }, drops).join("\n");
  assertStringIncludes(text, 'version_info{version="1.102.3-ERR-BuildInfo",tun="false"} 1');
  assertStringIncludes(text, "tailscale_host_info 1");
  assertStringIncludes(text, 'tailscale_backend_state{state="Running"} 1');
});

Deno.test("readWarnings() takes numbers out, so that a warning is one series", () => {
  const cases = [
    ["No map in 2m9s.", "No map in N."],
    ["No map in 1h2m0.5s, at 10:04.", "No map in N, at N:N."],
    ["took 250ms or 3µs", "took N or N"],
    ["dial tcp 10.99.0.1:3478: HTTP 500", "dial tcp N.N.N.N:N: HTTP N"],
    ["5 minutes; 3mad 12hours", "N minutes; Nmad Nhours"],
    ["relay 'lab' is gone", "relay 'lab' is gone"],
    ["\ud800 half", "\ufffd half"],
  ] as const;
  for (const [text, wanted] of cases) assertEquals(readWarnings([text]), [wanted]);
});

Deno.test("readWarnings() bounds how many and how long", () => {
  assertEquals(readWarnings(["in 1s", "in 2s", "other"]), ["in N", "other"]);
  const many = Array.from({ length: 300 }, (_, at) => `${"x".repeat(at)} `);
  assertEquals(readWarnings(many).length, 20);
  assertEquals(readWarnings(["x".repeat(5000)]), ["x".repeat(200)]);
});

Deno.test("PeersCollector counts and shows machines of the tailnet, and counts the others", async () => {
  const page = await makeCollector().cycle(statusWith([...machines(2), ...funnelPeers()]));
  assertEquals(samplesOf(page, "peers", "peer_online"), [
    "peers 2",
    'peers_excluded{kind="funnel"} 6',
    'peers_excluded{kind="sharee"} 1',
    'peer_online{peer_id="n1CNTRL"} 1',
    'peer_online{peer_id="n2CNTRL"} 1',
  ]);
  const own = await makeCollector().cycle(statusWith(machines(2)));
  assertEquals(own.includes("tailscale_peers_excluded"), false);
  assertEquals(own.includes("kind="), false);
});

Deno.test("PeersCollector shows peers of another kind where they are wanted, with their kind", async () => {
  const include = new Set(["funnel", "mullvad", "sharee"] as const);
  const peers = [...machines(1), ...funnelPeers().slice(5), ...mullvadPeers(1)];
  const page = await makeCollector().cycle(statusWith(peers, {}, { include }));
  assertEquals(samplesOf(page, "peers", "peer_path{"), [
    "peers 4",
    'peer_path{peer_id="n1CNTRL",state="direct_v4"} 1',
    'peer_path{peer_id="n3005CNTRL",state="idle"} 1',
    'peer_path{peer_id="n14CNTRL",state="idle"} 1',
    'peer_path{peer_id="n2001CNTRL",state="idle"} 1',
  ]);
  const kinds = samplesOf(page, "peer_info").map((line) => /kind="(\w+)"\} 1$/.exec(line)?.[1]);
  assertEquals(kinds, [undefined, "funnel", "sharee", "mullvad"]);
});

Deno.test("PeersCollector shows a Mullvad exit node that is in use, and never as one on a relay", async () => {
  const { clock, cycle } = makeCollector();
  const [inUse = {}, ...others] = mullvadPeers(562);
  // tailscaled tells no address while it is looking for one.
  const used = { ...inUse, ExitNode: true, Active: true };
  const exit = { ExitNodeStatus: { ID: "n2001CNTRL", Online: true } };
  let page = "";
  for (let look = 0; look < 3; look++) {
    page = await cycle(statusWith([...machines(3), used, ...others], exit));
    await clock.advance(30_000);
  }
  assertEquals(samplesOf(page, "peers", "exit_node", "peer_path{"), [
    "exit_node_in_use 1",
    'exit_node_online{peer_id="n2001CNTRL"} 1',
    "peers 4",
    'peers_excluded{kind="mullvad"} 561',
    'peer_path{peer_id="n1CNTRL",state="direct_v4"} 1',
    'peer_path{peer_id="n2CNTRL",state="direct_v4"} 1',
    'peer_path{peer_id="n3CNTRL",state="direct_v4"} 1',
    'peer_path{peer_id="n2001CNTRL",state="unknown"} 1',
  ]);
});

Deno.test("PeersCollector tells no peer's online while the host is not connected to control", async () => {
  const { cycle } = makeCollector();
  const peers = machines(2);
  const [used = {}] = mullvadPeers(1);
  const exit = { ExitNodeStatus: { ID: "n2001CNTRL", Online: true } };
  const look = (isOnline: boolean | undefined) =>
    cycle(statusWith([...peers, { ...used, ExitNode: true }], {
      ...exit,
      Self: { ID: "n9CNTRL", Online: isOnline },
    }));
  const shown = (page: string) =>
    page.match(/^tailscale_(?:host_online|exit_node_online|peer_online|peers|up)\b.*$/gm)
      ?.map((line) => line.replace(/,?peer_name="[^"]*"/, ""));
  const online = [
    "tailscale_up 1",
    "tailscale_host_online 1",
    'tailscale_exit_node_online{peer_id="n2001CNTRL"} 1',
    "tailscale_peers 3",
    'tailscale_peer_online{peer_id="n1CNTRL"} 1',
    'tailscale_peer_online{peer_id="n2CNTRL"} 1',
    'tailscale_peer_online{peer_id="n2001CNTRL"} 1',
  ];
  assertEquals(shown(await look(true)), online);
  assertEquals(shown(await look(false)), [
    "tailscale_up 1",
    "tailscale_host_online 0",
    "tailscale_peers 3",
  ]);
  assertEquals(shown(await look(undefined)), online.filter((line) => !line.includes("host_")));
  await look(true);
  assertEquals(shown(await cycle(DOWN))?.includes("tailscale_host_online 1"), false);
});

Deno.test("PeersCollector shows an exit node that was deleted while in use as in use and not online", async () => {
  let answer: string | LocalApiError = '{"WantRunning":true,"ExitNodeID":"nGONE"}';
  let count = 0;
  const { cycle } = makeCollector({}, {
    prefs: () => {
      count++;
      return typeof answer === "string"
        ? Promise.resolve(decodePrefs(answer))
        : Promise.reject(answer);
    },
  });
  const shown = async (fields: Readonly<Record<string, unknown>> = {}) =>
    (await cycle(statusWith([{ ID: "n1" }], fields))).match(/^tailscale_exit.*$/gm);
  const lost = [
    "tailscale_exit_node_in_use 1",
    'tailscale_exit_node_online{peer_id="nGONE",peer_name="nGONE"} 0',
  ];
  assertEquals(await shown(), lost);
  assertEquals(await shown({ BackendState: "Stopped" }), null);
  // The status knows one: nothing more is asked.
  count = 0;
  const known = await shown({ ExitNodeStatus: { ID: "n1", Online: true } });
  assertEquals([known?.[0], count], ["tailscale_exit_node_in_use 1", 0]);
  answer = '{"WantRunning":true,"ExitNodeID":""}';
  assertEquals(await shown(), ["tailscale_exit_node_in_use 0"]);
  for (const [failure, calls] of [["timeout", 2], ["forbidden", 1]] as const) {
    answer = new LocalApiError(failure, "no");
    count = 0;
    for (let look = 0; look < 2; look++) {
      assertEquals(await shown(), ["tailscale_exit_node_in_use 0"]);
    }
    assertEquals(count, calls);
  }
});
