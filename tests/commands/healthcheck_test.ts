import { assertEquals, assertMatch } from "@std/assert";
import { runHealthcheck } from "../../src/commands/healthcheck.ts";
import type { Config } from "../../src/config/mod.ts";
import { configureLogging } from "../../src/log/log.ts";
import { testConfig } from "../_support/config.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { fixtureText } from "../_support/fixture.ts";
import { freePort } from "../_support/free_port.ts";

/** What the check returns and says. */
async function check(config: Config): Promise<readonly [code: number, said: string]> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line).message);
  await configureLogging({ level: "info", format: "json", secrets: [], write });
  return [await runHealthcheck(config, new FakeRuntime()), lines.join("\n")];
}

/** Answers of a server, by path. */
type Answers = Readonly<Record<string, (request: Request) => Response>>;

const REPORT = { status: "healthy", version: "1.2.3" };
const HEALTHY: Answers = {
  "/health": () => Response.json(REPORT),
  "/livez": () => Response.json({ status: "ok" }),
};

const TLS = {
  TLS_CERT_PEM: fixtureText("tls/cert.pem"),
  TLS_KEY_PEM: fixtureText("tls/key.pem"),
};

/** Checks a server with these answers; `place` stands for where it listens in what is said. */
async function checkServer(
  answers: Answers,
  settings: Readonly<Record<string, string>> = {},
  hasTls = settings.TLS_CERT_PEM !== undefined,
): Promise<readonly [code: number, said: string]> {
  await using server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      ...hasTls && { cert: TLS.TLS_CERT_PEM, key: TLS.TLS_KEY_PEM },
    },
    (request) =>
      answers[new URL(request.url).pathname]?.(request) ?? new Response(null, { status: 404 }),
  );
  const port = String(server.addr.port);
  const [code, said] = await check(testConfig({ TEST_DEVICES: "demo", PORT: port, ...settings }));
  return [code, said.replaceAll(`127.0.0.1:${port}`, "PLACE")];
}

/** An endless body. */
function endless(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(16_384)) });
}

for (const [kind, settings] of [["plain", {}], ["TLS", TLS]] as const) {
  Deno.test(`runHealthcheck() returns 0 if the server is healthy: ${kind}`, async () => {
    assertEquals(await checkServer(HEALTHY, settings), [0, ""]);
    assertEquals(await checkServer(HEALTHY, { ...settings, BIND_HOST: "0.0.0.0" }), [0, ""]);
  });

  Deno.test(`runHealthcheck() says why the server is unhealthy: ${kind}`, async () => {
    const report = { ...REPORT, status: "unhealthy", reason: "The API is down." };
    const unhealthy = () => Response.json(report, { status: 503 });
    assertEquals(await checkServer({ ...HEALTHY, "/health": unhealthy }, settings), [
      1,
      "Unhealthy: The API is down.",
    ]);
    const starting = () => Response.json({ ...REPORT, status: "starting" }, { status: 503 });
    assertEquals(await checkServer({ ...HEALTHY, "/health": starting }, settings), [
      1,
      "Unhealthy: the server says starting.",
    ]);
    const dead = () => Response.json({ status: "unhealthy" }, { status: 503 });
    assertEquals(await checkServer({ ...HEALTHY, "/livez": dead }, settings), [
      1,
      "Unhealthy: the collection stands still (/livez).",
    ]);
  });

  Deno.test(`runHealthcheck() says that the token is another one: ${kind}`, async () => {
    const token = "a-token-of-the-page";
    const answers: Answers = {
      ...HEALTHY,
      "/": ({ headers, method }) => {
        const isRight = headers.get("authorization") === `Bearer ${token}` && method === "HEAD";
        return new Response(null, { status: isRight ? 200 : 401 });
      },
    };
    const right = { ...settings, METRICS_TOKEN: token };
    assertEquals(await checkServer(answers, right), [0, ""]);
    const wrong = { ...settings, METRICS_TOKEN: `${token}-of-others` };
    assertEquals(await checkServer(answers, wrong), [
      1,
      "Unhealthy: the server at PLACE refuses METRICS_TOKEN: it was started with another one.",
    ]);
  });

  Deno.test(`runHealthcheck() says that another program listens: ${kind}`, async () => {
    const others: readonly (readonly [answers: Answers, status: number])[] = [
      [{}, 404],
      [{ "/health": () => Response.json({ status: "UP" }) }, 200],
      [{ "/health": () => new Response("OK") }, 200],
      [{ "/health": () => Response.json(null) }, 200],
      [{ "/health": () => new Response(endless()) }, 200],
    ];
    for (const [answers, status] of others) {
      assertEquals(await checkServer(answers, settings), [
        1,
        `Unhealthy: another program listens on PLACE: it answers GET /health with ${status} and ` +
        "no report of tsmetrics. Check PORT and BIND_HOST.",
      ]);
    }
  });

  Deno.test(`runHealthcheck() says that nothing listens: ${kind}`, async () => {
    const port = freePort();
    const config = testConfig({ TEST_DEVICES: "demo", PORT: String(port), ...settings });
    assertEquals(await check(config), [
      1,
      `Unhealthy: nothing listens on 127.0.0.1:${port}. Start the server, or check PORT and ` +
      "BIND_HOST.",
    ]);
  });
}

