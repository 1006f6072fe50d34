import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { runServe } from "../../src/commands/serve.ts";
import type { Config } from "../../src/config/mod.ts";
import { EmbeddedNode, storedIdentity } from "../../src/embedded/mod.ts";
import { TailnetListener } from "../../src/embedded/listener.ts";
import { NODE_STATES, type NodeStatus, UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import { ConfigError } from "../../src/errors.ts";
import { configureLogging, endLogging } from "../../src/log/log.ts";
import { openSources } from "../../src/source/mod.ts";
import { openStore } from "../../src/store.ts";
import { testConfig } from "../_support/config.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { FakeTailnet } from "../_support/fake_tailnet.ts";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";
import { fixtureText } from "../_support/fixture.ts";
import { freePort } from "../_support/free_port.ts";
import { until } from "../_support/until.ts";

Deno.test("runServe() ends with 0 when it is asked to stop", async () => {
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const ended = runServe(testConfig({ ...tailnet.env, PORT: String(freePort()) }), runtime);
  runtime.stop();
  assertEquals(await ended, 0);
});

Deno.test("runServe() calls a key of another certificate a fault of the settings", async () => {
  await using tailnet = new FakeTailnet();
  const config = testConfig({
    ...tailnet.env,
    TLS_CERT_PEM: fixtureText("tls/cert.pem"),
    TLS_KEY_PEM: fixtureText("tls/other_key.pem"),
  });
  await assertRejects(() => runServe(config, new FakeRuntime()), ConfigError, "TLS_KEY_PEM");
});

Deno.test("runServe() ends with 76 if the Worker of its node cannot be stopped", async () => {
  await using tailnet = new FakeTailnet();
  const config = testConfig({ ...tailnet.env, PORT: String(freePort()) });
  const states: string[] = [];
  const node = deafNode(({ state }) => states.push(state));
  const runtime = new FakeRuntime();
  // A server that does not end by itself ends with 0, and fails the test.
  const bound = setTimeout(() => runtime.stop(), 120_000);
  try {
    const code = await runServe(config, runtime, async (...given) => {
      assertEquals(given[3]?.isServing, true, "such a node may be logged out at its end");
      const sources = await openSources(...given);
      node.start();
      return {
        ...sources,
        embedded: node,
        async [Symbol.asyncDispose]() {
          await node.close();
          await sources[Symbol.asyncDispose]();
        },
      };
    });
    assertEquals([code, states], [76, ["stuck"]]);
  } finally {
    clearTimeout(bound);
  }
});

Deno.test("runServe() logs the address of a node that has joined before it is served on", async () => {
  await using tailnet = new FakeTailnet();
  const lines: string[] = [];
  await configureLogging({
    level: "info",
    format: "text",
    secrets: [],
    write: (line) => lines.push(line),
  });
  const port = freePort();
  const runtime = new FakeRuntime();
  const node = {
    status: { ...UNKNOWN_STATUS, state: "running", addresses: ["100.64.0.4"] },
    states: NODE_STATES,
    summary: "The embedded node is running.",
    outage: undefined,
    restarts: 0,
    subscribe() {},
    listen: (port: number) => new TailnetListener(port, () => {}),
  };
  try {
    const config = testConfig({ ...tailnet.env, PORT: String(port) });
    const ended = runServe(config, runtime, async (...given) => {
      const sources = await openSources(...given);
      return { ...sources, embedded: node as unknown as EmbeddedNode };
    });
    runtime.stop();
    assertEquals(await ended, 0);
  } finally {
    endLogging();
  }
  const told = lines.filter((line) => line.includes(" on the tailnet"));
  assertEquals(told.map((line) => line.replace(/^\S+ /, "")), [
    `INFO tsnet Serving http://100.64.0.4:${port}/metrics on the tailnet`,
  ]);
});

/** An embedded node whose Worker neither answers nor obeys; a wait takes one turn. */
function deafNode(onStatus: (status: NodeStatus) => void): EmbeddedNode {
  return new EmbeddedNode({
    module: "",
    hostname: "tsmetrics",
    controlUrl: "",
    authKey: () => Promise.resolve(undefined),
    hasAuthKey: false,
    identity: storedIdentity(openStore(), { hostname: "tsmetrics", controlUrl: "" }),
    openWorker: () => ({ onmessage: null, onerror: null, postMessage() {}, terminate() {} }),
    async delay(_ms, signal) {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
    now: () => 0,
    elapsed: () => 0,
    onStatus,
  });
}

Deno.test("runServe() ends with 1 if the port is taken", async () => {
  await using tailnet = new FakeTailnet();
  const config = testConfig({ ...tailnet.env, PORT: String(tailnet.port) });
  assertEquals(await runServe(config, new FakeRuntime()), 1);
});

Deno.test("runServe() leaves a defect to its caller, with its cause", async () => {
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const cause = new RangeError("the clock is gone");
  tailnet.answers.beforePage = () => {
    runtime.elapsedMs = () => {
      throw new TypeError("Cannot read the clock", { cause });
    };
  };
  const config = testConfig({ ...tailnet.env, PORT: String(freePort()) });
  const error = await assertRejects(() => runServe(config, runtime), TypeError);
  assertEquals(error.cause, cause);
});

/**
 * Runs `serve` with these settings until the body has asked what it wants to know.
 *
 * @param changes What no variable can set.
 */
async function withServe(
  settings: Readonly<Record<string, string>>,
  body: (ask: (path: string, token?: string) => Promise<Answer>) => Promise<void>,
  changes: Partial<Config> = {},
): Promise<void> {
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const port = freePort();
  const own = { PORT: String(port), BIND_HOST: "127.0.0.1" };
  const config = { ...testConfig({ ...tailnet.env, ...own, ...settings }), ...changes };
  const ended = runServe(config, runtime);
  // a device is asked when the port is open and the facts are there
  const isServing = new Promise<void>((resolve) => tailnet.answers.beforePage = resolve);
  async function ask(path: string, token?: string): Promise<Answer> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  }
  try {
    await Promise.race([isServing, ended]);
    await body(ask);
  } finally {
    runtime.stop();
    assertEquals(await ended, 0);
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A rate below the minimum of RATE_LIMIT_RPS: no request is allowed again while a test runs. */
const ONCE_IN_A_DAY = 1 / 86_400;

async function statusesOf(count: number, ask: () => Promise<Answer>): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let left = count; left > 0; left--) statuses.push((await ask()).status);
  return statuses;
}

Deno.test("runServe() wants METRICS_TOKEN, and tells SD_ADDRESS", async () => {
  const token = "canary-token-of-the-page";
  await withServe(
    { METRICS_TOKEN: token, SD_ADDRESS: "tsmetrics.example.com:9100" },
    async (ask) => {
      assertEquals((await ask("/metrics")).status, 401);
      assertStringIncludes((await ask("/metrics", token)).text, "tailscale_device_count 1\n");
      const [group] = JSON.parse((await ask("/sd/shards?shards=1", token)).text);
      assertEquals(group.targets, ["tsmetrics.example.com:9100"]);
    },
  );
});

Deno.test("runServe() answers as many requests as RATE_LIMIT_BURST and RATE_LIMIT_RPS allow", async () => {
  await withServe({ RATE_LIMIT_BURST: "2" }, async (ask) => {
    assertEquals(await statusesOf(4, () => ask("/")), [200, 200, 429, 429]);
  }, { rateLimitRps: ONCE_IN_A_DAY });
  // a hundred thousand a second are one every ten microseconds
  await withServe({ RATE_LIMIT_BURST: "1", RATE_LIMIT_RPS: "100000" }, async (ask) => {
    assertEquals(await statusesOf(4, () => ask("/")), [200, 200, 200, 200]);
  });
});

Deno.test("runServe() takes no node behind a sidecar for this machine", async () => {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const [port, bridge] = [freePort(), freePort()];
  const config = testConfig({
    ...tailnet.env,
    ...tailscaled.env,
    PORT: String(port),
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1",
    ACCESS_INGEST: "true",
    BRIDGE: `127.0.0.1:${bridge}`,
  });
  const ended = runServe(config, runtime);
  try {
    // whois of this tailscaled has a node behind each port
    const ingest = `http://127.0.0.1:${port}/analytics/ingest`;
    const passed = await onceOpen(`http://127.0.0.1:${bridge}/status`);
    const taken = await onceOpen(ingest, { method: "POST", body: "x\n" });
    const page = await onceOpen(`http://127.0.0.1:${port}/livez`);
    assertEquals([taken.status, passed.status, page.status], [403, 403, 200]);
    assertStringIncludes(taken.text, "set METRICS_TOKEN");
  } finally {
    runtime.stop();
    assertEquals(await ended, 0);
  }
});

Deno.test("runServe() logs once for all its ports that a sidecar does not identify clients", async () => {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const lines: string[] = [];
  await configureLogging({
    level: "info",
    format: "text",
    secrets: [],
    write: (line) => lines.push(line),
  });
  const runtime = new FakeRuntime();
  const [port, bridge] = [freePort(), freePort()];
  const config = testConfig({
    ...tailnet.env,
    ...tailscaled.env,
    PORT: String(port),
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    TSNET_ALLOW: "alice@example.com",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1",
    BRIDGE: `127.0.0.1:${bridge}`,
  });
  const urls = [`http://127.0.0.1:${port}/metrics`, `http://127.0.0.1:${bridge}/status`];
  const statuses: number[] = [];
  tailscaled.answers.whois = "no JSON";
  const ended = runServe(config, runtime);
  try {
    for (const url of urls) statuses.push((await onceOpen(url)).status);
  } finally {
    runtime.stop();
    assertEquals(await ended, 0);
    endLogging();
  }
  assertEquals(statuses, [503, 503]);
  const told = lines.filter((line) => line.includes("identify clients"));
  assertEquals(told.map((line) => /\w+ tsnet [^:]*/.exec(line)?.[0]), [
    "WARN tsnet Answering 503 to all that TSNET_ALLOW guards, this machine included",
  ]);
});

Deno.test("runServe() limits nodes behind a sidecar each by itself", async () => {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const port = freePort();
  const config = testConfig({
    ...tailnet.env,
    ...tailscaled.env,
    PORT: String(port),
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1",
    RATE_LIMIT_BURST: "2",
  });
  const ended = runServe({ ...config, rateLimitRps: ONCE_IN_A_DAY }, runtime);
  try {
    await onceOpen(`http://127.0.0.1:${port}/livez`);
    const whois: { Node: { Addresses: string[] } } = JSON.parse(tailscaled.answers.whois);
    const statuses: (readonly number[])[] = [];
    for (const address of ["100.64.0.2", "100.64.0.3"]) {
      whois.Node.Addresses = [`${address}/32`];
      tailscaled.answers.whois = JSON.stringify(whois);
      // Each client has connections of its own, behind which there is one node.
      using client = Deno.createHttpClient({});
      statuses.push(
        await statusesOf(3, async () => {
          const response = await fetch(`http://127.0.0.1:${port}/`, { client });
          return { status: response.status, text: await response.text() };
        }),
      );
    }
    assertEquals(statuses, [[200, 200, 429], [200, 200, 429]]);
  } finally {
    runtime.stop();
    assertEquals(await ended, 0);
  }
});

Deno.test("runServe() passes tailscaled's answers on where BRIDGE says", async () => {
  await using tailscaled = new FakeTailscaled();
  const runtime = new FakeRuntime();
  const port = freePort();
  const config = testConfig({ ...tailscaled.env, BRIDGE: `127.0.0.1:${port}` });
  const ended = runServe(config, runtime);
  try {
    const asksStatus = (call: string) => call.startsWith("status");
    await until("a status read", () => tailscaled.asked.some(asksStatus));
    const status = await fetch(`http://127.0.0.1:${port}/status`);
    assertEquals(await status.text(), tailscaled.answers.status);
    const whois = await fetch(`http://127.0.0.1:${port}/whois/100.64.0.2`);
    assertStringIncludes(await whois.text(), "UserProfile");
  } finally {
    runtime.stop();
    assertEquals(await ended, 0);
  }
});

Deno.test("runServe() ends with 1 if the bridge's port is taken", async () => {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const config = testConfig({ ...tailscaled.env, BRIDGE: `127.0.0.1:${tailnet.port}` });
  assertEquals(await runServe(config, new FakeRuntime()), 1);
});

/** The answer of a port that is about to be opened. */
function onceOpen(url: string, init?: RequestInit): Promise<Answer> {
  return until(`an answer from ${url}`, async () => {
    try {
      const response = await fetch(url, init);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      // nothing listens yet
      if (!(error instanceof TypeError)) throw error;
    }
  });
}
