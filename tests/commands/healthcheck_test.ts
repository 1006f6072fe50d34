import { assertEquals } from "@std/assert";
import { runHealthcheck } from "../../src/commands/healthcheck.ts";
import type { Config } from "../../src/config/mod.ts";
import { testConfig } from "../_support/config.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { FakeHost } from "../_support/fake_host.ts";
import { fixtureText } from "../_support/fixture.ts";

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

function tlsConfig(): Config {
  return testConfig({
    TEST_DEVICES: "demo",
    PORT: "9443",
    BIND_HOST: "::",
    TLS_CERT_PEM: fixtureText("tls/cert.pem"),
    TLS_KEY_PEM: fixtureText("tls/key.pem"),
  });
}

Deno.test("runHealthcheck() only connects to a server with a certificate", async () => {
  const host = new FakeHost();
  assertEquals(await runHealthcheck(tlsConfig(), host), 0);
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

/** Lets the deadlines that are set keep to the clock, until it is disposed of. */
function keepDeadlines({ delay }: FakeClock): Disposable {
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (ms) => {
    const late = new AbortController();
    delay(ms).then(() => late.abort(new DOMException("Signal timed out.", "TimeoutError")));
    return late.signal;
  };
  return { [Symbol.dispose]: () => void Object.assign(AbortSignal, { timeout }) };
}

/** What a check says 4,999 ms and 5,000 ms after it has asked a server that is silent. */
async function codesOfSilence(
  clock: FakeClock,
  asked: Promise<void>,
  check: Promise<number>,
): Promise<readonly (number | undefined)[]> {
  let code: number | undefined;
  const ended = check.then((given) => code = given);
  await Promise.race([asked, ended]);
  const codes: (number | undefined)[] = [];
  // What must come has more turns than what must not.
  for (const [ms, maxTurns] of [[4_999, 20], [1, 2_000]] as const) {
    await clock.advance(ms);
    for (let turns = 0; turns < maxTurns && code === undefined; turns++) await settle();
    codes.push(code);
  }
  // Nobody is left waiting, whatever was said.
  await clock.advance(3_600_000);
  await ended;
  return codes;
}

Deno.test("runHealthcheck() gives a silent server five seconds", async () => {
  const clock = new FakeClock();
  using _deadlines = keepDeadlines(clock);
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Response>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      asked.resolve();
      return answered.promise;
    },
  );
  const config = testConfig({ TEST_DEVICES: "demo", PORT: String(server.addr.port) });
  const check = runHealthcheck(config, new FakeHost());
  const codes = await codesOfSilence(clock, asked.promise, check);
  answered.resolve(new Response());
  assertEquals(codes, [undefined, 1]);
});

Deno.test("runHealthcheck() gives a connection to a server with a certificate five seconds", async () => {
  const clock = new FakeClock();
  using _deadlines = keepDeadlines(clock);
  const host = new FakeHost();
  const asked = Promise.withResolvers<void>();
  host.tryConnection = (_hostname: string, _port: number, signal?: AbortSignal) => {
    asked.resolve();
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  };
  const check = runHealthcheck(tlsConfig(), host);
  assertEquals(await codesOfSilence(clock, asked.promise, check), [undefined, 1]);
});
