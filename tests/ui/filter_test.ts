import { assertEquals } from "@std/assert";
import { applyFilter, readFilter, valuesOf } from "../../src/ui/filter.ts";
import type { DeviceRow, Severity } from "../../src/ui/model.ts";

function makeRow(row: Partial<DeviceRow>): DeviceRow {
  return {
    id: row.name ?? "",
    name: "a",
    hostname: null,
    addresses: [],
    online: true,
    os: null,
    owner: null,
    tags: [],
    type: "other",
    critical: false,
    version: null,
    last_seen: null,
    expires: null,
    metrics: "up",
    problem: null,
    ...row,
  };
}

function problem(severity: Severity): DeviceRow["problem"] {
  return { kind: "k", severity, text: "", advice: "" };
}

const ROWS = [
  makeRow({ name: "web-1.ts.net", os: "linux", tags: ["tag:web"], version: "1.10.0" }),
  makeRow({
    name: "db-1.ts.net",
    os: "linux",
    version: "1.9.0",
    type: "production",
    problem: problem("critical"),
  }),
  makeRow({
    name: "Mac.ts.net",
    online: false,
    os: "macOS",
    owner: "ann@x.org",
    addresses: ["100.64.0.9"],
    metrics: "untagged",
    problem: problem("info"),
    last_seen: "2026-01-01T00:00:00Z",
  }),
  makeRow({ name: "web-2.ts.net", metrics: "down", problem: problem("warning") }),
];

function names(params: Readonly<Record<string, string>>): string {
  return applyFilter(ROWS, readFilter(params)).map(({ name }) => name.replace(".ts.net", ""))
    .join(" ");
}

Deno.test("applyFilter() has the worst first, then by name", () => {
  assertEquals(names({}), "db-1 web-2 Mac web-1");
});

Deno.test("applyFilter() searches and filters", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ q: " WEB " }, "web-2 web-1"],
    [{ q: "100.64" }, "Mac"],
    [{ q: "tag:web" }, "web-1"],
    [{ state: "online" }, "db-1 web-2 web-1"],
    [{ state: "offline" }, "Mac"],
    [{ state: "problem" }, "db-1 web-2"],
    [{ state: "critical" }, "db-1"],
    [{ state: "up" }, "db-1 web-1"],
    [{ state: "down" }, "web-2"],
    [{ state: "skipped" }, "Mac"],
    [{ tag: "tag:web" }, "web-1"],
    [{ os: "linux" }, "db-1 web-1"],
    [{ owner: "ann@x.org" }, "Mac"],
    [{ type: "production" }, "db-1"],
    [{ q: "nothing" }, ""],
  ];
  for (const [params, wanted] of cases) assertEquals(names(params), wanted, JSON.stringify(params));
});

Deno.test("applyFilter() sorts by each column, in both directions", () => {
  const cases: readonly (readonly [sort: string, wanted: string])[] = [
    ["name", "db-1 Mac web-1 web-2"],
    ["-name", "web-2 web-1 Mac db-1"],
    ["version", "Mac web-2 db-1 web-1"],
    ["seen", "Mac db-1 web-1 web-2"],
    ["metrics", "web-2 Mac db-1 web-1"],
  ];
  for (const [sort, wanted] of cases) assertEquals(names({ sort }), wanted, sort);
});

Deno.test("readFilter() drops what it does not know", () => {
  const { sort, state } = readFilter({ sort: "__proto__", state: "toString" });
  assertEquals([sort, state], ["problem", ""]);
});

Deno.test("valuesOf() lists each value once, the most frequent first", () => {
  assertEquals(valuesOf(ROWS, ({ os }) => [os]), ["linux", "macOS"]);
  assertEquals(valuesOf(ROWS, ({ tags }) => tags), ["tag:web"]);
});
