import { assertEquals } from "@std/assert";
import { runHealthcheck } from "../../src/commands/healthcheck.ts";
import { testConfig } from "../_support/config.ts";
import { fixtureText } from "../_support/fixture.ts";
import { FakeHost } from "../_support/fake_host.ts";

async function askServer(status: number, bindHost: string): Promise<number> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => new Response("", { status: request.url.endsWith("/livez") ? status : 404 }),
  );
  const config = testConfig({
    TEST_DEVICES: "demo",
    PORT: String(server.addr.port),
    BIND_HOST: bindHost,
  });
  return await runHealthcheck(config, new FakeHost());
}

Deno.test("runHealthcheck() returns 0 if the server is alive", async () => {
  assertEquals(await askServer(200, "127.0.0.1"), 0);
});

Deno.test("runHealthcheck() asks on loopback what listens everywhere", async () => {
  assertEquals(await askServer(200, "0.0.0.0"), 0);
});

Deno.test("runHealthcheck() returns 1 for any other status", async () => {
  assertEquals(await askServer(503, "127.0.0.1"), 1);
});

Deno.test("runHealthcheck() returns 1 if nobody listens", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const config = testConfig({ TEST_DEVICES: "demo", PORT: String(port) });
  assertEquals(await runHealthcheck(config, new FakeHost()), 1);
});

Deno.test("runHealthcheck() only connects to a server with a certificate", async () => {
  const host = new FakeHost();
  const config = testConfig({
    TEST_DEVICES: "demo",
    PORT: "9443",
    BIND_HOST: "::",
    TLS_CERT_PEM: fixtureText("tls/cert.pem"),
    TLS_KEY_PEM: fixtureText("tls/key.pem"),
  });
  assertEquals(await runHealthcheck(config, host), 0);
  assertEquals(host.tried, ["::1 9443"]);
});

Deno.test("runHealthcheck() goes through no proxy of the environment", async () => {
  const host = new FakeHost();
  await runHealthcheck(testConfig({ TEST_DEVICES: "demo", PORT: "9" }), host);
  assertEquals(host.deleted.includes("HTTP_PROXY"), true);
});

Deno.test("runHealthcheck() returns 1 if the settings name no port", async () => {
  const config = testConfig({ TEST_DEVICES: "demo", PORT: "0" });
  assertEquals(await runHealthcheck(config, new FakeHost()), 1);
});
