import { assertEquals, assertStringIncludes } from "@std/assert";
import { cutText } from "../../src/devices/_failure.ts";
import { ClientPool } from "../../src/devices/client_pool.ts";
import { createScraper } from "../../src/devices/scrape.ts";
import { freePort } from "../_support/free_port.ts";
import { makeDevice, makeKnown } from "./_device.ts";

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

Deno.test("cutText() keeps a text of the length, and marks a longer one as cut", () => {
  assertEquals(cutText("x".repeat(60), 60), "x".repeat(60));
  assertEquals(cutText("x".repeat(61), 60), `${"x".repeat(60)}…`);
  assertEquals(cutText(` a\r\n\u001b[31mb\u0000\u009f c `, 60), "a [31mb c");
});
