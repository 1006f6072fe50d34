/**
 * A real Prometheus that gets in by a login and a client certificate, as its exporters' users have
 * them, and clients that do not.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { fixtureText } from "../_support/fixture.ts";
import { Program } from "./_program.ts";
import { Prometheus } from "./_prometheus.ts";
import { until } from "../_support/until.ts";

const CA = fixtureText("tls/ca.pem");
const CERT = fixtureText("tls/client/cert.pem");
const KEY = fixtureText("tls/client/key.pem");
/** The hash of "secret" at cost 5, by libxcrypt. */
const HASH = "$2y$05$......................35w9tBXOiWEqF4YNx8Fn9rPUbxS7RTu";

function fixturePath(name: string): string {
  return new URL(`../_fixtures/tls/${name}`, import.meta.url).pathname;
}

function basic(password: string): Record<string, string> {
  return { authorization: `Basic ${btoa(`prometheus:${password}`)}` };
}

Deno.test("Program lets Prometheus in by login and client certificate, and no one without", async () => {
  await using program = await Program.start({
    TEST_DEVICES: "a",
    TLS_CERT_PEM: fixtureText("tls/cert.pem"),
    TLS_KEY_PEM: fixtureText("tls/key.pem"),
    TLS_CLIENT_CA_PEM: fixtureText("tls/client/ca.pem"),
    BASIC_AUTH_USERS: `prometheus:${HASH}`,
  });
  using known = Deno.createHttpClient({ caCerts: [CA], cert: CERT, key: KEY });
  using foreign = Deno.createHttpClient({
    caCerts: [CA],
    cert: fixtureText("tls/client/other.pem"),
    key: fixtureText("tls/client/other_key.pem"),
  });
  using bare = Deno.createHttpClient({ caCerts: [CA] });
  const statusOf = async (path: string, client: Deno.HttpClient, headers = {}) => {
    program.client = client;
    const response = await program.get(path, headers);
    await response.body?.cancel();
    return response.status;
  };
  program.client = bare;
  await program.untilStarted();
  for (const client of [known, foreign, bare]) {
    assertEquals(await statusOf("/livez", client), 200);
    assertEquals(await statusOf("/health", client, basic("wrong")), 200);
  }
  assertEquals(await statusOf("/metrics", known, basic("secret")), 200);
  assertEquals(await statusOf("/metrics", known, basic("wrong")), 401);
  assertEquals(await statusOf("/metrics", known), 401);
  assertEquals(await statusOf("/metrics", foreign, basic("secret")), 403);
  assertEquals(await statusOf("/metrics", bare, basic("secret")), 403);

  await using prometheus = await Prometheus.start({
    target: new URL(program.origin).host,
    intervalSeconds: 1,
    access: {
      scheme: "https",
      basic_auth: { username: "prometheus", password: "secret" },
      tls_config: {
        ca_file: fixturePath("ca.pem"),
        cert_file: fixturePath("client/cert.pem"),
        key_file: fixturePath("client/key.pem"),
        server_name: "localhost",
      },
    },
  });
  await until("a scrape", async () => (await prometheus.query("up == 1")).length > 0);
  assertEquals(program.log.text.includes(HASH), false);
  assertMatch(program.log.text, /Serving https:/);
});
