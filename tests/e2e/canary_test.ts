import { assert, assertEquals } from "@std/assert";
import { fixtureText } from "../_support/fixture.ts";
import { freePort } from "../_support/free_port.ts";
import {
  assertClean,
  CANARY,
  canarySettings,
  CLIENT_SECRET,
  ENV_LOGIN,
  KEY_PEM,
  lookEverywhere,
  makeCanaryTailnet,
  METRICS_TOKEN,
  PAGE_LOGIN,
} from "./_canary.ts";
import { type Answer, CLIENT_ID } from "./_fake_tailnet.ts";
import { cutOff } from "./_fault.ts";
import { Program, runProgram, type Settings } from "./_program.ts";
import { Samples } from "./_samples.ts";
import { together } from "./_together.ts";
import { until } from "../_support/until.ts";

/** All that this party was told, in every spelling it may come back in. */
async function echoOf(request: Request): Promise<string> {
  const told = [
    request.headers.get("authorization") ?? "",
    await request.text(),
    CLIENT_SECRET,
    encodeURIComponent(CLIENT_SECRET),
    JSON.stringify(CLIENT_SECRET),
  ];
  return `no good: ${told.join(" ")}`;
}

const API_FAULTS: Readonly<Record<string, Answer>> = {
  "401": async (r) => Response.json({ message: await echoOf(r) }, { status: 401 }),
  "403": async (r) => Response.json({ message: await echoOf(r) }, { status: 403 }),
  "404": async (r) => Response.json({ message: await echoOf(r) }, { status: 404 }),
  "407": async (r) => new Response(await echoOf(r), { status: 407 }),
  "429": async (r) =>
    new Response(await echoOf(r), { status: 429, headers: { "retry-after": "0" } }),
  "500": async (r) => new Response(await echoOf(r), { status: 500 }),
  "302": async (r) => {
    const location = `http://127.0.0.1:1/?q=${encodeURIComponent(await echoOf(r))}`;
    return new Response(null, { status: 302, headers: { location } });
  },
  "html": async (r) => new Response(`<html>${await echoOf(r)}`),
  "half": async (r) => new Response(`{"devices":[{"id":"${await echoOf(r)}`),
  "cut": async (r) => new Response(cutOff(`{"devices":["${(await echoOf(r)).repeat(50)}"]}`)),
  "list": async (r) => Response.json({ devices: [{ id: "1", name: { x: await echoOf(r) } }] }),
};

Deno.test("Program keeps every secret while the API echoes them, log as text and JSON", async () => {
  await together(["text", "json"], async (format) => {
    await using tailnet = makeCanaryTailnet();
    await using program = await Program.start({
      ...canarySettings(tailnet),
      LOG_FORMAT: format,
    });
    using client = Deno.createHttpClient({ caCerts: [fixtureText("tls/ca.pem")] });
    program.client = client;
    const take = async () => {
      const login = { authorization: `Bearer ${METRICS_TOKEN}` };
      return new Samples(await program.text("/metrics", login));
    };
    const errors = async () => {
      const samples = await take();
      // an unreadable entry is no failure of the list
      return (samples.sum("tsmetrics_scrape_errors_total", { target: "api" }) ?? 0) +
        (samples.sum("tsmetrics_api_rejected_devices") ?? 0);
    };
    // one good call between two faults: the API is asked less and less while none is
    const isWell = async () => {
      const samples = await take();
      return samples.sum("tsmetrics_api_up") === 1 &&
        samples.sum("tsmetrics_api_rejected_devices") === 0;
    };
    await program.untilStarted();
    await lookEverywhere(program, "no fault");
    assertEquals(await errors(), 0, program.log.text);
    for (const [name, answer] of Object.entries(API_FAULTS)) {
      for (const place of ["list", "token"] as const) {
        // a token is JSON of its own kind; what is no list is no token either
        if (place === "token" && name === "list") continue;
        const before = await errors();
        if (place === "list") tailnet.onDevices = answer;
        else {
          tailnet.endTokens();
          tailnet.onToken = answer;
        }
        await until(`${name} of the ${place}`, async () => await errors() > before);
        await lookEverywhere(program, `${name} of the ${place}`);
        tailnet.onDevices = undefined;
        tailnet.onToken = undefined;
        await until(`the end of ${name} of the ${place}`, isWell);
      }
    }
    const { code, stderr, stdout } = await program.stop();
    assertEquals(code, 0);
    assertClean(stderr + stdout, "the log");
    // it did say what was wrong, without the secrets
    assert(stderr.includes("no good: ") && stderr.includes("[redacted]"), stderr);
  });
});

