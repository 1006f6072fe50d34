import { assertEquals } from "@std/assert";
import { runServe } from "../../src/commands/serve.ts";
import { testConfig } from "../_support/config.ts";
import { FakeHost } from "../_support/fake_host.ts";
import { FakeTailnet } from "../_support/fake_tailnet.ts";

Deno.test("runServe() ends with 0 when it is asked to stop", async () => {
  await using tailnet = new FakeTailnet();
  const host = new FakeHost();
  const ended = runServe(testConfig(tailnet.env), host);
  host.stop();
  assertEquals(await ended, 0);
});

Deno.test("runServe() ends with 1 if the port is taken", async () => {
  await using tailnet = new FakeTailnet();
  const config = testConfig({ ...tailnet.env, PORT: String(tailnet.port) });
  assertEquals(await runServe(config, new FakeHost()), 1);
});
