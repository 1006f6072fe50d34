import { assertEquals } from "@std/assert";
import { ALERT_SETTINGS } from "../../src/config/alert.ts";
import { type BoundRow, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["ALERTS", ["on", "off"], ["maybe"]],
  ["ALERT_OFFLINE_AFTER", ["0", "24h"], ["24h1ms", "-1"]],
  ["ALERT_PERSONAL_DEVICES", ["true", "no"], ["some"]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds: ${row[1][0]}`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of alerts", () => {
  const variables = Object.values(ALERT_SETTINGS).map(({ variable }) => variable);
  assertEquals([...new Set(ROWS.map(([variable]) => variable))], variables);
});