Deno.test("Program keeps every secret in check, once and help", async () => {
  await using tailnet = makeCanaryTailnet();
  const settings = canarySettings(tailnet);
  const commands = [["check"], ["check", "--json"], ["once"], ["--help"], ["version"]];
  for (const fault of [undefined, "401", "500", "half"]) {
    tailnet.onDevices = fault === undefined ? undefined : API_FAULTS[fault];
    await together([...commands, ["healthcheck"]], async (args) => {
      const { stdout, stderr } = await runProgram(args, { ...settings, PORT: String(freePort()) });
      assert(stdout + stderr !== "", `${args.join(" ")} said nothing`);
      assertClean(stdout + stderr, `${args.join(" ")} during ${fault}`);
    });
  }
  // nothing listens at the proxy of the environment
  const dead = `${ENV_LOGIN}@127.0.0.1:${freePort()}`;
  const proxies = [{ HTTP_PROXY: `http://${dead}` }, { ALL_PROXY: `socks5h://${dead}` }];
  await together(proxies, async (proxy) => {
    const { code, stdout, stderr } = await runProgram(["check", "--json"], {
      ...settings,
      ...proxy,
    });
    assertEquals(code, 1);
    assertClean(stdout + stderr, `check with ${JSON.stringify(proxy)}`);
  });
});

Deno.test("Program keeps every secret in what it says about bad settings", async () => {
  const good = {
    OAUTH_CLIENT_ID: CLIENT_ID,
    OAUTH_CLIENT_SECRET: CLIENT_SECRET,
    TAILSCALE_API_URL: `http://127.0.0.1:${freePort()}/api/v2`,
    API_TIMEOUT: "1s",
  };
  const bad: readonly (readonly [args: readonly string[], settings: Settings])[] = [
    [[], { METRICS_TOKEN: `${CANARY}` }],
    [[], { METRICS_TOKEN: `${CANARY} with blanks and\nlines` }],
    [[], { OAUTH_CLIENT_SECRET: `${CANARY}\u0007\u001b[31m` }],
    [[], { OAUTH_TOKEN: CANARY }],
    [[], { TS_AUTHKEY: `${CANARY}\n${CANARY}` }],
    [[], { TLS_KEY_PEM: `-----BEGIN ${CANARY}-----` }],
    [[], { TLS_KEY_PEM: KEY_PEM }],
    [[], { TLS_CERT_PEM: `${CANARY}` }],
    [[], { SCRAPE_PROXY: `http://${PAGE_LOGIN}@127.0.0.1` }],
    [[], { SCRAPE_PROXY: `ftp://${PAGE_LOGIN}@127.0.0.1:1` }],
    [[], { SCRAPE_PROXY: `${PAGE_LOGIN}@127.0.0.1:1` }],
    [[], { TAILSCALE_API_URL: `https://${PAGE_LOGIN}@api.test/api/v2` }],
    [[], { TAILSCALE_API_URL: `https://api.test/api/v2?key=${CANARY}` }],
    [[`--oauth-client-secret=${CANARY}`], {}],
    [["--oauth-client-secret", CANARY], {}],
    [["--oauth-clientsecret", CANARY], {}],
    [["--metrics-token", `${CANARY}-long-enough`], {}],
    [[`--scrape-proxy=http://${PAGE_LOGIN}@127.0.0.1`], {}],
    [[`--tls-key-pem=${CANARY}`], {}],
  ];
  await together(bad, async ([args, settings]) => {
    const { code, stdout, stderr } = await runProgram(args, { ...good, ...settings });
    const what = JSON.stringify([args, settings]);
    assertEquals(code, 2, `${what}: ${stderr}`);
    assertClean(stdout + stderr, what);
  });
  // a proxy variable is nothing that tsmetrics reads, but its reader may quote it
  const strange = [`http://${ENV_LOGIN}@[bad`, `${ENV_LOGIN}`, `gopher://${ENV_LOGIN}@x:1`];
  await together(strange, async (value) => {
    const proxies = { HTTP_PROXY: value, HTTPS_PROXY: value, ALL_PROXY: value };
    const { stdout, stderr } = await runProgram(["once"], { ...good, ...proxies });
    assertClean(stdout + stderr, value);
  });
});
