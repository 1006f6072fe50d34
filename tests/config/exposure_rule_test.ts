import { assertEquals } from "@std/assert";
import { asksForCredential } from "../../src/config/exposure_rule.ts";
import { loadConfig } from "../../src/config/load.ts";
import { testConfig } from "../_support/config.ts";
import { fixtureText } from "../_support/fixture.ts";

const TLS = { TLS_CERT_PEM: fixtureText("tls/cert.pem"), TLS_KEY_PEM: fixtureText("tls/key.pem") };
const CLIENT = { OAUTH_CLIENT_ID: "id", OAUTH_CLIENT_SECRET: "secret" };
const DANGER = "without METRICS_TOKEN: anyone who reaches the port can read names, addresses and " +
  "traffic of all devices. Set METRICS_TOKEN, or BIND_HOST=127.0.0.1 if only this machine asks.";

const WARNED: readonly (readonly [env: Record<string, string>, setting: string | undefined])[] = [
  [{}, undefined],
  [{ ENV: "production" }, "ENV=production (listens on 0.0.0.0)"],
  [{ ENV: "production", BIND_HOST: "127.0.0.1" }, undefined],
  [{ ENV: "production", METRICS_TOKEN: "0123456789abcdef" }, undefined],
  [{ BIND_HOST: "0.0.0.0" }, "BIND_HOST=0.0.0.0"],
  [{ BIND_HOST: "::" }, "BIND_HOST=::"],
  [{ BIND_HOST: "100.64.0.1" }, "BIND_HOST=100.64.0.1"],
  [{ BIND_HOST: "::", METRICS_TOKEN: "0123456789abcdef" }, undefined],
  [{ BIND_HOST: "::", BASIC_AUTH_USERS: `ann:$2b$04$${"a".repeat(53)}` }, undefined],
  [{ BIND_HOST: "[::1]" }, undefined],
  [{ BIND_HOST: "localhost" }, undefined],
];
for (const [env, setting] of WARNED) {
  Deno.test(`warnAboutOpenPort() looks at ${JSON.stringify(env)}`, () => {
    const { warnings } = loadConfig({ env: { ...CLIENT, ...env }, args: [] });
    assertEquals(warnings, setting === undefined ? [] : [`${setting} ${DANGER}`]);
  });
}

Deno.test("warnAboutOpenPort() warns in serve and check only", () => {
  const env = { ...CLIENT, ENV: "production" };
  const counts = ["serve", "check", "once", "healthcheck"].map((command) =>
    loadConfig({ env, args: [command] }).warnings.length
  );
  assertEquals(counts, [1, 1, 0, 0]);
});

Deno.test("asksForCredential() is true with a token, logins, or a CA for clients", () => {
  const cases: readonly (readonly [env: Record<string, string>, expected: boolean])[] = [
    [{}, false],
    [{ METRICS_TOKEN: "0123456789abcdef" }, true],
    [{ BASIC_AUTH_USERS: `ann:$2b$04$${"a".repeat(53)}` }, true],
    [{ ...TLS, TLS_CLIENT_CA_PEM: fixtureText("tls/cert.pem") }, true],
    [TLS, false],
  ];
  for (const [env, expected] of cases) {
    assertEquals(asksForCredential(testConfig({ ...CLIENT, ...env })), expected);
  }
});
