import { assertEquals, assertRejects } from "@std/assert";
import { collectOnce } from "../../src/commands/_collect.ts";
import { runServe } from "../../src/commands/serve.ts";
import { testConfig } from "../_support/config.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { FakeTailnet } from "../_support/fake_tailnet.ts";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";

/** A runtime that makes one HTTP client and no other; the steps are what happened, in order. */
function oneClientRuntime(): { readonly runtime: FakeRuntime; readonly steps: string[] } {
  const runtime = new FakeRuntime();
  const steps: string[] = [];
  runtime.createHttpClient = (options) => {
    if (steps.length > 0) throw new RangeError("no client left");
    steps.push("open");
    const client = Deno.createHttpClient(options);
    const close = client.close.bind(client);
    client.close = () => {
      steps.push("close");
      close();
    };
    return client;
  };
  return { runtime, steps };
}

Deno.test("collectOnce() hands out what was collected, and closes it afterwards", async () => {
  await using tailnet = new FakeTailnet();
  const { runtime, steps } = oneClientRuntime();
  const code = await collectOnce(
    testConfig(tailnet.env),
    runtime,
    ({ exporter, sources, hasFacts }) => {
      assertEquals([hasFacts, exporter.isReady(), sources.tailnet?.isDemo], [true, true, false]);
      assertEquals(steps, ["open"]);
      return Promise.resolve(7);
    },
  );
  assertEquals(code, 7);
  assertEquals(steps, ["open", "close"]);
});

Deno.test("collectOnce() throws what its user throws, and closes all the same", async () => {
  await using tailnet = new FakeTailnet();
  const { runtime, steps } = oneClientRuntime();
  const failing = () => Promise.reject(new TypeError("a defect"));
  await assertRejects(
    () => collectOnce(testConfig(tailnet.env), runtime, failing),
    TypeError,
    "a defect",
  );
  assertEquals(steps, ["open", "close"]);
});

Deno.test("collectOnce() ends when it is stopped while its output is not read", async () => {
  await using tailnet = new FakeTailnet();
  const { runtime, steps } = oneClientRuntime();
  const isWriting = Promise.withResolvers<void>();
  const ended = collectOnce(testConfig(tailnet.env), runtime, () => {
    isWriting.resolve();
    return new Promise(() => {});
  });
  await isWriting.promise;
  runtime.stop();
  assertEquals(await ended, 1);
  assertEquals(steps, ["open", "close"]);
});

Deno.test("collectOnce() and runServe() close the source if there is no exporter", async () => {
  await using tailnet = new FakeTailnet();
  // the exporter wants clients of its own for the proxy
  const config = testConfig({ ...tailnet.env, SCRAPE_PROXY: "http://127.0.0.1:3128" });
  for (
    const run of [
      (runtime: FakeRuntime) => collectOnce(config, runtime, () => Promise.resolve(0)),
      (runtime: FakeRuntime) => runServe(config, runtime),
    ]
  ) {
    const { runtime, steps } = oneClientRuntime();
    await assertRejects(() => run(runtime), RangeError, "no client left");
    assertEquals(steps, ["open", "close"]);
  }
});

Deno.test("collectOnce() tells the progress when the wait for our own node is over", async () => {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const config = testConfig({
    ...tailnet.env,
    ...tailscaled.env,
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1",
  });
  let isJoined = () => true;
  const seen: boolean[] = [];
  const watch = (_exporter: unknown, _sources: unknown, given: () => boolean) => {
    isJoined = given;
    seen.push(isJoined());
    return { [Symbol.dispose]() {} };
  };
  await collectOnce(config, new FakeRuntime(), () => {
    seen.push(isJoined());
    return Promise.resolve(0);
  }, { watch });
  assertEquals(seen, [false, true]);
  const { env } = tailnet;
  await collectOnce(testConfig(env), new FakeRuntime(), () => Promise.resolve(0), { watch });
  assertEquals(seen, [false, true, true], "there is no node to wait for");
});

Deno.test("collectOnce() stops the progress where the wait for our own node fails", async () => {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const config = testConfig({
    ...tailnet.env,
    ...tailscaled.env,
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1",
  });
  const runtime = new FakeRuntime();
  const steps: string[] = [];
  const watch = () => {
    runtime.elapsedMs = () => {
      throw new TypeError("no clock");
    };
    return { [Symbol.dispose]: () => void steps.push("disposed") };
  };
  const use = () => Promise.resolve(0);
  await assertRejects(
    () => collectOnce(config, runtime, use, { watch }),
    TypeError,
    "no clock",
  );
  assertEquals(steps, ["disposed"]);
});
