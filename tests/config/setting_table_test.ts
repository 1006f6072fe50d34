import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { SETTING_ROWS, SETTINGS, THEMES } from "../../src/config/setting_table.ts";
import { ConfigError } from "../../src/errors.ts";

// The variables that the program was asked for, as a list of its own: not made from the table.
const ASKED_FOR = [
  "PORT ENV BIND_HOST SCRAPE_INTERVAL OAUTH_CLIENT_ID OAUTH_CLIENT_SECRET OAUTH_TOKEN",
  "TAILNET_NAME CLIENT_METRICS_TIMEOUT CLIENT_METRICS_PORT MAX_CONCURRENT_SCRAPES TEST_DEVICES",
  "MAX_IDLE_CONNECTIONS TARGET_DEVICES EXCLUDE_DEVICES DEVICE_TAGS SCRAPE_TAG REQUIRE_EXPORTER_TAG METRICS_TOKEN",
  "BASIC_AUTH_USERS TLS_CLIENT_CA_PEM WEB_ROUTE_PREFIX",
  "RATE_LIMIT_RPS RATE_LIMIT_BURST LOG_LEVEL LOG_FORMAT VERSION BUILD_TIME USE_TSNET",
  "TSNET_MODE TSNET_HOSTNAME TSNET_STATE_DIR TSNET_TAGS TSNET_CONTROL_URL TSNET_ALLOW TSNET_STATE TS_AUTHKEY TAILSCALE_API_URL API_TIMEOUT",
  "SCRAPE_PORTS SCRAPE_PROXY SCRAPE_ALLOW_CIDRS TLS_CA_PEM TLS_CERT_PEM TLS_KEY_PEM SHARD SD_ADDRESS",
  "LIMIT_PAGE_BYTES LIMIT_PAGE_SERIES LIMIT_PAGE_FAMILIES LIMIT_LABELS LIMIT_LABEL_BYTES",
  "LIMIT_SERIES LIMIT_FAMILIES METRICS_DROP DEVICE_LABELS LOCALAPI_SOCKET LOCALAPI_URL",
  "LOCALAPI_TIMEOUT LOCALAPI_PASSWORD BRIDGE_URL BRIDGE_TOKEN BRIDGE PEERS_INTERVAL PEERS_INCLUDE NATIVE_INTERVAL",
  "NATIVE_CLIENT_METRICS KEEPALIVE KEEPALIVE_INTERVAL KEEPALIVE_PING KEEPALIVE_PEERS",
  "KEEPALIVE_TAGS KEEPALIVE_MAX_AT_ONCE KEEPALIVE_RATE WATCHDOG WATCHDOG_INTERVAL",
  "HEADSCALE_URL HEADSCALE_API_KEY WATCHDOG_THRESHOLD WATCHDOG_COOLDOWN WATCHDOG_MAX_RESTARTS",
  "HISTORY HISTORY_KEEP HISTORY_MAX_EVENTS HISTORY_STORE HEALTH_INTERVAL CRITICAL_INTERVAL REPORT_INTERVAL NODE_TYPES CRITICAL_NODES",
  "ALERTS ALERT_OFFLINE_AFTER ALERT_PERSONAL_DEVICES",
  "ACCESS_LISTEN ACCESS_INGEST ACCESS_FORMAT ACCESS_FIELDS ACCESS_TRUSTED_PROXIES ACCESS_IGNORE ACCESS_LABELS",
  "ACCESS_REDACT ACCESS_REDACT_KEY ACCESS_RETENTION USER_QUOTA",
  "INFLUX_URL INFLUX_TOKEN INFLUX_ORG INFLUX_BUCKET INFLUX_DATABASE INFLUX_USERNAME INFLUX_PASSWORD",
  "INFLUX_BUFFER INFLUX_ACCESS",
  "ALERTMANAGER_URL ALERT_WEBHOOK_URL ALERT_WEBHOOK_FORMAT ALERT_COOLDOWN",
].flatMap((line) => line.split(" "));

Deno.test("SETTINGS holds every variable that was asked for, once", () => {
  const variables = SETTING_ROWS.map(([, { variable }]) => variable);
  assertEquals(variables.toSorted(), ASKED_FOR.toSorted());
  assertEquals(new Set(variables).size, variables.length);
});

Deno.test("THEMES hold every setting once, in the order of SETTINGS", () => {
  const keys = THEMES.flatMap(({ settings }) => Object.keys(settings));
  assertEquals(keys, Object.keys(SETTINGS));
});

for (const [key, setting] of SETTING_ROWS) {
  Deno.test(`SETTINGS.${key} has a default that it takes and a sentence of help`, () => {
    const { default: standard, kind, help } = setting;
    if (standard !== undefined) assert(kind.parse(standard) !== undefined, standard);
    assert(/^[A-Za-z].*\.$/.test(help), help);
    assert(!kind.wanted.endsWith("."), kind.wanted);
  });
}

for (const [key, { example, kind, isAskedFor }] of SETTING_ROWS) {
  if (example === undefined) continue;
  Deno.test(`SETTINGS.${key} takes its example, or refuses it as a placeholder`, () => {
    if (example === "") assert(isAskedFor === true || kind.isSecret);
    else assertEquals(kind.parse(example) === undefined, example.includes("…"));
  });
}

const ADVICE: readonly (readonly [variable: string, text: string, reason: string])[] = [
  ["BIND_HOST", ":9100", "got a port alone, want it in PORT: PORT=9100"],
  [
    "BIND_HOST",
    "[::1]:80",
    "got a host with a port, want the host alone and the port in PORT: PORT=80",
  ],
  ["WATCHDOG", "Yes", 'got "Yes", want observe, which reports, or heal, which also repairs'],
  ["WATCHDOG", "maybe", 'got "maybe", want off, observe or heal'],
  [
    "BRIDGE",
    "127.0.0.1:0",
    'got "127.0.0.1:0", want a host name or IP address with a port from 1 to 65535, such as ' +
    "127.0.0.1:8765 or [::1]:8765",
  ],
  [
    "ACCESS_LISTEN",
    "5514",
    'got "5514", want a host name or IP address with a port from 1 to 65535, such as ' +
    "127.0.0.1:5514 or [::1]:5514",
  ],
  [
    "OAUTH_TOKEN",
    "Bearer tskey-api-x",
    'got a value that begins with "Bearer", want what follows it alone',
  ],
  [
    "HEADSCALE_API_KEY",
    "bearer x.y",
    'got a value that begins with "bearer", want what follows it alone',
  ],
  [
    "METRICS_TOKEN",
    "Authorization: Bearer 0123456789abcdef",
    'got a value that begins with "Authorization: Bearer", want what follows it alone',
  ],
];
for (const [variable, text, reason] of ADVICE) {
  Deno.test(`loadConfig() advises on ${variable}=${text}`, () => {
    const env = { [variable]: text };
    const load = () => loadConfig({ env, args: ["healthcheck"] });
    assertEquals(assertThrows(load, ConfigError).faults, [`Cannot use ${variable}: ${reason}.`]);
  });
}
