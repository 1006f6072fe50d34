import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type CheckedDevice,
  type CheckReport,
  makeReport,
} from "../../src/commands/_check_report.ts";
import type { CheckedLocal } from "../../src/commands/_checked_local.ts";
import { renderReport } from "../../src/commands/_check_report_text.ts";
import { PLAIN, styleOf } from "../../src/commands/_terminal_text.ts";
import { createClassifier } from "../../src/history/node_class.ts";

const NARROW = styleOf({ columns: 80, hasColors: false });

const classify = createClassifier({ types: [], critical: [] });

const GOOD: CheckReport = {
  ...makeReport({
    warnings: [],
    api: undefined,
    devices: [],
    local: undefined,
    database: undefined,
    classify,
  }),
  api: {
    url: "https://api.example/api/v2",
    tailnet: "-",
    simulated: false,
    error: null,
    advice: null,
    listed: 1,
    passed: 1,
    shard: null,
    unmatched: [],
    unused: [],
    rejected: [],
  },
};

function device(name: string, fields: Partial<CheckedDevice> = {}): CheckedDevice {
  return {
    id: name,
    name,
    online: true,
    state: "up",
    failure: null,
    reason: null,
    url: `http://100.64.0.${name.length}:5252/metrics`,
    type: "other",
    type_rule: null,
    critical_rule: null,
    ...fields,
  };
}

function refused(name: string): CheckedDevice {
  const url = `http://100.64.0.${name.length}:5252/metrics`;
  const reason = `Cannot fetch ${url}: nothing listens`;
  return device(name, { state: "down", failure: "refused", reason, url });
}

Deno.test("renderReport() begins with what the settings probably do not mean", () => {
  const text = renderReport({ ...GOOD, warnings: ["PORT=1 is low"] }, PLAIN);
  assertEquals(text.split("\n").slice(0, 4), [
    "Settings",
    "  WARN    PORT=1 is low",
    "",
    "API https://api.example/api/v2, tailnet -",
  ]);
});

Deno.test("renderReport() says that a tailnet is simulated, and which entries match nothing", () => {
  const api = GOOD.api && {
    ...GOOD.api,
    simulated: true,
    listed: 40,
    passed: 0,
    unmatched: ['No device matches "nosuch-*" of TARGET_DEVICES'],
    unused: ['No device matches "old" of EXCLUDE_DEVICES'],
  };
  const text = renderReport({ ...GOOD, api }, PLAIN);
  assertEquals(
    text,
    `API https://api.example/api/v2, tailnet -  SIMULATED
  ok      40 devices, 0 of them pass the filters
  FAILED  No device matches "nosuch-*" of TARGET_DEVICES
  WARN    No device matches "old" of EXCLUDE_DEVICES

0 up, 0 failing, 0 skipped (of 0).
`,
  );
});

Deno.test("renderReport() says how many devices are in the shard", () => {
  const api = GOOD.api && { ...GOOD.api, listed: 9, passed: 7, shard: "0/2" };
  assertStringIncludes(
    renderReport({ ...GOOD, api, summary: { up: 3, failing: 0, skipped: 0, total: 3 } }, PLAIN),
    "  ok      9 devices, 7 of them pass the filters, 3 are in shard 0/2\n",
  );
});

Deno.test("renderReport() says why a tailnet without devices is a failure", () => {
  const advice = "The API lists no device: the tailnet is empty";
  const api = GOOD.api && { ...GOOD.api, listed: 0, passed: 0, advice };
  assertStringIncludes(
    renderReport({ ...GOOD, api }, PLAIN),
    "tailnet -\n  FAILED  The API lists no device: the tailnet is empty\n",
  );
});

Deno.test("renderReport() names no tailnet where the API has only one", () => {
  const api = GOOD.api && { ...GOOD.api, url: "https://headscale.example/api/v1", tailnet: null };
  assertStringIncludes(
    renderReport({ ...GOOD, api }, PLAIN),
    "API https://headscale.example/api/v1\n  ok ",
  );
});

Deno.test("renderReport() puts on a terminal each reason once below the table, failures first", () => {
  const devices = [
    device("b", { online: false, state: "offline", reason: "It is offline", url: null }),
    device("a"),
    refused("ccc"),
    refused("dddd"),
  ];
  const summary = { up: 1, failing: 2, skipped: 1, total: 4 };
  assertEquals(
    renderReport({ ...GOOD, devices, summary }, NARROW).split("\n").slice(3),
    `DEVICE  ONLINE  METRICS  REASON
ccc     yes     down     (1) refused
dddd    yes     down     (1) refused
b       no      offline  (2)
a       yes     up

(1) Cannot fetch http://ADDRESS:5252/metrics: nothing listens
(2) It is offline

1 up, 2 failing, 1 skipped (of 4).
`.split("\n"),
  );
});

