import { assertEquals } from "@std/assert";
import { KEEPALIVE_SETTINGS, LOCAL_SETTINGS, WATCHDOG_SETTINGS } from "../../src/config/local.ts";
import { type BoundRow, misjudged } from "./_bound.ts";

/** Each setting on both sides of each of its bounds. */
const ROWS: readonly BoundRow[] = [
  [
    "LOCALAPI_SOCKET",
    ["/var/run/tailscale/tailscaled.sock", `/${"x".repeat(106)}`],
    ["tailscaled.sock", "/", `/${"x".repeat(107)}`, "/a\u0000b"],
  ],
  [
    "LOCALAPI_URL",
    ["http://127.0.0.1:41112", "http://tailscaled:41112/base"],
    [
      "https://127.0.0.1:41112",
      "127.0.0.1:41112",
      "http://a:b@host:1",
      "http://host:1/?a",
      "unix:/x",
    ],
  ],
  ["BRIDGE_URL", ["http://127.0.0.1:8765", "http://[::1]:8765"], [
    "https://host:8765",
    "host:8765",
  ]],
  [
    "BRIDGE_TOKEN",
    ["x".repeat(16), "x".repeat(4_096)],
    ["x".repeat(15), `${"x".repeat(16)} y`, "x".repeat(4_097)],
  ],
  [
    "BRIDGE",
    ["127.0.0.1:8765", "[::1]:1", "0.0.0.0:65535", "bridge:80"],
    ["8765", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:80", "http://127.0.0.1:80"],
  ],
  ["LOCALAPI_PASSWORD", ["x", "~".repeat(9_000)], ["a b", "é"]],
  ["LOCALAPI_TIMEOUT", ["100ms", "5m"], ["99ms", "301s", "soon"]],
  ["PEERS_INTERVAL", ["1s", "24h"], ["999ms", "86401s"]],
  ["PEERS_INCLUDE", ["mullvad", "Sharee,funnel", "all"], ["device", ",", "all tags"]],
  ["NATIVE_INTERVAL", ["1s", "24h"], ["999ms", "86401s"]],
  ["NATIVE_CLIENT_METRICS", ["true", "no"], ["some"]],
  ["KEEPALIVE", ["on", "OFF", "true", "0"], ["heal", "2"]],
  ["KEEPALIVE_INTERVAL", ["1s", "1h"], ["999ms", "3601s"]],
  ["KEEPALIVE_PING", ["disco", "tsmp", "TSMP", "icmp"], ["arp"]],
  ["KEEPALIVE_PEERS", ["gateway-*,router-?"], [","]],
  ["KEEPALIVE_TAGS", ["tag:a,b*"], ["a b"]],
  ["KEEPALIVE_MAX_AT_ONCE", ["1", "1000"], ["0", "1001"]],
  ["KEEPALIVE_RATE", ["1", "1000"], ["0", "1001"]],
  ["WATCHDOG", ["off", "observe", "Heal", "false", "No", "0"], ["on", "true"]],
  ["WATCHDOG_INTERVAL", ["1s", "1h"], ["999ms", "3601s"]],
  ["WATCHDOG_THRESHOLD", ["1s", "600", "24h"], ["999ms", "86401s"]],
  ["WATCHDOG_COOLDOWN", ["1s", "24h"], ["0", "86401s"]],
  ["WATCHDOG_MAX_RESTARTS", ["0", "3", "1000"], ["1001", "-1"]],
];

for (const row of ROWS) {
  Deno.test(`loadConfig() judges ${row[0]} on both sides of its bounds`, () => {
    assertEquals(misjudged(row), []);
  });
}

Deno.test("loadConfig() is judged here for every setting of the file", () => {
  const settings = [LOCAL_SETTINGS, KEEPALIVE_SETTINGS, WATCHDOG_SETTINGS];
  const variables = settings.flatMap((part) => Object.values(part).map(({ variable }) => variable));
  assertEquals(ROWS.map(([variable]) => variable).toSorted(), variables.toSorted());
});
