/**
 * The report of `check` for people: settings, API and tailscaled, then a row for each device and
 * peer, what to do, and a summary as the last line.
 *
 * @module
 */

import { replaceUnsafe } from "../text/printable.ts";
import type { CheckedPeer } from "./_checked_local.ts";
import { Notes } from "./_check_notes.ts";
import type { CheckedDevice, CheckReport, CheckSummary } from "./_check_report.ts";
import {
  type Cell,
  formatAge,
  plural,
  renderTable,
  shorten,
  type Style,
  type Tone,
  wrap,
} from "./_terminal_text.ts";

/** The report as text; it ends with a line feed. */
export function renderReport(report: CheckReport, style: Style): string {
  const blocks = [
    renderWarnings(report.warnings, style),
    renderApi(report, style),
    renderLocal(report.tailscaled, style),
    renderDatabase(report.database, style),
    ...renderDevices(report.devices, style),
    renderTypes(report.devices, style),
    renderLeftOut(report.left_out, style),
    renderPeers(report.peers, style),
    renderSummary(report, style),
  ];
  return blocks.filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join("")).join("\n");
}

/** Words at the beginning of a line, as wide as each other. */
const MARKS = { ok: "good", WARN: "fair", FAILED: "bad" } as const;

function renderMarked(mark: keyof typeof MARKS, text: string, style: Style): readonly string[] {
  const [first = "", ...rest] = wrap(`  ${mark.padEnd(6)}  `, replaceUnsafe(text), style);
  return [first.replace(mark, style.paint(mark, MARKS[mark])), ...rest];
}

function renderWarnings(warnings: readonly string[], style: Style): readonly string[] {
  if (warnings.length === 0) return [];
  return ["Settings", ...warnings.flatMap((warning) => renderMarked("WARN", warning, style))];
}

function renderApi({ api, summary }: CheckReport, style: Style): readonly string[] {
  if (api === null) return [];
  const { advice, error, listed, passed, rejected, shard, simulated, tailnet, unmatched, unused } =
    api;
  const mark = simulated ? `  ${style.paint("SIMULATED", "fair")}` : "";
  const name = tailnet === null ? "" : `, tailnet ${replaceUnsafe(tailnet)}`;
  const head = `API ${api.url}${name}${mark}`;
  if (error !== null) return [head, ...renderMarked("FAILED", error, style)];
  const told = [
    plural(listed ?? 0, "device"),
    ...listed === passed ? [] : [`${passed} of them pass the filters`],
    ...shard === null ? [] : [`${summary.total} are in shard ${shard}`],
  ].join(", ");
  return [
    head,
    ...advice === null ? renderMarked("ok", told, style) : renderMarked("FAILED", advice, style),
    ...unmatched.flatMap((problem) => renderMarked("FAILED", problem, style)),
    ...unused.flatMap((problem) => renderMarked("WARN", problem, style)),
    ...rejected.flatMap((reason) => renderMarked("WARN", `skipped ${reason}`, style)),
  ];
}

/** Messages of tailscaled about its health that are shown; `tailscale status` has all. */
const MAX_HEALTH = 10;

const NOT_CONNECTED = "It is not connected to the control plane: what it tells of peers is old; " +
  "check this machine's network";

function describeExcluded(excluded: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(excluded).map(([kind, count]) => `${count} ${kind}`);
  return kinds.length === 0 ? "" : ` (without ${kinds.join(", ")}; PEERS_INCLUDE takes them)`;
}

/** Where the embedded node is asked. */
const EMBEDDED_PLACE = "embedded node";

/**
 * What to do where our own node is not up and does not say why; its state is tsmetrics' to change:
 * `tailscale up` would undo the settings of a sidecar, and an embedded node has no command line.
 */
const OWN_NODE_ADVICE = "try again, or check the network and TSNET_CONTROL_URL";