Deno.test("runHealthcheck() tells a server with TLS from one without", async () => {
  const [plainCode, plainSaid] = await checkServer(HEALTHY, {}, true);
  assertEquals(plainCode, 1);
  assertMatch(plainSaid, /PLACE does not speak HTTP\. If it serves HTTPS, set TLS_CERT_PEM and/);
  const [tlsCode, tlsSaid] = await checkServer(HEALTHY, TLS, false);
  assertEquals(tlsCode, 1);
  assertMatch(tlsSaid, /PLACE does not speak TLS: it was started without TLS_CERT_PEM\./);
});

Deno.test("runHealthcheck() sends nothing to a server with another certificate", async () => {
  const asked: string[] = [];
  const answers: Answers = {
    "/health": ({ url }) => {
      asked.push(url);
      return Response.json(REPORT);
    },
  };
  const settings = { ...TLS, TLS_CERT_PEM: fixtureText("tls/ca.pem") };
  const [code, said] = await checkServer(answers, settings);
  assertEquals([code, asked], [1, []]);
  assertMatch(said, /cannot ask PLACE: the server shows another certificate than .*TLS_CERT_PEM/);
});

Deno.test("runHealthcheck() goes through no proxy of the environment", async () => {
  const runtime = new FakeRuntime();
  await runHealthcheck(testConfig({ TEST_DEVICES: "demo", PORT: "9" }), runtime);
  assertEquals(runtime.deleted.includes("HTTP_PROXY"), true);
});

Deno.test("runHealthcheck() returns 1 if the settings name no port", async () => {
  const config = testConfig({ TEST_DEVICES: "demo", PORT: "0" });
  assertEquals(await runHealthcheck(config, new FakeRuntime()), 1);
});

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
  // No request is left hanging, whatever was answered.
  await clock.advance(3_600_000);
  await ended;
  return codes;
}

Deno.test("runHealthcheck() gives a silent server five seconds", async () => {
  const clock = new FakeClock();
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
  const check = runHealthcheck(config, new FakeRuntime(), { delay: clock.delay });
  const codes = await codesOfSilence(clock, asked.promise, check);
  answered.resolve(new Response());
  assertEquals(codes, [undefined, 1]);
});

Deno.test("runHealthcheck() gives a silent server with a certificate five seconds", async () => {
  const clock = new FakeClock();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked = silent.accept();
  const config = testConfig({ TEST_DEVICES: "demo", PORT: String(silent.addr.port), ...TLS });
  const check = runHealthcheck(config, new FakeRuntime(), { delay: clock.delay });
  assertEquals(await codesOfSilence(clock, asked.then(() => {}), check), [undefined, 1]);
  (await asked).close();
});
