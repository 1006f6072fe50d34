import { assertEquals } from "@std/assert";
import {
  API_SETTINGS,
  DEMO_SETTINGS,
  FILTER_SETTINGS,
  SCRAPE_SETTINGS,
} from "../../src/config/tailnet_settings.ts";
import { type BoundRow, CERTIFICATE, KEY, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  ["SCRAPE_INTERVAL", ["1s", "1", "24h", "1m30s", "1d", "30S"], [
    "999ms",
    "24h1ms",
    "0",
    "-1s",
    "2d",
  ]],
  ["API_TIMEOUT", ["1s", "10m"], ["999ms", "601s"]],
  ["CLIENT_METRICS_TIMEOUT", ["100ms", "500ms", "5m"], ["99ms", "301s", "0"]],
  ["CLIENT_METRICS_PORT", ["1", "65535"], ["0", "65536"]],
  [
    "SCRAPE_PORTS",
    ["tag:k8s=9002", "a=1,tag:b*=65535", ""],
    ["9002", "tag:k8s=0", "a=65536", "tag:a b=1", ","],
  ],
  ["MAX_CONCURRENT_SCRAPES", ["1", "1000"], ["0", "1001", "many"]],
  ["MAX_IDLE_CONNECTIONS", ["0", "1000", "100000"], ["-1", "100001", "all"]],
  ["OAUTH_CLIENT_ID", ["k123ABC", "x".repeat(500)], ["two words", "x".repeat(501), "é"]],
  ["OAUTH_CLIENT_SECRET", ["tskey-client-x"], ["two words"]],
  ["OAUTH_TOKEN", ["tskey-api-x"], ["two words"]],
  [
    "TAILNET_NAME",
    ["-", "example.com", "me@example.com", "me.github", "Ärzte", "x".repeat(253)],
    [".", "..", "a/b", "a b", "https://x", "a?b", "%2e", "x".repeat(254)],
  ],
  ["TAILSCALE_API_URL", ["http://127.0.0.1:8080/api/v2"], ["api.tailscale.com", "ftp://h/"]],
  [
    "HEADSCALE_URL",
    ["https://h.example", "http://127.0.0.1:8080/hs/api/v1/"],
    ["h.example", "https://h.example/api/v2", "https://u:p@h.example", "ftp://h/"],
  ],
  ["HEADSCALE_API_KEY", ["hskey-api-x", "abcdefg.x"], ["two words", "hskey-auth-x", "tskey-api-x"]],
  ["TLS_CA_PEM", [CERTIFICATE], ["/etc/ssl/ca.pem", KEY]],
  ["TEST_DEVICES", ["demo", "Demo", "demo:200", "a,b"], ["demo:0", "demo,a", ",", "true", "off"]],
  ["TARGET_DEVICES", ["gateway-*", "a,b"], [",", "a\tb"]],
  ["EXCLUDE_DEVICES", ["test-device,staging-*"], [",", "a\tb"]],
  ["DEVICE_TAGS", ["production,tag:critical", "exp*"], ["a b", ","]],
  ["SCRAPE_TAG", ["exporter", "", "tag:x"], ["a,b", "a b"]],
  ["REQUIRE_EXPORTER_TAG", ["true", "false"], ["exporter"]],
  ["SHARD", ["0/1", "0/4", "3/4", "999/1000"], ["4/4", "0/0", "0/1001", "-1/4", "1", "a/b"]],
  ["SCRAPE_PROXY", ["socks5h://localhost:1055", "http://u:p@h:1"], [
    "localhost:1055",
    "socks4://h:1",
  ]],
  ["SCRAPE_ALLOW_CIDRS", ["10.0.0.0/8,fd00::/8"], ["10.0.0.0/33", "lan"]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of the file", () => {
  const settings = [API_SETTINGS, DEMO_SETTINGS, FILTER_SETTINGS, SCRAPE_SETTINGS];
  const variables = settings.flatMap((part) => Object.values(part).map(({ variable }) => variable));
  assertEquals(ROWS.map(([variable]) => variable).toSorted(), variables.toSorted());
});