/** What to do where another tailscaled is not up. */
const LOCAL_ADVICE: Readonly<Record<string, string>> = {
  NeedsLogin: "run `tailscale up`",
  NeedsMachineAuth: "approve this machine in the admin console",
  Stopped: "run `tailscale up`",
  InUseOtherUser: "another user of this machine uses it",
  NoState: "it has just started: try again",
  Starting: "it is starting: try again",
};

function renderLocal(local: CheckReport["tailscaled"], style: Style): readonly string[] {
  if (local === null) return [];
  const { connected, error, excluded, health, peers, rejected, state } = local;
  const head = local.place === EMBEDDED_PLACE ? "The embedded node" : `tailscaled ${local.place}`;
  if (error !== null) return [head, ...renderMarked("FAILED", error, style)];
  const isUp = state === "Running";
  // What an own node that is out says of itself is the reason already, or a plea to wait.
  const shownHealth = local.own_node && !isUp ? [] : health.slice(0, MAX_HEALTH);
  const warnings = [
    ...connected === false && isUp ? [NOT_CONNECTED] : [],
    ...shownHealth,
    ...rejected === 0 ? [] : [`${plural(rejected, "peer")} of the status cannot be read`],
  ].flatMap((warning) => renderMarked("WARN", warning, style));
  if (isUp) {
    const known = plural(peers ?? 0, "peer") + describeExcluded(excluded);
    return [head, ...renderMarked("ok", known, style), ...warnings];
  }
  const advice = local.own_node
    ? OWN_NODE_ADVICE
    : LOCAL_ADVICE[state ?? ""] ?? "run `tailscale status`";
  const problem = local.problem ?? `It is not up: its state is ${state ?? "unknown"}; ${advice}`;
  return [head, ...renderMarked("FAILED", problem, style), ...warnings];
}

function renderDatabase(database: CheckReport["database"], style: Style): readonly string[] {
  if (database === null) return [];
  const { error, place, url } = database;
  const head = `Database ${url}, ${replaceUnsafe(place)}`;
  if (error !== null) return [head, ...renderMarked("FAILED", error, style)];
  return [head, ...renderMarked("ok", "it would take points", style)];
}

/** The order of the rows: devices to act on come first. */
const STATE_RANKS: Readonly<Record<CheckedDevice["state"], number>> = {
  down: 0,
  pending: 1,
  no_address: 2,
  address_not_allowed: 3,
  untagged: 4,
  shared_in: 5,
  offline: 6,
  up: 7,
};

const STATE_TONES: Readonly<Partial<Record<CheckedDevice["state"], Tone>>> = {
  up: "good",
  down: "bad",
  pending: "fair",
  no_address: "fair",
  address_not_allowed: "fair",
};

/** The table of devices, and below it the reasons that it refers to by a number. */
function renderDevices(
  devices: readonly CheckedDevice[],
  style: Style,
): readonly (readonly string[])[] {
  if (devices.length === 0) return [];
  const notes = new Notes(devices, style);
  const rank = ({ state }: CheckedDevice) => STATE_RANKS[state];
  const rows = devices.toSorted((a, b) => rank(a) - rank(b)).map((device): readonly Cell[] => [
    { text: cutName(device.name, style) },
    { text: device.online ? "yes" : "no", ...(!device.online && { tone: "faint" }) },
    { text: device.state, tone: STATE_TONES[device.state] ?? "faint" },
    { text: notes.cellOf(device) },
  ]);
  return [renderTable(["DEVICE", "ONLINE", "METRICS", "REASON"], rows, style), notes.lines()];
}

