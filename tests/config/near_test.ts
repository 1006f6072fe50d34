import { assertEquals } from "@std/assert";
import { isSureSlip, nearestVariable, nearestWord } from "../../src/config/near.ts";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";

const VARIABLES = SETTING_ROWS.map(([, { variable }]) => variable);

const SLIPS: readonly (readonly [given: string, meant: string])[] = [
  ["SCRAPE_INTERVALL", "SCRAPE_INTERVAL"],
  ["SCRAPE_INTREVAL", "SCRAPE_INTERVAL"],
  ["OAUTH_CLIENT_SECRT", "OAUTH_CLIENT_SECRET"],
  ["OAUTH_CLINET_ID", "OAUTH_CLIENT_ID"],
  ["OATH_CLIENT_ID", "OAUTH_CLIENT_ID"],
  ["OAUTH_SECRET_CLIENT", "OAUTH_CLIENT_SECRET"],
  ["OAUTH_CLIENTID", "OAUTH_CLIENT_ID"],
  ["TAILNETNAME", "TAILNET_NAME"],
  ["tailnet_name", "TAILNET_NAME"],
  ["SCRAPE-INTERVAL", "SCRAPE_INTERVAL"],
  ["METRIC_TOKEN", "METRICS_TOKEN"],
  ["TEST_DEVICE", "TEST_DEVICES"],
  ["LOGLEVEL", "LOG_LEVEL"],
  ["LEVEL_LOG", "LOG_LEVEL"],
  ["SCRAPE_TAGS", "SCRAPE_TAG"],
  ["USE_TSNT", "USE_TSNET"],
  ["BINDHOST", "BIND_HOST"],
  ["TAILSCALE_OAUTH_CLIENT_ID", "OAUTH_CLIENT_ID"],
  ["TSMETRICS_METRICS_TOKEN", "METRICS_TOKEN"],
];
for (const [given, meant] of SLIPS) {
  Deno.test(`nearestVariable() takes ${given} for a slip of ${meant}`, () => {
    assertEquals(nearestVariable(given, VARIABLES), meant);
  });
}

// What shells, containers, orchestrators, CI and tailscaled itself put into an environment.
const STRANGERS = [
  "PATH HOME LANG LANGUAGE LC_ALL LC_FORMAT PWD OLDPWD SHELL SHLVL TERM USER LOGNAME EDITOR TZ _",
  "HOST HOSTNAME PORTS HOST_PORT BIND_PORT POST ENVS EVN NODE_ENV APP_ENV DENO_ENV VERSION_ID",
  "DENO_DIR DENO_VERSION NO_COLOR HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy",
  "SSL_CERT_FILE SSL_CERT_DIR DEBUG VERBOSE DATABASE_URL API_URL API_TOKEN API_KEY APP_TIMEOUT",
  "LOG_FILE LOG_DIR LOG_PATH RATE_LIMIT BUILD_ID BUILD_TAG BUILD_TYPE BUILD_NAME BUILD_MODE",
  "BUILD_NUMBER BUILD_URL GITHUB_TOKEN GITHUB_ACTIONS CI JAVA_HOME SSH_AUTH_SOCK XDG_RUNTIME_DIR",
  "KUBERNETES_SERVICE_HOST KUBERNETES_PORT KUBERNETES_PORT_443_TCP TSMETRICS_PORT",
  "TSMETRICS_SERVICE_HOST TSMETRICS_SERVICE_PORT TSMETRICS_PORT_9100_TCP INVOCATION_ID",
  "JOURNAL_STREAM NOTIFY_SOCKET CREDENTIALS_DIRECTORY TS_AUTH_KEY TS_AUTHKEYS TS_STATE_DIR",
  "TS_HOSTNAME TS_ROUTES TS_EXTRA_ARGS TS_USERSPACE TS_SOCKET TS_SOCKS5_SERVER TS_DEST_IP",
  "TS_AUTH_ONCE TS_ACCEPT_DNS TS_KUBE_SECRET TS_LOCAL_ADDR_PORT TS_ENABLE_METRICS TS_CLIENT_ID",
  "TS_ENABLE_HEALTH_CHECK TS_TAILSCALED_EXTRA_ARGS TS_API_CLIENT_SECRET INTEGRATION_TEST",
].flatMap((line) => line.split(" "));

for (const name of STRANGERS) {
  Deno.test(`nearestVariable() leaves ${name} alone`, () => {
    assertEquals(nearestVariable(name, VARIABLES), undefined);
  });
}

Deno.test("isSureSlip() wants at most one letter wrong in each word, or words in another order", () => {
  const sure = (given: string, ours: string) => isSureSlip(given, ours);
  for (
    const [given, ours] of [
      ["SCRAPE_INTERVALL", "SCRAPE_INTERVAL"],
      ["SCRAPE_INTREVAL", "SCRAPE_INTERVAL"],
      ["scrape_intervall", "SCRAPE_INTERVAL"],
      ["METRIC_TOKENS", "METRICS_TOKEN"],
      ["TAILSCALE_API_URLS", "TAILSCALE_API_URL"],
      ["LEVEL_LOG", "LOG_LEVEL"],
    ] as const
  ) assertEquals(sure(given, ours), true, given);
  for (
    const [given, ours] of [
      ["INFLUXDB_TOKEN", "INFLUX_TOKEN"],
      ["LOGLEVEL", "LOG_LEVEL"],
      ["log_level", "LOG_LEVEL"],
      ["TAILSCALE_TAILNET_NAME", "TAILNET_NAME"],
    ] as const
  ) assertEquals(sure(given, ours), false, given);
});

Deno.test("nearestVariable() looks at names of up to 60 characters", () => {
  const slip = (length: number) => `SCRAPE${"_".repeat(length - 14)}INTERVAL`;
  assertEquals(nearestVariable(slip(60), VARIABLES), "SCRAPE_INTERVAL");
  assertEquals(nearestVariable(slip(61), VARIABLES), undefined);
});

Deno.test("nearestWord() looks at words of up to 60 characters", () => {
  const known = ["a".repeat(62)];
  assertEquals(nearestWord("a".repeat(60), known), known[0]);
  assertEquals(nearestWord("a".repeat(61), known), undefined);
});

const WORDS = ["port", "scrape-interval", "scrape-tag", "serve", "healthcheck", "check"];
const WORD_SLIPS: readonly (readonly [given: string, meant: string | undefined])[] = [
  ["prt", "port"],
  ["servee", "serve"],
  ["health-check", "healthcheck"],
  ["interval", "scrape-interval"],
  ["health", "healthcheck"],
  ["scrape", undefined],
  ["nterval", undefined],
  ["xyz", undefined],
  ["", undefined],
  ["p".repeat(61), undefined],
];
for (const [given, meant] of WORD_SLIPS) {
  Deno.test(`nearestWord() takes "${given.slice(0, 20)}" for ${meant}`, () => {
    assertEquals(nearestWord(given, WORDS), meant);
  });
}
