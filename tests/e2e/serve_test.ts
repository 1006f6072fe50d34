import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { Program, runProgram } from "./_program.ts";
import { until } from "../_support/until.ts";

const DEMO = { TEST_DEVICES: "gateway-1,gateway-2" };

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`Program ends in order on ${signal}, and its port is free`, async () => {
    await using program = await Program.start(DEMO);
    await program.untilStarted();
    const { code, stdout, stderr } = await program.stop(signal);
    assertEquals([code, stdout], [0, ""], stderr);
    assertMatch(stderr, / INFO main Shutting down: /);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: program.port });
    assertEquals(listener.addr.port, program.port);
  });
}

Deno.test("Program does not wait for a device that hangs before it ends", async () => {
  await using tailnet = new FakeTailnet({ devices: ["hangs"] });
  tailnet.onPage.set("hangs", tailnet.hang);
  const settings = { ...tailnet.settings, CLIENT_METRICS_TIMEOUT: "1m" };
  await using program = await Program.start(settings);
  await until("the try", () => tailnet.tries("hangs") > 0);
  const startMs = performance.now();
  assertEquals((await program.stop()).code, 0);
  const tookMs = performance.now() - startMs;
  assert(tookMs < 20_000, `${tookMs} ms`);
});

Deno.test("Program exits with 1 when its port is taken", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, stdout, stderr } = await runProgram([], { ...DEMO, PORT: String(port) });
  assertEquals([code, stdout], [1, ""]);
  const lines = stderr.trimEnd().split("\n").filter((line) => / ERROR /.test(line));
  assertEquals(lines.length, 1, stderr);
  assert(
    lines[0]?.endsWith(
      `ERROR main Cannot listen on 127.0.0.1:${port}: the port is taken; set PORT to a free one, ` +
        "or BIND_HOST to another address",
    ),
    stderr,
  );
});

Deno.test("Program wants METRICS_TOKEN for all but health and probes", async () => {
  const token = "0123456789abcdef-token";
  await using program = await Program.start({
    ...DEMO,
    METRICS_TOKEN: token,
    RATE_LIMIT_RPS: "1000",
    RATE_LIMIT_BURST: "1000",
  });
  await program.untilStarted();
  const statusOf = async (path: string, authorization?: string) => {
    const response = await program.get(path, authorization === undefined ? {} : { authorization });
    await response.body?.cancel();
    return response.status;
  };
  for (const path of ["/", "/metrics", "/debug", "/nothing-here"]) {
    const found = path === "/nothing-here" ? 404 : 200;
    assertEquals(await statusOf(path, `Bearer ${token}`), found, path);
    for (const wrong of [undefined, "", token, `Basic ${btoa(token)}`, `Bearer ${token}x`]) {
      assertEquals(await statusOf(path, wrong), 401, `${path} with ${wrong}`);
    }
  }
  const open = ["/health", "/healthz", "/livez", "/readyz", "/startupz", "/-/healthy", "/-/ready"];
  for (const path of open) assertEquals(await statusOf(path), 200, path);
});

Deno.test("Program limits requests before it looks at the token", async () => {
  await using program = await Program.start({
    ...DEMO,
    METRICS_TOKEN: "0123456789abcdef-token",
    RATE_LIMIT_RPS: "0.1",
    RATE_LIMIT_BURST: "3",
  });
  // At once, or one more may be due on a slow machine.
  const codes = await Promise.all(Array.from({ length: 5 }, async (_, count) => {
    const response = await program.get("/metrics", { authorization: `Bearer guess-${count}` });
    await response.body?.cancel();
    return response.status;
  }));
  assertEquals(codes.sort(), [401, 401, 401, 429, 429]);
});
