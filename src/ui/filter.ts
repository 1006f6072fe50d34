/**
 * Search, filters and order of the node table. They run in the browser over rows that are loaded
 * already, so that each key press shows its result at once.
 *
 * @module
 */

import type { DeviceRow, Severity } from "./model.ts";

/** What the table shows, as it stands in the URL. */
export interface NodeFilter {
  /** A text that name, address, owner or a tag contains. */
  readonly q: string;
  /** One of {@linkcode STATES}. */
  readonly state: string;
  /** A tag. */
  readonly tag: string;
  /** An operating system. */
  readonly os: string;
  /** An owner. */
  readonly owner: string;
  /** A type. */
  readonly type: string;
  /** A column, with a minus for the other direction. */
  readonly sort: string;
}

/** The states one can ask for, with what they are called. */
export const STATES: Readonly<Record<string, string>> = {
  "": "All states",
  problem: "With problems",
  critical: "Critical problems",
  online: "Online",
  offline: "Offline",
  up: "Metrics up",
  down: "Metrics failing",
  skipped: "Metrics not read",
};

const RANKS: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2, ok: 3 };

/** What each column sorts by. */
const KEYS: Readonly<Record<string, (row: DeviceRow) => string | number>> = {
  name: ({ name }) => name.toLowerCase(),
  problem: ({ problem }) => RANKS[problem?.severity ?? "ok"],
  owner: ({ owner, tags }) => (tags[0] ?? owner ?? "").toLowerCase(),
  os: ({ os }) => os?.toLowerCase() ?? "",
  version: ({ version }) => (version ?? "").replace(/\d+/g, (digits) => digits.padStart(5, "0")),
  seen: ({ last_seen, online }) => online ? Infinity : Date.parse(last_seen ?? "") || 0,
  expires: ({ expires }) => expires === null ? Infinity : Date.parse(expires),
  metrics: ({ metrics }) => metrics,
};

/** Whether a problem needs attention; the others are hints. */
export function isAction({ severity }: { readonly severity: Severity }): boolean {
  return severity !== "info";
}

/** The filter of a place's parameters. */
export function readFilter(params: Readonly<Record<string, string>>): NodeFilter {
  const { q = "", state = "", tag = "", os = "", owner = "", type = "", sort = "problem" } = params;
  return {
    q,
    state: Object.hasOwn(STATES, state) ? state : "",
    tag,
    os,
    owner,
    type,
    sort: Object.hasOwn(KEYS, sort.replace(/^-/, "")) ? sort : "problem",
  };
}

/** The rows that pass, in order; rows that compare equal are in the order of their names. */
export function applyFilter(rows: readonly DeviceRow[], filter: NodeFilter): readonly DeviceRow[] {
  const search = filter.q.trim().toLowerCase();
  const passing = rows.filter((row) =>
    hasState(row, filter.state) &&
    (filter.tag === "" || row.tags.includes(filter.tag)) &&
    (filter.os === "" || row.os === filter.os) &&
    (filter.owner === "" || row.owner === filter.owner) &&
    (filter.type === "" || row.type === filter.type) &&
    (search === "" || haystackOf(row).includes(search))
  );
  const keyOf = KEYS[filter.sort.replace(/^-/, "")] ?? (() => 0);
  const direction = filter.sort.startsWith("-") ? -1 : 1;
  const keyed = passing.map((row) => ({ row, key: keyOf(row), name: row.name.toLowerCase() }));
  keyed.sort((a, b) => direction * order(a.key, b.key) || order(a.name, b.name));
  return keyed.map(({ row }) => row);
}

function hasState(row: DeviceRow, state: string): boolean {
  if (state === "") return true;
  if (state === "online") return row.online;
  if (state === "offline") return !row.online;
  if (state === "problem") return row.problem !== null && isAction(row.problem);
  if (state === "critical") return row.problem?.severity === "critical";
  if (state === "up" || state === "down") return row.metrics === state;
  return row.metrics !== "up" && row.metrics !== "down";
}

function order<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const haystacks = new WeakMap<DeviceRow, string>();

/** All texts of a row that a search looks at, made once. */
function haystackOf(row: DeviceRow): string {
  const known = haystacks.get(row);
  if (known !== undefined) return known;
  const { addresses, hostname, name, owner, tags } = row;
  const text = [name, hostname ?? "", owner ?? "", ...addresses, ...tags].join("\n").toLowerCase();
  haystacks.set(row, text);
  return text;
}

/** The values of a field, each once, the most frequent first. */
export function valuesOf(
  rows: readonly DeviceRow[],
  field: (row: DeviceRow) => readonly (string | null)[],
): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const value of field(row)) {
      if (value !== null && value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || order(a, b)).map(([value]) => value);
}
