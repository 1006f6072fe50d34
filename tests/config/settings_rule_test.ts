import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";

const CLIENT = { OAUTH_CLIENT_ID: "id", OAUTH_CLIENT_SECRET: "secret" };

interface Findings {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

function findingsOf(env: Record<string, string>, args: readonly string[] = []): Findings {
  try {
    return { faults: [], warnings: loadConfig({ env, args }).warnings };
  } catch (error) {
    if (error instanceof ConfigError) return { faults: error.faults, warnings: [] };
    throw error;
  }
}

for (const command of ["serve", "once", "check"]) {
  Deno.test(`checkSource() says what is missing when ${command} has nothing to read`, () => {
    assertEquals(findingsOf({ TAILNET_NAME: "example.com" }, [command]).faults, [
      "No data source is configured. Set one of: OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET for a " +
      "tailnet, by an OAuth client with the scopes devices:core:read and devices:routes:read; " +
      "OAUTH_TOKEN for a tailnet, by an API access token; HEADSCALE_URL and HEADSCALE_API_KEY for " +
      "a headscale; LOCALAPI_SOCKET for this host's tailscaled, with tsmetrics-host; " +
      "LOCALAPI_URL for a host's tailscaled, through a TCP forward; BRIDGE_URL for a host's " +
      "tailscaled, through its tsmetrics-host; TEST_DEVICES=demo for a simulated tailnet.",
    ]);
  });
}

Deno.test("checkSource() names no missing source beside a misspelt name that explains it", () => {
  assertEquals(findingsOf({}, ["--oauth-client-idd", "x"]).faults, [
    'Unknown flag "--oauth-client-idd": did you mean --oauth-client-id?',
  ]);
  assertEquals(findingsOf({}, ["chekc"]).faults, [
    'Unknown command "chekc": did you mean check?',
  ]);
  assertEquals(findingsOf({ OATH_CLIENT_ID: "canary", PORT: "x" }).faults, [
    'Cannot use PORT: got "x", want a whole number from 0 to 65535.',
    "OATH_CLIENT_ID is no setting of tsmetrics and has no effect: did you mean OAUTH_CLIENT_ID?",
  ]);
  assertEquals(findingsOf({ TAILSCALE_API_KEY: "canary" }).faults, [
    "TAILSCALE_API_KEY is no setting of tsmetrics and has no effect: did you mean OAUTH_TOKEN, " +
    "which takes an API access token?",
  ]);
});

Deno.test("checkSource() names a missing source beside a misspelt name that is none", () => {
  const { faults } = findingsOf({ SCRAPE_INTERVALL: "1" });
  assertEquals(faults.map((fault) => fault.slice(0, 29)), [
    "No data source is configured.",
    "SCRAPE_INTERVALL is no settin",
  ]);
});

const CREDENTIALS: readonly (readonly [env: Record<string, string>, fault: string | undefined])[] =
  [
    [CLIENT, undefined],
    [{ OAUTH_TOKEN: "t" }, undefined],
    [
      { OAUTH_CLIENT_ID: "id" },
      "Cannot use the OAuth client: got OAUTH_CLIENT_ID alone, want OAUTH_CLIENT_SECRET with it.",
    ],
    [
      { OAUTH_CLIENT_SECRET: "s" },
      "Cannot use the OAuth client: got OAUTH_CLIENT_SECRET alone, want OAUTH_CLIENT_ID with it.",
    ],
    [
      { OAUTH_TOKEN: "t", OAUTH_CLIENT_ID: "id" },
      "Cannot choose a credential: got OAUTH_TOKEN and OAUTH_CLIENT_ID, want the token or the " +
      "OAuth client, not both.",
    ],
    [
      { OAUTH_TOKEN: "t", OAUTH_CLIENT_SECRET: "s" },
      "Cannot choose a credential: got OAUTH_TOKEN and OAUTH_CLIENT_SECRET, want the token or " +
      "the OAuth client, not both.",
    ],
    [
      { OAUTH_CLIENT_ID: "id", OAUTH_CLIENT_SECRET: "two words" },
      "Cannot use OAUTH_CLIENT_SECRET: got a value of 9 characters, want printable ASCII " +
      "characters without blanks.",
    ],
  ];
for (const [env, fault] of CREDENTIALS) {
  Deno.test(`checkSource() judges ${Object.keys(env).join(" with ")}: ${fault ?? "good"}`, () => {
    assertEquals(findingsOf(env), { faults: fault === undefined ? [] : [fault], warnings: [] });
  });
}

Deno.test("checkSource() lets TEST_DEVICES win over credentials, and says so", () => {
  const env = { TEST_DEVICES: "gateway-1", OAUTH_CLIENT_ID: "id", SCRAPE_PROXY: "http://h:1" };
  assertEquals(findingsOf(env), {
    faults: [],
    warnings: [
      "TEST_DEVICES is set: the numbers are those of a simulated tailnet; not used: " +
      "OAUTH_CLIENT_ID, SCRAPE_PROXY.",
    ],
  });
  assertEquals(findingsOf({}, ["--test-devices=demo"]).warnings, [
    "--test-devices is set: the numbers are those of a simulated tailnet.",
  ]);
});

Deno.test("checkSource() holds SCRAPE_TAG to exporter when that is required", () => {
  const required = { ...CLIENT, REQUIRE_EXPORTER_TAG: "true" };
  assertEquals(findingsOf(required).faults, []);
  assertEquals(findingsOf({ ...required, SCRAPE_TAG: "tag:exporter" }).faults, []);
  assertEquals(findingsOf({ ...required, SCRAPE_TAG: "" }).faults, [
    'Cannot use SCRAPE_TAG: got "", want exporter because REQUIRE_EXPORTER_TAG is true.',
  ]);
  assertEquals(findingsOf({ ...CLIENT, SCRAPE_TAG: "prod" }).faults, []);
});

Deno.test("checkSource() warns when one hanging device would delay the next collection", () => {
  const env = { ...CLIENT, SCRAPE_INTERVAL: "10s" };
  assertEquals(findingsOf({ ...env, CLIENT_METRICS_TIMEOUT: "10s" }).warnings, []);
  assertEquals(findingsOf({ ...env, CLIENT_METRICS_TIMEOUT: "11s" }).warnings, [
    "CLIENT_METRICS_TIMEOUT (11s) is longer than SCRAPE_INTERVAL (10s): one device that hangs " +
    "delays the next collection.",
  ]);
});

Deno.test("checkSource() warns of credentials on their way in the clear", () => {
  const warning = "TAILSCALE_API_URL is not https: the credentials can be read on the way.";
  const warningsFor = (url: string) => findingsOf({ ...CLIENT, TAILSCALE_API_URL: url }).warnings;
  assertEquals(warningsFor("http://headscale.lan/api/v2"), [warning]);
  assertEquals(warningsFor("http://127.evil.example/api/v2"), [warning]);
  assertEquals(warningsFor("https://headscale.lan/api/v2"), []);
  assertEquals(warningsFor("http://127.0.0.1:8080/api/v2"), []);
  assertEquals(warningsFor("http://[::1]/api/v2"), []);
  assertEquals(warningsFor("http://localhost/api/v2"), []);
});

Deno.test("checkSettings() refuses a proxy's password on the command line", () => {
  const fault = "Cannot use --scrape-proxy: it holds a password, and a command line can be read " +
    "by other processes; set the variable SCRAPE_PROXY instead.";
  for (const command of ["serve", "healthcheck"]) {
    const args = [command, "--scrape-proxy=http://u:canary@h:1"];
    assertEquals(findingsOf(CLIENT, args).faults, [fault]);
  }
  assertEquals(findingsOf(CLIENT, ["--scrape-proxy=http://u@h:1"]).faults, []);
  assertEquals(findingsOf({ ...CLIENT, SCRAPE_PROXY: "http://u:canary@h:1" }).faults, []);
});

Deno.test("checkSettings() wants certificate and key together, also for healthcheck", () => {
  const pem = (label: string) => `-----BEGIN ${label}-----\nMAMCAQE=\n-----END ${label}-----`;
  const TLS_CERT_PEM = pem("CERTIFICATE");
  const TLS_KEY_PEM = pem("PRIVATE KEY");
  for (const args of [["serve"], ["healthcheck"]]) {
    assertEquals(findingsOf({ ...CLIENT, TLS_CERT_PEM, TLS_KEY_PEM }, args).faults, []);
    assertEquals(findingsOf({ ...CLIENT, TLS_CERT_PEM }, args).faults, [
      "Cannot serve HTTPS: got TLS_CERT_PEM alone, want TLS_KEY_PEM with it.",
    ]);
    assertEquals(findingsOf({ ...CLIENT, TLS_KEY_PEM }, args).faults, [
      "Cannot serve HTTPS: got TLS_KEY_PEM alone, want TLS_CERT_PEM with it.",
    ]);
    const TLS_CLIENT_CA_PEM = TLS_CERT_PEM;
    const asking = { ...CLIENT, TLS_CERT_PEM, TLS_KEY_PEM, TLS_CLIENT_CA_PEM };
    assertEquals(findingsOf(asking, args).faults, []);
    assertEquals(findingsOf({ ...CLIENT, TLS_CLIENT_CA_PEM }, args).faults, [
      "Cannot ask for client certificates: got TLS_CLIENT_CA_PEM alone, want TLS_CERT_PEM and " +
      "TLS_KEY_PEM with it.",
    ]);
  }
});

Deno.test("checkSettings() warns of hashes whose costs tell which names are known", () => {
  const hash = (cost: string) => `$2y$${cost}$${"a".repeat(53)}`;
  const warningsOf = (...costs: readonly string[]) =>
    findingsOf({
      ...CLIENT,
      BASIC_AUTH_USERS: costs.map((cost, at) => `user${at}:${hash(cost)}`).join(","),
    }).warnings;
  assertEquals([warningsOf("10"), warningsOf("10", "10")], [[], []]);
  assertEquals(warningsOf("10", "05", "12"), [
    "BASIC_AUTH_USERS has hashes of cost 5 and 12: the time of an answer tells which names have " +
    "the cheaper ones. Make all with one cost, such as 10.",
  ]);
});
