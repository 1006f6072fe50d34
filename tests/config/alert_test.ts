import { assertEquals } from "@std/assert";
import { ALERT_SETTINGS } from "../../src/config/alert.ts";
import { describeConfig, secretsOf } from "../../src/config/describe.ts";
import { testConfig } from "../_support/config.ts";
import { type BoundRow, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["ALERTS", ["on", "off"], ["maybe"]],
  ["ALERT_OFFLINE_AFTER", ["0", "24h"], ["24h1ms", "-1"]],
  ["ALERT_PERSONAL_DEVICES", ["true", "no"], ["some"]],
  ["ALERTMANAGER_URL", ["http://a:9093", "https://a/prefix"], ["a:9093", "http://u:p@a"]],
  [
    "ALERT_WEBHOOK_URL",
    ["https://a/x?chat_id=1", "http://a"],
    ["a", "ftp://a/", "https:// a", "http:///x"],
  ],
  ["ALERT_WEBHOOK_FORMAT", ["json", "Slack", "discord", "ntfy", "telegram"], ["teams"]],
  ["ALERT_COOLDOWN", ["0", "24h"], ["24h1ms"]],
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

Deno.test("describeConfig() does not show the webhook, whose URL is a secret", () => {
  const url = "https://hooks.example/T0/secret";
  const config = testConfig({ TEST_DEVICES: "demo", ALERT_WEBHOOK_URL: url });
  assertEquals(describeConfig(config).alert_webhook_url, "set");
  assertEquals(secretsOf(config).map((secret) => secret.reveal()), [url]);
});
