import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Lab } from "./_lab.ts";
import type { Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

let lab: Lab;
let forward: Deno.ChildProcess;

Deno.test.beforeAll(async () => {
  lab = await Lab.up();
  // Node c becomes a tailscaled that belongs to no tailnet.
  await lab.run(["ts", "c", "logout"]);
  const left = (await lab.nodes()).find(({ givenName }) => givenName === "node-c");
  await lab.run(["hs", "nodes", "delete", "--identifier", left?.id ?? "", "--force"]);
  const dir = lab.variable("DIR");
  forward = new Deno.Command("tests/e2e/lab.sh", {
    args: ["exec", "c", "socat"].concat(
      "TCP-LISTEN:41112,bind=127.0.0.1,fork,reuseaddr",
      `UNIX-CONNECT:${dir}/c/ts.sock`,
    ),
    env: { LAB_DIR: dir },
    // It reports each connection while the tailscaled is away.
    stderr: "null",
  }).spawn();
});

Deno.test.afterAll(async () => {
  try {
    forward?.kill();
    await forward?.status;
  } finally {
    await lab?.[Symbol.asyncDispose]();
  }
});

/** The program beside the tailscaled of node c. */
async function settings(): Promise<Settings> {
  const keys = await Deno.readTextFile(`${lab.variable("DIR")}/hs/keys`);
  return {
    ...lab.innerApiSettings,
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1055",
    LOCALAPI_URL: "http://127.0.0.1:41112",
    TSNET_HOSTNAME: "beside",
    TS_AUTHKEY: /^KEY_EXPORTER=(.*)$/m.exec(keys)?.[1] ?? "",
    TSNET_TAGS: "exporter",
    TSNET_ALLOW: "alice@example.com",
    SCRAPE_TAG: "",
    SCRAPE_INTERVAL: "2s",
    CLIENT_METRICS_TIMEOUT: "2s",
    RATE_LIMIT_BURST: "1000",
    HISTORY_STORE: "off",
    ACCESS_INGEST: "true",
  };
}

/** What the program answers to a request from its own machine. */
async function askHere(path: string): Promise<string> {
  return await lab.run(["exec", "c", "curl", "-sS", `http://127.0.0.1:9100${path}`])
    .catch(() => "");
}

/** Until our node is in this state, as `/health` says. */
async function untilState(
  state: string,
): Promise<{ readonly state: string; readonly restarts: number }> {
  return await until(`the sidecar to be ${state}`, async () => {
    const text = await askHere("/health");
    if (!text.startsWith("{")) return undefined;
    const { tsnet } = JSON.parse(text);
    return tsnet?.state === state && tsnet;
  });
}

Deno.test("Program logs a sidecar in, scrapes through it, and serves on it", async () => {
  const own = await settings();
  await using _program = lab.serveOn("c", own);
  await untilState("running");
  const address = (await lab.run(["ts", "c", "ip", "-4"])).trim();
  const page = await until("the three nodes to be up", async () => {
    const text = await lab.curl(`http://${address}:9100/metrics`, "b").catch(() => undefined);
    const up = text?.match(/^tsmetrics_device_up\{.*"(?:beside|node-[ab])"\} 1$/gm);
    return up?.length === 3 && text;
  });
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
  // node a has a tag, and is not alice's
  const refused = await lab.curl(`http://${address}:9100/health`, "a").catch(String);
  assertStringIncludes(refused, "403");
  // tailscaled passes both on from 127.0.0.1
  const post = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "x"];
  const proxy = ["--socks5-hostname", "127.0.0.1:1055"];
  const [there, here] = await Promise.all([
    lab.run(["exec", "b", ...post, ...proxy, `http://${address}:9100/analytics/ingest`]),
    lab.run(["exec", "c", ...post, "http://127.0.0.1:9100/analytics/ingest"]),
  ]);
  assertEquals([there, here], ["403", "400"]);
  const names = (await lab.nodes()).map(({ givenName }) => givenName);
  assertEquals(names.sort(), ["beside", "node-a", "node-b"]);
});

Deno.test("Program collects once through a sidecar", async () => {
  const { code, stderr, stdout } = await lab.runProgramOn("c", ["once"], await settings());
  assertEquals(code, 0, stderr);
  assertEquals(stdout.match(/^tsmetrics_device_up\{.*"node-[ab]"\} 1$/gm)?.length, 2, stderr);
});

Deno.test("Program finds that the node of its sidecar was deleted, and logs in again", async () => {
  await using _program = lab.serveOn("c", await settings());
  await untilState("running");
  await until(
    "node a to be up",
    async () => /^tsmetrics_device_up\{.*"node-a"\} 1$/m.test(await askHere("/metrics")),
  );
  const own = (await lab.nodes()).find(({ givenName }) => givenName === "beside");
  await lab.run(["hs", "nodes", "delete", "--identifier", own?.id ?? "", "--force"]);
  await untilState("removed");
  await untilState("running");
  const next = (await lab.nodes()).find(({ givenName }) => givenName === "beside");
  assert(next !== undefined && next.id !== own?.id);
});

Deno.test("Program takes up a sidecar that is the same node after both were restarted", async () => {
  const { TS_AUTHKEY: _, ...withoutKey } = await settings();
  await using program = lab.serveOn("c", withoutKey);
  await untilState("running");
  await lab.run(["kill", "c"]);
  await untilState("unreachable");
  // Its node key is still good when the control plane comes back.
  await lab.run(["stop-control"]);
  try {
    await lab.run(["start", "c"]);
    await until("the log to say what it waits for", () => {
      return program.log.matching(/ WARN tsnet The sidecar does not reach the control plane: /)[0];
    });
  } finally {
    await lab.run(["start-control"]);
  }
  assertEquals(await untilState("running"), { state: "running", restarts: 1 });
  await until(
    "node a to be up",
    async () => /^tsmetrics_device_up\{.*"node-a"\} 1$/m.test(await askHere("/metrics")),
  );
  assertEquals((await lab.nodes()).length, 3);
});