Deno.test("renderReport() tells a single device's reason with its own address", () => {
  const text = renderReport({ ...GOOD, devices: [refused("ccc")] }, NARROW);
  assertStringIncludes(text, "\n(1) Cannot fetch http://100.64.0.3:5252/metrics: nothing");
});

Deno.test("renderReport() keeps a reason in its row where output is no terminal", () => {
  const text = renderReport({ ...GOOD, devices: [refused("ccc"), refused("dddd")] }, PLAIN);
  assertStringIncludes(
    text,
    "\nccc     yes     down     Cannot fetch http://100.64.0.3:5252/metrics: nothing listens\n",
  );
});

Deno.test("renderReport() cuts a name that would push the other columns away", () => {
  const devices = [device("a".repeat(60)), device("b".repeat(61))];
  const wide = renderReport({ ...GOOD, devices }, PLAIN);
  assertStringIncludes(wide, `\n${"a".repeat(60)}  yes`);
  assertStringIncludes(wide, `\n${"b".repeat(59)}…  yes`);
  const narrow = renderReport({ ...GOOD, devices }, NARROW);
  assertStringIncludes(narrow, `\n${"a".repeat(39)}…  yes`);
});

Deno.test("renderReport() tells what is left out, and names the setting of the limit", () => {
  const text = renderReport({
    ...GOOD,
    left_out: [
      { reason: "series_limit", samples: 120, devices: 2 },
      { reason: "family_limit", samples: 2, devices: 1 },
      { reason: "reserved", samples: 1, devices: 1 },
    ],
  }, PLAIN);
  assertEquals(text.split("\n").slice(3, 7), [
    "Samples left out",
    "  WARN    series_limit: 120 samples of 2 devices; raise LIMIT_SERIES, set METRICS_DROP, or " +
    "split the fleet with SHARD",
    "  WARN    family_limit: 2 samples of 1 device; raise LIMIT_FAMILIES, or drop families with " +
    "METRICS_DROP",
    "  WARN    reserved: 1 sample of 1 device; `tsmetrics once --explain` names the families",
  ]);
});

Deno.test("renderReport() shows each peer's path, and peers that cannot be read", () => {
  const peer = (name: string, path: string, via: string | null, age: number | null) => ({
    id: name,
    name,
    kind: "device",
    path,
    relay_only: name === "node-e",
    via,
    last_contact_seconds: age,
  });
  const text = renderReport({
    ...GOOD,
    api: null,
    tailscaled: {
      place: "here",
      own_node: false,
      problem: null,
      state: "Running",
      connected: false,
      health: ["not in map poll"],
      peers: 3,
      excluded: { mullvad: 562, funnel: 6 },
      rejected: 1,
      error: null,
    },
    peers: [
      peer("node-b", "direct_v4", "192.0.2.1:41641", 12),
      peer("node-c", "offline", null, 200_000),
      peer("d\u001b[2J", "idle", null, null),
      peer("node-e", "derp", "fra", 3),
    ],
  }, PLAIN);
  assertEquals(
    text,
    `tailscaled here
  ok      3 peers (without 562 mullvad, 6 funnel; PEERS_INCLUDE takes them)
  WARN    It is not connected to the control plane: what it tells of peers is old; check this machine's network
  WARN    not in map poll
  WARN    1 peer of the status cannot be read

PEER    PATH       LAST CONTACT  VIA
node-b  direct_v4  12 s ago      192.0.2.1:41641
node-c  offline    2 d ago
d�[2J   idle
node-e  derp       3 s ago       fra, always relayed (WebAssembly)
`,
  );
});

Deno.test("renderReport() gives the sentence of our own node, and none of its pleas to wait", () => {
  const render = (own_node: boolean, problem: string | null) =>
    renderReport({
      ...GOOD,
      tailscaled: {
        ...{ place: "embedded node", own_node, state: "NeedsLogin", problem, connected: null },
        ...{ health: ["Please wait."], peers: null, excluded: {}, rejected: 0, error: null },
      },
    }, PLAIN);
  const sentence = "The embedded node is not logged in: set TS_AUTHKEY.";
  const shown = render(true, sentence);
  assertStringIncludes(shown, `The embedded node\n  FAILED  ${sentence}\n\n`);
  assertEquals(shown.includes("Please wait."), false);
  assertStringIncludes(render(false, null), "Please wait.");
  assertStringIncludes(
    render(true, null),
    "It is not up: its state is NeedsLogin; try again, or check the network and TSNET_CONTROL_URL",
  );
});

