import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connectError, cutText } from "../../src/devices/_failure.ts";
import type { PageFetch } from "../../src/devices/_page_request.ts";
import { ClientPool } from "../../src/devices/client_pool.ts";
import { createScraper } from "../../src/devices/scrape.ts";
import { freePort } from "../_support/free_port.ts";
import { ScrapeError } from "../../src/errors.ts";
import { makeDevice, makeKnown, makeTarget } from "./_device.ts";

/** Scrapes through a SOCKS server; the message of the failure. */
async function failThrough(port: number): Promise<string> {
  const url = `socks5h://127.0.0.1:${port}`;
  const { createHttpClient } = Deno;
  const connections = new ClientPool({ proxy: { url }, createHttpClient, idleTimeoutMs: 1_000 });
  const scrape = createScraper({
    client: connections.clientFor,
    timeoutMs: 30_000,
    maxBytes: 1_000,
    isProxied: true,
  });
  // The tests may reach loopback only; the proxy is asked for it all the same.
  const address = "127.0.0.1";
  const target = {
    ...makeKnown(makeDevice({ id: "1" })),
    address,
    addresses: [address],
    port: 5252,
    url: `http://${address}:5252/metrics`,
  };
  try {
    return await scrape(target).then(() => "no failure", (error: Error) => error.message);
  } finally {
    connections.close();
  }
}

/** Takes one connection without a login and gives one reply. */
async function reply(listener: Deno.Listener, code: number): Promise<void> {
  using connection = await listener.accept();
  const buffer = new Uint8Array(300);
  await connection.read(buffer);
  await connection.write(new Uint8Array([5, 0]));
  await connection.read(buffer);
  await connection.write(new Uint8Array([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  await connection.read(buffer).catch(() => {});
}

for (let code = 1; code <= 8; code++) {
  Deno.test(`connectError() takes SOCKS reply ${code} for the device's trouble`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const replying = reply(listener, code).catch(() => {});
    const message = await failThrough((listener.addr as Deno.NetAddr).port);
    listener.close();
    await replying;
    assertStringIncludes(message, 'the proxy says "');
    assertStringIncludes(message, "it cannot reach the device: run `tailscale set --webclient`");
  });
}

Deno.test("connectError() takes a SOCKS proxy that is not there for the proxy's trouble", async () => {
  const message = await failThrough(freePort());
  assertStringIncludes(message, ": check that its address is right and the proxy runs");
  assertEquals(message.includes("the proxy says"), false);
});

Deno.test("connectError() takes a proxy that closes each connection for the proxy's trouble", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  async function close(): Promise<void> {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(300)).catch(() => {});
      connection.close();
    }
  }
  const closing = close();
  const message = await failThrough((listener.addr as Deno.NetAddr).port);
  listener.close();
  await closing;
  assertStringIncludes(
    message,
    "it closes the connection: check that its address is right and the proxy runs",
  );
});

Deno.test("connectError() says why a proxy is not reached once, and the same each time", () => {
  const advice = "check that its address is right and the proxy runs";
  const closes = "it closes the connection";
  const table: readonly (readonly [reason: string, told: string])[] = [
    ["unexpected end of file", closes],
    ["Connection reset by peer (os error 104)", closes],
    ["Network is unreachable (os error 101)", "Network is unreachable (os error 101)"],
  ];
  for (const [reason, told] of table) {
    const error = new TypeError(`fetch failed: client error (Connect): ${reason}: ${reason}`);
    const { closedWay, message } = connectError(makeTarget(5252), error, true);
    assertEquals([closedWay, message], ["proxy", `Cannot use SCRAPE_PROXY: ${told}: ${advice}`]);
  }
});

Deno.test("cutText() keeps a text of the length, and marks a longer one as cut", () => {
  assertEquals(cutText("x".repeat(60), 60), "x".repeat(60));
  assertEquals(cutText("x".repeat(61), 60), `${"x".repeat(60)}…`);
  assertEquals(cutText(` a\r\n\u001b[31mb\u0000\u009f c `, 60), "a [31mb c");
});

Deno.test("outageError() is told instead of a device's failure, while it lasts", async () => {
  const target = { ...makeTarget(5252), url: "http://100.64.0.9:5252/metrics" };
  let outage: string | undefined = "The sidecar was removed from the tailnet.";
  const scrapeBy = (request: PageFetch, isProxied: boolean, timeoutMs = 60_000) =>
    createScraper({
      fetch: request,
      isProxied,
      outage: () => outage,
      timeoutMs,
      maxBytes: 10,
    })(target);
  const socks = new Error("client error (Connect): General SOCKS server failure");
  const ours: readonly (readonly [request: PageFetch, timeoutMs?: number])[] = [
    [() => Promise.reject(new TypeError("fetch failed", { cause: socks }))],
    [() => Promise.resolve(new Response("", { status: 502 }))],
    [
      (_url, { signal }) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason))
        ),
      1,
    ],
  ];
  for (const [request, timeoutMs] of ours) {
    const error = await assertRejects(() => scrapeBy(request, true, timeoutMs), ScrapeError);
    assertEquals([error.failure, error.closedWay, error.message], [
      "network",
      "node",
      "The sidecar was removed from the tailnet",
    ]);
  }
  // These devices have answered.
  for (const [response, failure] of [[{ status: 404 }, "status"], [{}, "limit"]] as const) {
    const request = () => Promise.resolve(new Response("longer than 10 bytes", response));
    const error = await assertRejects(() => scrapeBy(request, false), ScrapeError);
    assertEquals([error.failure, error.closedWay], [failure, undefined]);
  }
  outage = undefined;
  for (const [request, timeoutMs] of ours) {
    const error = await assertRejects(() => scrapeBy(request, true, timeoutMs), ScrapeError);
    assertEquals(error.closedWay, undefined);
  }
});