/** The types that rules gave, with the rule: one row for each, in the order of the devices. */
function renderTypes(devices: readonly CheckedDevice[], style: Style): readonly string[] {
  const counts = new Map<string, { readonly first: CheckedDevice; count: number }>();
  for (const device of devices) {
    const { critical_rule, type_rule } = device;
    if (type_rule === null && critical_rule === null) continue;
    const key = JSON.stringify([type_rule, critical_rule]);
    const row = counts.get(key) ?? { first: device, count: 0 };
    row.count++;
    counts.set(key, row);
  }
  if (counts.size === 0) return [];
  const rows = [...counts.values()].map(({ count, first }): readonly Cell[] => [
    { text: first.type },
    { text: plural(count, "device") },
    { text: replaceUnsafe(first.type_rule ?? "none") },
    { text: replaceUnsafe(first.critical_rule ?? "no") },
  ]);
  return renderTable(["TYPE", "DEVICES", "RULE", "CRITICAL"], rows, style);
}

/** What to do where samples are left out. */
const LEFT_OUT_ADVICE: Readonly<Record<string, string>> = {
  series_limit: "raise LIMIT_SERIES, set METRICS_DROP, or split the fleet with SHARD",
  family_limit: "raise LIMIT_FAMILIES, or drop families with METRICS_DROP",
};

function renderLeftOut(leftOut: CheckReport["left_out"], style: Style): readonly string[] {
  if (leftOut.length === 0) return [];
  return [
    "Samples left out",
    ...leftOut.flatMap(({ devices, reason, samples }) => {
      const advice = LEFT_OUT_ADVICE[reason] ?? "`tsmetrics once --explain` names the families";
      const what = `${plural(samples, "sample")} of ${plural(devices, "device")}`;
      return renderMarked("WARN", `${reason}: ${what}; ${advice}`, style);
    }),
  ];
}

function renderPeers(peers: readonly CheckedPeer[], style: Style): readonly string[] {
  if (peers.length === 0) return [];
  const rows = peers.map((peer): readonly Cell[] => {
    const { last_contact_seconds: age, name, path, relay_only, via } = peer;
    const ways = [...via === null ? [] : [via], ...relay_only ? [RELAY_ONLY] : []];
    return [
      { text: cutName(name, style) },
      { text: path, tone: PATH_TONES[path] ?? "faint" },
      { text: age === null ? "" : `${formatAge(age)} ago` },
      { text: replaceUnsafe(ways.join(", ")) },
    ];
  });
  return renderTable(["PEER", "PATH", "LAST CONTACT", "VIA"], rows, style);
}

const RELAY_ONLY = "always relayed (WebAssembly)";

const PATH_TONES: Readonly<Record<string, Tone>> = {
  direct_v4: "good",
  direct_v6: "good",
  peer_relay: "fair",
  derp: "fair",
  expired: "bad",
  unknown: "bad",
};

function renderSummary(report: CheckReport, style: Style): readonly string[] {
  if (report.api === null || report.api.error !== null) return [];
  const { failing, skipped, total, up } = report.summary;
  const parts = [
    style.paint(`${up} up`, up > 0 ? "good" : "plain"),
    style.paint(`${failing} failing`, failing > 0 ? "bad" : "plain"),
    `${skipped} skipped (of ${total}).`,
  ];
  return [...wrapHint(report.summary, style), parts.join(", ")];
}

/** A device that fails has a cure of its own. */
function wrapHint({ failing, total, up }: CheckSummary, style: Style): readonly string[] {
  if (up > 0 || failing > 0 || total === 0) return [];
  return [...wrap("", FIRST_DEVICE, style), ""];
}

const FIRST_DEVICE = "To get a first device: run `tailscale set --webclient` on it, give it the " +
  "scrape tag, and let the tailnet policy allow TCP port 5252 to it.";

/** One long name must not push the other columns off the screen. */
const MAX_NAME = 60, MIN_NAME = 20;

/** What the other columns need, "address_not_allowed" and a note included. */
const OTHER_COLUMNS = 40;

function cutName(name: string, { columns = Infinity }: Style): string {
  return shorten(
    replaceUnsafe(name),
    Math.min(MAX_NAME, Math.max(MIN_NAME, columns - OTHER_COLUMNS)),
  );
}
