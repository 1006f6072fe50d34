import { assertEquals } from "@std/assert";
import { fixtureText } from "../_support/fixture.ts";
import { FakeTailnet, PAGE_HEADERS, REAL_PAGE } from "./_fake_tailnet.ts";
import { Program, runProgram, type Settings } from "./_program.ts";
import { RecordingProxy } from "./_recording_proxy.ts";
import { Samples } from "./_samples.ts";
import { together } from "./_together.ts";
import { until } from "../_support/until.ts";

/** A name that only the proxy can resolve. */
const NOWHERE = "http://api.tsmetrics.invalid/api/v2";

const API_LINES = [
  "GET http://api.tsmetrics.invalid/api/v2/tailnet/-/devices?fields=all HTTP/1.1",
  "POST http://api.tsmetrics.invalid/api/v2/oauth/token HTTP/1.1",
];

/** A device whose page is on the loopback, asked for without any proxy. */
function servePage() {
  const seen: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      seen.push(request.url);
      return new Response(REAL_PAGE, { headers: PAGE_HEADERS });
    },
  );
  const { port } = server.addr;
  return {
    seen,
    url: `http://127.0.0.1:${port}/metrics`,
    settings: {
      CLIENT_METRICS_PORT: String(port),
      SCRAPE_ALLOW_CIDRS: "127.0.0.1/32",
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Makes the API tell of one device on the loopback. */
function onLoopback(tailnet: FakeTailnet): Settings {
  const device = { id: "1", name: "near.fake.ts.net", hostname: "near" };
  tailnet.onDevices = () =>
    Response.json({
      devices: [{
        ...device,
        addresses: ["127.0.0.1"],
        connectedToControl: true,
        tags: ["tag:exporter"],
      }],
    });
  const { SCRAPE_PROXY: _, ...settings } = tailnet.settings;
  return settings;
}

async function assertOneUp(settings: Settings): Promise<void> {
  const { code, stdout, stderr } = await runProgram(["once"], settings);
  assertEquals(code, 0, stderr);
  assertEquals(new Samples(stdout).sum("tsmetrics_device_up"), 1, stderr);
}

Deno.test("Program asks only the API through the proxy of the environment", async () => {
  await together(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"], async (variable) => {
    await using tailnet = new FakeTailnet({ devices: [] });
    await using proxy = new RecordingProxy(tailnet.host);
    await using device = servePage();
    await assertOneUp({
      ...onLoopback(tailnet),
      ...device.settings,
      TAILSCALE_API_URL: NOWHERE,
      [variable]: `http://${proxy.host}`,
    });
    // a kept connection carries both requests, then its second line is not seen
    assertEquals(proxy.lines.filter((line) => !API_LINES.includes(line)), [], variable);
    assertEquals(proxy.lines[0], API_LINES[1], variable);
    assertEquals(tailnet.seen.map(({ url }) => new URL(url).pathname), [
      "/api/v2/oauth/token",
      "/api/v2/tailnet/-/devices",
    ]);
    assertEquals(device.seen, [device.url]);
  });
});

Deno.test("Program asks an API with TLS through a tunnel of HTTPS_PROXY", async () => {
  await together(["HTTPS_PROXY", "https_proxy", "ALL_PROXY"], async (variable) => {
    const tls = { cert: fixtureText("tls/cert.pem"), key: fixtureText("tls/key.pem") };
    await using tailnet = new FakeTailnet({ devices: [], tls });
    await using proxy = new RecordingProxy(tailnet.host);
    await using device = servePage();
    await assertOneUp({
      ...onLoopback(tailnet),
      ...device.settings,
      TAILSCALE_API_URL: "https://localhost:4711/api/v2",
      TLS_CA_PEM: fixtureText("tls/ca.pem"),
      [variable]: `http://${proxy.host}`,
    });
    assertEquals(new Set(proxy.lines), new Set(["CONNECT localhost:4711 HTTP/1.1"]), variable);
    assertEquals(device.seen, [device.url]);
  });
});

Deno.test("Program sends alerts through the proxy of the environment, and believes TLS_CA_PEM", async () => {
  const tls = { cert: fixtureText("tls/cert.pem"), key: fixtureText("tls/key.pem") };
  await using tailnet = new FakeTailnet({ devices: [], tls });
  const settings = onLoopback(tailnet);
  tailnet.onDevices = () =>
    Response.json({
      devices: [{
        id: "1",
        name: "away.fake.ts.net",
        hostname: "away",
        os: "linux",
        addresses: ["100.64.0.1"],
        connectedToControl: false,
      }],
    });
  await using proxy = new RecordingProxy(tailnet.host);
  await using program = await Program.start({
    ...settings,
    TAILSCALE_API_URL: "https://localhost:4711/api/v2",
    ALERTMANAGER_URL: "https://localhost:4712",
    ALERT_WEBHOOK_URL: "https://localhost:4713/hook",
    ALERT_OFFLINE_AFTER: "0",
    TLS_CA_PEM: fixtureText("tls/ca.pem"),
    HTTPS_PROXY: `http://${proxy.host}`,
  });
  const wanted = ["https://localhost:4712/api/v2/alerts", "https://localhost:4713/hook"];
  await until(
    "both receivers to be asked",
    () => wanted.every((url) => tailnet.seen.some((seen) => seen.url === url)),
    180_000,
  );
  for (const port of [4712, 4713]) {
    assertEquals(proxy.lines.includes(`CONNECT localhost:${port} HTTP/1.1`), true);
  }
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program honours NO_PROXY", async () => {
  await together(["NO_PROXY", "no_proxy"], async (variable) => {
    await using tailnet = new FakeTailnet({ devices: [] });
    await using proxy = new RecordingProxy(tailnet.host);
    await using device = servePage();
    await assertOneUp({
      ...onLoopback(tailnet),
      ...device.settings,
      HTTP_PROXY: `http://${proxy.host}`,
      [variable]: "localhost,127.0.0.1",
    });
    assertEquals(proxy.lines, [], variable);
    assertEquals(device.seen, [device.url]);
  });
});

Deno.test("Program asks devices through SCRAPE_PROXY only, cycle after cycle", async () => {
  await using tailnet = new FakeTailnet({ devices: ["one", "two"] });
  await using proxy = new RecordingProxy(tailnet.host);
  await using program = await Program.start({
    ...tailnet.settings,
    TAILSCALE_API_URL: NOWHERE,
    HTTP_PROXY: `http://${proxy.host}`,
    HTTPS_PROXY: `http://${proxy.host}`,
    ALL_PROXY: `http://${proxy.host}`,
  });
  await program.untilStarted();
  const samples = new Samples(await program.text("/metrics"));
  assertEquals(samples.sum("tsmetrics_device_up"), 2);
  assertEquals((await program.stop()).code, 0);
  assertEquals(proxy.lines.filter((line) => !API_LINES.includes(line)), []);
  const pages = tailnet.seen.map(({ url }) => url).filter((url) => url.endsWith(":5252/metrics"));
  assertEquals([...new Set(pages)].sort(), [
    "http://100.64.0.1:5252/metrics",
    "http://100.64.0.2:5252/metrics",
  ]);
});

Deno.test("Program keeps demo and healthcheck away from the proxy of the environment", async () => {
  await using proxy = new RecordingProxy("127.0.0.1:1");
  const proxies = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) =>
      [name, name.toLowerCase()].map((name) => [name, `http://${proxy.host}`])
    ),
  );
  await using program = await Program.start({ TEST_DEVICES: "gateway-1", ...proxies });
  await program.untilStarted();
  const samples = new Samples(await program.text("/metrics"));
  assertEquals(samples.sum("tsmetrics_device_up"), 1, program.log.text);
  const { code, stderr } = await runProgram(["healthcheck"], {
    ...proxies,
    PORT: String(program.port),
  });
  assertEquals(code, 0, stderr);
  assertEquals(proxy.lines, []);
  assertEquals((await program.stop()).code, 0);
});
