import { assertEquals } from "@std/assert";
import { describeConfig, secretsOf } from "../../src/config/describe.ts";
import { loadConfig } from "../../src/config/load.ts";

const ENV = {
  OAUTH_CLIENT_ID: "client",
  OAUTH_CLIENT_SECRET: "canary-1",
  METRICS_TOKEN: "canary-2-canary-2",
  TS_AUTHKEY: "canary-3",
  SCRAPE_PROXY: "socks5h://user:canary-4@localhost:1055",
  SCRAPE_ALLOW_CIDRS: "10.1.0.0/8",
  SCRAPE_INTERVAL: "90",
  TARGET_DEVICES: "a,b",
  TLS_CERT_PEM: "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----",
  TLS_KEY_PEM: "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----",
};

Deno.test("describeConfig() writes values as one would, and of secrets only that they are set", () => {
  const shown = describeConfig(loadConfig({ env: ENV, args: [] }).config);
  assertEquals(
    [
      "oauth_client_id",
      "oauth_client_secret",
      "oauth_token",
      "metrics_token",
      "ts_authkey",
      "scrape_proxy",
      "scrape_allow_cidrs",
      "scrape_interval",
      "target_devices",
      "tls_cert_pem",
      "tls_key_pem",
      "tls_ca_pem",
    ].map((key) => shown[key]),
    [
      "set",
      "set",
      "not set",
      "set",
      "set",
      "socks5h://[redacted]@localhost:1055",
      ["10.0.0.0/8"],
      "1m30s",
      ["a", "b"],
      "set",
      "set",
      null,
    ],
  );
  assertEquals(JSON.stringify(shown).includes("canary"), false);
});

Deno.test("secretsOf() finds a LocalAPI's password as it is and as it is sent", () => {
  const env = { LOCALAPI_URL: "http://127.0.0.1:41112", LOCALAPI_PASSWORD: "canary-5" };
  const values = secretsOf(loadConfig({ env, args: [] }).config).map((each) => each.reveal());
  assertEquals(new Set(values), new Set(["canary-5", btoa(":canary-5")]));
});

Deno.test("secretsOf() finds every secret, the proxy's password too", () => {
  const { config } = loadConfig({ env: ENV, args: [] });
  assertEquals(secretsOf(config).map((secret) => secret.reveal()).toSorted(), [
    "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n",
    "canary-1",
    "canary-2-canary-2",
    "canary-3",
    "canary-4",
    btoa("user:canary-4"),
  ]);
  const { config: demo } = loadConfig({ env: { TEST_DEVICES: "demo" }, args: [] });
  assertEquals(secretsOf(demo), []);
});
