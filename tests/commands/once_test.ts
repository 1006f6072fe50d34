import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runOnce } from "../../src/commands/once.ts";
import { testConfig } from "../_support/config.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { FakeTailnet } from "../_support/fake_tailnet.ts";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";
import { fixtureText } from "../_support/fixture.ts";
import { readText } from "../_support/text_reader.ts";

Deno.test("runOnce() writes a page and returns 0", async () => {
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  assertEquals(await runOnce(testConfig(tailnet.env), runtime), 0);
  readText(runtime.output());
  assertStringIncludes(runtime.output(), "tailscale_device_count 1\n");
});

Deno.test("runOnce() writes nothing and returns 1 if there are no facts", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.apiStatus = 403;
  const runtime = new FakeRuntime();
  assertEquals(await runOnce(testConfig(tailnet.env), runtime), 1);
  assertEquals(runtime.output(), "");
});

Deno.test("runOnce() returns 1 when it is stopped in the middle", async () => {
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const ended = runOnce(testConfig(tailnet.env), runtime);
  runtime.stop();
  assertEquals(await ended, 1);
  assertEquals(runtime.output(), "");
});

Deno.test("runOnce() says what the page costs instead of writing it", async () => {
  await using tailnet = new FakeTailnet();
  const page = new FakeRuntime();
  await runOnce(testConfig(tailnet.env), page);
  const table = new FakeRuntime();
  assertEquals(await runOnce(testConfig(tailnet.env), table, { explain: true }), 0);
  assertStringIncludes(table.output(), "FAMILY ");
  assertStringIncludes(table.output(), "LABEL ");
  const runtime = new FakeRuntime();
  assertEquals(await runOnce(testConfig(tailnet.env), runtime, { explain: true, json: true }), 0);
  const { series, devices, families } = JSON.parse(runtime.output());
  const lines = page.output().split("\n").filter((line) => /^[^#]/.test(line));
  assertEquals([series, devices], [lines.length, 1]);
  const count = families.find((one: { family: string }) => one.family === "tailscale_device_count");
  assertEquals([count.series, count.labels], [1, []]);
});

Deno.test("runOnce() names the patterns that leave nothing out, if there are any", async () => {
  await using tailnet = new FakeTailnet();
  const explain = async (patterns: string) => {
    const runtime = new FakeRuntime();
    const config = testConfig({ ...tailnet.env, METRICS_DROP: patterns });
    assertEquals(await runOnce(config, runtime, { explain: true }), 0);
    return runtime.output().split("\n").filter((line) => line.includes("METRICS_DROP"));
  };
  const good = "tailscale_device_onl*,tailscaled_health_*,{version},{device_name},{path}";
  assertEquals(await explain(good), []);
  assertEquals(await explain(`${good},no_such,{nolabel},tailscale_peer_*`), [
    "These patterns of METRICS_DROP leave out nothing: no_such, {nolabel}, tailscale_peer_*",
  ]);
});

Deno.test("runOnce() writes the parts that are asked for, and nothing of the process", async () => {
  await using tailscaled = new FakeTailscaled();
  const runtime = new FakeRuntime();
  const config = testConfig({ ...tailscaled.env, WATCHDOG: "observe" });
  assertEquals(await runOnce(config, runtime, { collect: ["peers", "watchdog"] }), 0);
  const names = readText(runtime.output()).map(({ name }) => name);
  assert(names.includes("tailscale_up") && names.includes("tailscale_watchdog_restarts_total"));
  assertEquals(names.filter((name) => /^(?:process_|tsmetrics_build|tailscaled_)/.test(name)), []);
});

Deno.test("runOnce() shows no process_* beside all that is configured either", async () => {
  await using tailscaled = new FakeTailscaled();
  const runtime = new FakeRuntime();
  assertEquals(await runOnce(testConfig(tailscaled.env), runtime), 0);
  const names = readText(runtime.output()).map(({ name }) => name);
  assert(names.includes("tsmetrics_build_info"));
  assertEquals(names.filter((name) => name.startsWith("process_")), []);
});

Deno.test("runOnce() asks for a restart of tailscaled by its exit code, after the whole page", async () => {
  await using tailscaled = new FakeTailscaled();
  tailscaled.answers.status = fixtureText("localapi/status-derp.json");
  const runtime = new FakeRuntime();
  const clock = { ms: runtime.startedAtMs };
  runtime.now = () => clock.ms;
  runtime.elapsedMs = () => clock.ms;
  const config = testConfig({ ...tailscaled.env, WATCHDOG: "heal", WATCHDOG_THRESHOLD: "600s" });
  const codes: number[] = [];
  for (let look = 0; look < 30 && !codes.includes(75); look++) {
    clock.ms += 60_000;
    codes.push(await runOnce(config, runtime, { collect: ["watchdog"] }));
  }
  assertEquals(codes.at(-1), 75);
  assertEquals(codes.filter((code) => code !== 0), [75]);
  assertStringIncludes(runtime.output(), "tailscale_watchdog_restarts_total 1\n");
});
