import { assertEquals } from "@std/assert";
import { HISTORY_SETTINGS } from "../../src/config/history.ts";
import { describeConfig } from "../../src/config/describe.ts";
import { testConfig } from "../_support/config.ts";
import { type BoundRow, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["HISTORY", ["on", "off", "false"], ["maybe"]],
  ["HISTORY_KEEP", ["1h", "90d"], ["59m59s", "90d1ms"]],
  ["HISTORY_MAX_EVENTS", ["100", "1000000"], ["99", "1000001"]],
  ["HISTORY_STORE", ["on", "off"], ["disk"]],
  ["HEALTH_INTERVAL", ["10s", "24h"], ["9999ms", "24h1ms"]],
  ["CRITICAL_INTERVAL", ["10s", "24h"], ["9999ms", "24h1ms"]],
  ["REPORT_INTERVAL", ["10s", "24h"], ["9999ms", "24h1ms"]],
  [
    "NODE_TYPES",
    ["a=b", "prod=tag:prod*,db-?; dev = *dev*;", "a.b-c_1=*.example.com", ";"],
    ["a", "a=", "=b", "a=b=c", "a b=c", "-a=b", "a=tag:", "a=b\u0007"],
  ],
  ["CRITICAL_NODES", ["a,b-*", "tag:x,type:prod", "type:*", "Type:a.b"], [
    "type:",
    "type:a b",
    "tag:",
  ]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds: ${row[1][0]}`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of the history", () => {
  const variables = Object.values(HISTORY_SETTINGS).map(({ variable }) => variable);
  assertEquals([...new Set(ROWS.map(([variable]) => variable))], variables);
});

Deno.test("describeConfig() shows types of nodes as they are written", () => {
  const config = testConfig({
    TEST_DEVICES: "demo",
    NODE_TYPES: "prod = tag:prod , db-*;dev=*dev*",
    CRITICAL_NODES: "TYPE:prod,tag:key",
  });
  const { critical_nodes, node_types } = describeConfig(config);
  assertEquals([node_types, critical_nodes], [
    ["prod=tag:prod,db-*", "dev=*dev*"],
    ["type:prod", "tag:key"],
  ]);
});
