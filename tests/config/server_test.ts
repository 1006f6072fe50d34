import { assertEquals } from "@std/assert";
import {
  ACCESS_SETTINGS,
  BUILD_SETTINGS,
  LISTEN_SETTINGS,
  LOG_SETTINGS,
} from "../../src/config/server.ts";
import { type BoundRow, CERTIFICATE, KEY, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["PORT", ["0", "1", "9100", ":9100", "65535"], [
    "-1",
    "65536",
    "9100.5",
    "http",
    "tcp://10.0.0.1:9100",
  ]],
  ["ENV", ["production", "prod", "development", "anything"], []],
  ["BIND_HOST", ["0.0.0.0", "::", "[::1]", "localhost"], ["0.0.0.0:80", "256.0.0.1", "a b"]],
  [
    "SD_ADDRESS",
    ["tsmetrics:9100", "10.0.0.1:1", "[fd00::1]:65535", "a.example.com:80"],
    ["tsmetrics", "a:0", "a:65536", "fd00::1:80", "[fd00::1]", "http://a:80", "a:80/x", "1.2.3:80"],
  ],
  [
    "WEB_ROUTE_PREFIX",
    ["/tsmetrics", "/a/b/", "/a-b.c_d~e", `/${"x".repeat(199)}`],
    ["/", "tsmetrics", "//a", "/a//b", "/a?b", "/..", "/a/./b", "/a b", `/${"x".repeat(200)}`],
  ],
  [
    "METRICS_TOKEN",
    ["x".repeat(16), "a+/=.-_~!aaaaaaaa", "x".repeat(4_096)],
    ["x".repeat(15), `${"x".repeat(16)} y`, "x".repeat(4_097)],
  ],
  [
    "BASIC_AUTH_USERS",
    [`a:$2b$04$${"a".repeat(53)}`, `a:$2b$14$${"a".repeat(53)}`],
    [`a:$2b$03$${"a".repeat(53)}`, `a:$2b$15$${"a".repeat(53)}`, "a:b", "a"],
  ],
  ["RATE_LIMIT_RPS", ["0.1", "10", "100000"], ["0", "0.09", "100001", "ten", "-1"]],
  ["RATE_LIMIT_BURST", ["1", "20", "100000"], ["0", "100001", "1.5"]],
  ["LOG_LEVEL", ["debug", "INFO", "warn", "Warning", "error"], ["warnings", "trace", "2"]],
  ["LOG_FORMAT", ["text", "Json", "journal"], ["logfmt"]],
  ["VERSION", ["v1.0.0", "x".repeat(100)], ["x".repeat(101), "a\tb"]],
  ["BUILD_TIME", ["2026-01-01T00:00:00Z"], ["x".repeat(101), "a\tb"]],
  ["TLS_CERT_PEM", [CERTIFICATE], ["cert", KEY]],
  ["TLS_KEY_PEM", [KEY], ["key", CERTIFICATE]],
  ["TLS_CLIENT_CA_PEM", [CERTIFICATE, `${CERTIFICATE}${CERTIFICATE}`], ["ca", KEY]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of the file", () => {
  const settings = [ACCESS_SETTINGS, BUILD_SETTINGS, LISTEN_SETTINGS, LOG_SETTINGS];
  const variables = settings.flatMap((part) => Object.values(part).map(({ variable }) => variable));
  assertEquals(ROWS.map(([variable]) => variable).toSorted(), variables.toSorted());
});
