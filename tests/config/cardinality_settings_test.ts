import { assertEquals, assertThrows } from "@std/assert";
import { CARDINALITY_SETTINGS } from "../../src/config/cardinality_settings.ts";
import { describeConfig } from "../../src/config/describe.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";
import { testConfig } from "../_support/config.ts";
import { type BoundRow, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["LIMIT_PAGE_BYTES", ["1000", "67108864", "2MB", "64MiB"], ["999", "67108865", "65MiB"]],
  ["LIMIT_PAGE_SERIES", ["1", "1000000"], ["0", "1000001"]],
  ["LIMIT_PAGE_FAMILIES", ["1", "10000"], ["0", "10001"]],
  ["LIMIT_LABELS", ["1", "1000"], ["0", "1001"]],
  ["LIMIT_LABEL_BYTES", ["1", "1000000"], ["0", "1000001"]],
  ["LIMIT_SERIES", ["1", "100000000"], ["0", "100000001"]],
  ["LIMIT_FAMILIES", ["50", "100000"], ["49", "100001"]],
  [
    "METRICS_DROP",
    ["tailscaled_*", "a{b}, {path} ,c", "*", "{device_name}", "{device_*}", "a{device_*}", "a:b"],
    [",", "{}", "a{", "a b", "a-b", "{device_id}", "a{device_id}", "a{device_name}"],
  ],
  ["METRICS_DROP", ["tsmetrics_*"], ["tsmetrics_device_up", "tsmetrics_api_*", "process_*"]],
  ["DEVICE_LABELS", ["name", "tags,*:os,user", "*:name"], ["id", "tags,*:tags", "*", ","]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds: ${row[1][0]}`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of the file", () => {
  const variables = Object.values(CARDINALITY_SETTINGS).map(({ variable }) => variable);
  assertEquals([...new Set(ROWS.map(([variable]) => variable))], variables);
});

Deno.test("describeConfig() shows patterns and labels as they are written", () => {
  const config = testConfig({
    TEST_DEVICES: "demo",
    METRICS_DROP: "tailscaled_serve_*, {path}",
    DEVICE_LABELS: "*:tags,os",
  });
  const { metrics_drop, device_labels, limit_series } = describeConfig(config);
  assertEquals(
    [metrics_drop, device_labels, limit_series],
    [["tailscaled_serve_*", "{path}"], ["*:tags", "os"], 2_000_000],
  );
});

Deno.test("loadConfig() refuses to add and to drop the name", () => {
  const env = { TEST_DEVICES: "demo", METRICS_DROP: "{device_name}", DEVICE_LABELS: "*:name" };
  const error = assertThrows(() => loadConfig({ env, args: [] }), ConfigError);
  assertEquals(error.faults, [
    "Cannot use DEVICE_LABELS with METRICS_DROP: got *:name and {device_name}, want one of them.",
  ]);
  loadConfig({ env: { ...env, DEVICE_LABELS: "name" }, args: [] });
});
