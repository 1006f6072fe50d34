/**
 * What `check` found, as data, as a table for people and as JSON for machines.
 *
 * @module
 */

import type { DeviceState } from "../collectors/mod.ts";

/** What `check` found. */
export interface CheckReport {
  /**
   * Whether, of what is configured, the API answers, some device gives metrics and none that should
   * fails to, and tailscaled answers and is up.
   */
  readonly ok: boolean;
  /** The API; null if it is not configured. */
  readonly api: {
    /** Its base URL. */
    readonly url: string;
    /** The tailnet's name as the API was asked for it. */
    readonly tailnet: string;
    /** What failed and what to do; null if nothing did. */
    readonly error: string | null;
    /** Entries of the device list that could not be read, and why. */
    readonly rejected: readonly string[];
  } | null;
  /** This host's tailscaled; null if there is no way to it. */
  readonly tailscaled: {
    /** Its socket, or host and port. */
    readonly place: string;
    /** What it is doing; null if it does not say. */
    readonly state: string | null;
    /** How many peers it knows; null if it does not say. */
    readonly peers: number | null;
    /** What failed and what to do; null if nothing did. */
    readonly error: string | null;
  } | null;
  /** Each device of the inventory. */
  readonly devices: readonly CheckedDevice[];
}

/** One device as `check` shows it. */
export interface CheckedDevice {
  /** The API's id. */
  readonly id: string;
  /** The API's name. */
  readonly name: string;
  /** Whether it is connected. */
  readonly online: boolean;
  /** "up" if it gives metrics. */
  readonly state: DeviceState["state"];
  /** Why it gives none and the command that mends it; null if it does. */
  readonly reason: string | null;
  /** Where its page is; null for a device that is not asked. */
  readonly url: string | null;
}

/** The API's side of a check. */
export interface CheckedApi {
  /** Its base URL. */
  readonly url: string;
  /** The tailnet's name as the API was asked for it. */
  readonly tailnet: string;
  /** What failed and what to do. */
  readonly error: string | undefined;
  /** Entries of the device list that could not be read, and why. */
  readonly rejected: readonly string[];
}

/** The host's side of a check. */
export interface CheckedLocal {
  /** Its socket, or host and port. */
  readonly place: string;
  /** What it is doing. */
  readonly state?: string | undefined;
  /** How many peers it knows. */
  readonly peers?: number | undefined;
  /** What failed and what to do. */
  readonly error?: string | undefined;
}

/**
 * Puts a report together.
 *
 * Shape: DeviceState[] (0..n) → as many devices, in the same order
 */
export function makeReport(
  api: CheckedApi | undefined,
  states: readonly DeviceState[],
  local?: CheckedLocal,
): CheckReport {
  const devices = states.map((state): CheckedDevice => ({
    id: state.device.id,
    name: state.device.name,
    online: state.isOnline,
    state: state.state,
    reason: state.reason ?? null,
    url: state.url ?? null,
  }));
  const isFleetGood = api === undefined ||
    api.error === undefined && devices.some((device) => device.state === "up") &&
      !devices.some((device) => device.state === "down");
  return {
    ok: isFleetGood && (local === undefined || local.state === "Running"),
    api: api === undefined ? null : { ...api, error: api.error ?? null },
    tailscaled: local === undefined ? null : {
      place: local.place,
      state: local.state ?? null,
      peers: local.peers ?? null,
      error: local.error ?? null,
    },
    devices,
  };
}

/** The report for people: tailscaled, the API, a row for each device, a sum, what to do first. */
export function renderReport(report: CheckReport): string {
  const { api, devices } = report;
  const lines = renderLocal(report.tailscaled);
  if (api === null) return [...lines, ""].join("\n");
  lines.push(`API ${api.url}, tailnet ${api.tailnet}`);
  if (api.error !== null) return [...lines, `  FAILED  ${api.error}`, ""].join("\n");
  lines.push(`  ok      ${plural(devices.length, "device")}`);
  for (const reason of api.rejected) lines.push(`  skipped ${reason}`);
  const notes = repeatedReasons(devices);
  if (devices.length > 0) lines.push("", ...renderRows(devices, notes));
  if (notes.length > 0) {
    lines.push(
      "",
      ...notes.map((note, at) => `(${at + 1}) ${printable(note)}`),
    );
  }
  return [...lines, "", sumUp(devices), ""].join("\n");
}

function renderLocal(local: CheckReport["tailscaled"]): string[] {
  if (local === null) return [];
  const head = `tailscaled ${local.place}`;
  if (local.error !== null) return [head, `  FAILED  ${local.error}`];
  if (local.state === "Running") return [head, `  ok      ${plural(local.peers ?? 0, "peer")}`];
  return [
    head,
    `  FAILED  It is not up: its state is ${local.state ?? "unknown"}; run \`tailscale up\``,
  ];
}

/** Reasons that so many devices share are said once, below the table. */
const MIN_SHARED = 3;

function repeatedReasons(devices: readonly CheckedDevice[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { reason } of devices) {
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count >= MIN_SHARED).map(([reason]) => reason);
}

function renderRows(
  devices: readonly CheckedDevice[],
  notes: readonly string[],
): readonly string[] {
  const rows = [
    ["DEVICE", "ONLINE", "METRICS", "WHY, AND WHAT TO DO"],
    ...devices.map(({ name, online, state, reason }) => {
      const note = reason === null ? -1 : notes.indexOf(reason);
      const why = note === -1 ? printable(reason ?? "") : `(${note + 1})`;
      return [cutName(printable(name)), online ? "yes" : "no", state, why];
    }),
  ];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
}

function sumUp(devices: readonly CheckedDevice[]): string {
  const up = devices.filter((device) => device.state === "up").length;
  const down = devices.filter((device) => device.state === "down").length;
  const rest = devices.length - up - down;
  const sum = `${plural(up, "device")} of ${devices.length} give metrics, ${down} fail to, ` +
    `${rest} are not asked.`;
  if (up > 0) return sum;
  return `${sum}\nFor a first one: run \`tailscale set --webclient\` on a device, give it the ` +
    "scrape tag, and let the policy allow TCP port 5252 to it.";
}

/** One long name must not push the other columns off the screen. */
const MAX_SHOWN_NAME = 60;

function cutName(name: string): string {
  return name.length <= MAX_SHOWN_NAME ? name : `${name.slice(0, MAX_SHOWN_NAME - 1)}…`;
}

/** A number with its noun. */
export function plural(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/** A name from outside must not move the terminal's cursor. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}