Deno.test("renderReport() says how to get a first device where none is scraped", () => {
  const hinted = (up: number, failing: number, skipped: number) =>
    renderReport({
      ...GOOD,
      summary: { up, failing, skipped, total: up + failing + skipped },
    }, PLAIN).includes("To get a first device: run `tailscale set --webclient`");
  assertEquals([hinted(0, 0, 2), hinted(0, 1, 1), hinted(1, 0, 1), hinted(0, 0, 0)], [
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("renderReport() colours what a terminal shows", () => {
  const devices = [refused("ccc"), device("a")];
  const summary = { up: 1, failing: 1, skipped: 0, total: 2 };
  const text = renderReport(
    { ...GOOD, warnings: ["w"], devices, summary },
    styleOf({ columns: 80, hasColors: true }),
  );
  for (const part of ["33mWARN", "32mok", "31mdown", "32mup", "32m1 up", "31m1 failing"]) {
    assertStringIncludes(text, `\u001b[${part}\u001b[0m`);
  }
});

Deno.test("renderReport() writes what docs/troubleshooting.md shows", async () => {
  const path = new URL("../../docs/troubleshooting.md", import.meta.url);
  const shown = /```console\n\$ tsmetrics check\n([\s\S]*?)```/.exec(await Deno.readTextFile(path));
  const url = "http://100.64.0.7:5252/metrics";
  const api = GOOD.api && {
    ...GOOD.api,
    url: "https://api.tailscale.com/api/v2",
    listed: 3,
    passed: 3,
  };
  const devices = [
    device("db-1.tail1234.ts.net", {
      state: "down",
      failure: "timeout",
      reason:
        `No answer from ${url} within 10 s: check that the tailnet policy lets the exporter ` +
        "reach TCP port 5252 and that the device is awake",
      url,
    }),
    device("web-1.tail1234.ts.net"),
    device("web-2.tail1234.ts.net"),
  ];
  const summary = { up: 2, failing: 1, skipped: 0, total: 3 };
  assertEquals(renderReport({ ...GOOD, api, devices, summary }, NARROW), shown?.[1]);
});

Deno.test("renderReport() shows which rule took a device, each rule once", () => {
  const type = { type: "production", type_rule: "production=db-*" };
  const devices = [
    device("db-1", { ...type, critical_rule: "type:production" }),
    device("db-2", { ...type, critical_rule: "type:production" }),
    device("laptop"),
    device("gate", { critical_rule: "gate" }),
  ];
  const text = renderReport({ ...GOOD, devices }, PLAIN);
  assertStringIncludes(
    text,
    `TYPE        DEVICES    RULE             CRITICAL
production  2 devices  production=db-*  type:production
other       1 device   none             gate
`,
  );
});

Deno.test("renderReport() says whether the database would take points", () => {
  const database = { url: "http://db:8086/", place: "bucket analytics", error: null };
  const render = (error: string | null) =>
    renderReport({ ...GOOD, database: { ...database, error } }, PLAIN);
  assertStringIncludes(
    render(null),
    "\nDatabase http://db:8086/, bucket analytics\n  ok      it would take points\n",
  );
  assertStringIncludes(render("it answered 401"), "\n  FAILED  it answered 401\n");
});

Deno.test("renderReport() advises `tailscale up` for another tailscaled only, not for our own node", () => {
  const local = {
    place: "embedded node",
    isOwnNode: true,
    state: "NeedsLogin",
    isConnected: undefined,
    health: [],
    peers: [],
    excluded: {},
    rejectedCount: 0,
    error: undefined,
  } as const;
  const given = { warnings: [], api: undefined, devices: [], database: undefined, classify };
  const render = (own: Partial<Pick<CheckedLocal, "place" | "isOwnNode">>) =>
    renderReport({
      ...makeReport({ ...given, local: { ...local, ...own } }),
      api: GOOD.api,
    }, PLAIN);
  const problem = "\n  FAILED  It is not up: its state is NeedsLogin; ";
  const advice = "try again, or check the network and TSNET_CONTROL_URL\n";
  const place = "/run/ts.sock";
  assertStringIncludes(render({}), `The embedded node${problem}${advice}`);
  assertStringIncludes(
    render({ place, isOwnNode: true }),
    `tailscaled /run/ts.sock${problem}${advice}`,
  );
  assertStringIncludes(
    render({ place, isOwnNode: false }),
    `tailscaled /run/ts.sock${problem}run \`tailscale up\`\n`,
  );
});
