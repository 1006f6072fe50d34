import { assertEquals, assertStringIncludes } from "@std/assert";
import { runOnce } from "../../src/commands/once.ts";
import { testConfig } from "../_support/config.ts";
import { FakeHost } from "../_support/fake_host.ts";
import { FakeTailnet } from "../_support/fake_tailnet.ts";
import { readText } from "../_support/text_reader.ts";

Deno.test("runOnce() writes a page and returns 0", async () => {
  await using tailnet = new FakeTailnet();
  const host = new FakeHost();
  assertEquals(await runOnce(testConfig(tailnet.env), host), 0);
  readText(host.output());
  assertStringIncludes(host.output(), "tailscale_device_count 1\n");
});

Deno.test("runOnce() writes nothing and returns 1 if there are no facts", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.apiStatus = 403;
  const host = new FakeHost();
  assertEquals(await runOnce(testConfig(tailnet.env), host), 1);
  assertEquals(host.output(), "");
});

Deno.test("runOnce() returns 1 when it is stopped in the middle", async () => {
  await using tailnet = new FakeTailnet();
  const host = new FakeHost();
  const ended = runOnce(testConfig(tailnet.env), host);
  host.stop();
  assertEquals(await ended, 1);
  assertEquals(host.output(), "");
});

Deno.test("runOnce() says what the page costs instead of writing it", async () => {
  await using tailnet = new FakeTailnet();
  const page = new FakeHost();
  await runOnce(testConfig(tailnet.env), page);
  const table = new FakeHost();
  assertEquals(await runOnce(testConfig(tailnet.env), table, { explain: true }), 0);
  assertStringIncludes(table.output(), "FAMILY ");
  assertStringIncludes(table.output(), "LABEL ");
  const host = new FakeHost();
  assertEquals(await runOnce(testConfig(tailnet.env), host, { explain: true, json: true }), 0);
  const { series, devices, families } = JSON.parse(host.output());
  const lines = page.output().split("\n").filter((line) => /^[^#]/.test(line));
  assertEquals([series, devices], [lines.length, 1]);
  const count = families.find((one: { family: string }) => one.family === "tailscale_device_count");
  assertEquals([count.series, count.labels], [1, []]);
});
