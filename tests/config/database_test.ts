import { assertEquals } from "@std/assert";
import { DATABASE_SETTINGS } from "../../src/config/database.ts";
import { describeConfig, secretsOf } from "../../src/config/describe.ts";
import { testConfig } from "../_support/config.ts";
import { type BoundRow, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["INFLUX_URL", ["http://db:8086", "https://db/base"], [
    "db:8086",
    "http://me:x@db",
    "http://db?x",
  ]],
  ["INFLUX_TOKEN", ["a"], ["a b"]],
  ["INFLUX_ORG", ["my org"], ["a\u0007"]],
  ["INFLUX_BUCKET", ["b", "x".repeat(200)], ["x".repeat(201)]],
  ["INFLUX_DATABASE", ["tailscale"], ["a\u0007"]],
  ["INFLUX_USERNAME", ["me@example.com"], ["a:b"]],
  ["INFLUX_PASSWORD", ["a"], ["a b"]],
  ["INFLUX_BUFFER", ["1MB", "1GB"], ["999999", "1000000001"]],
  ["INFLUX_ACCESS", ["on", "false"], ["maybe"]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds: ${row[1][0]}`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of the database", () => {
  const variables = Object.values(DATABASE_SETTINGS).map(({ variable }) => variable);
  assertEquals(ROWS.map(([variable]) => variable), variables);
});

Deno.test("the secrets of the database are not shown, however they are sent", () => {
  const config = testConfig({
    OAUTH_TOKEN: "tskey-api-1",
    INFLUX_URL: "http://db",
    INFLUX_DATABASE: "d",
    INFLUX_USERNAME: "me",
    INFLUX_PASSWORD: "pass",
    INFLUX_TOKEN: "t0ken",
  });
  const shown = describeConfig(config);
  assertEquals([shown.influx_password, shown.influx_token], ["set", "set"]);
  const secrets = secretsOf(config).map((secret) => secret.reveal());
  for (const secret of ["pass", "t0ken", "bWU6cGFzcw=="]) {
    assertEquals(secrets.includes(secret), true, secret);
  }
});
