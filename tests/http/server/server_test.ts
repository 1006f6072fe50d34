import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { gunzipSync } from "node:zlib";
import { Page, Section } from "../../../src/page/mod.ts";
import { createHandler } from "../../../src/http/handler.ts";
import { serve, type ServeOptions } from "../../../src/http/server/server.ts";
import type { Views } from "../../../src/http/view.ts";
import { Secret } from "../../../src/secret/secret.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { ConfigError } from "../../../src/errors.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { concatBytes, FakePage, fakeViews, manyPieces } from "../_fake_views.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 } as const;

function start(
  page: Views["page"] = new FakePage(["up 1\n"]),
  options: Partial<ServeOptions> = {},
) {
  const handler = createHandler({ views: fakeViews(page), rateLimit: { rps: 1000, burst: 1000 } });
  const server = serve({ handler, ...LOOPBACK, ...options });
  return { server, url: `http://127.0.0.1:${server.address.port}` };
}

/** Sends a request by hand and gives the connection, nothing of the answer read. */
async function ask(port: number, path: string, more = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`;
  await connection.write(new TextEncoder().encode(text));
  return connection;
}

/** What is left to read, up to the end of the connection. */
async function readAll(connection: Deno.TcpConn): Promise<Uint8Array> {
  return await new Response(connection.readable).bytes();
}

function bodyOf(answer: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(answer);
  return answer.subarray(text.indexOf("\r\n\r\n") + 4);
}

/** Waits until the server has sent all that the connection's buffers take. */
async function untilStill(page: FakePage): Promise<void> {
  for (let seen = -1, turns = 0; turns < 50; turns++) {
    if (page.chunksRead !== seen) turns = 0;
    seen = page.chunksRead;
    await settle();
  }
}

/** Waits for what no time has to pass for; a clock that must go on ends the test, not its wait. */
async function atOnce<T>(work: Promise<T>, what: string): Promise<T> {
  let isOver = false;
  const ended = work.finally(() => isOver = true);
  for (let turns = 0; turns < 2_000 && !isOver; turns++) await settle();
  assert(isOver, `${what}: wanted by now, still to come after 2,000 turns of the event loop`);
  return await ended;
}

Deno.test("serve() sends gzip that every reader reads to its end", async () => {
  const page = new FakePage(manyPieces(12, 131_072));
  const { server, url } = start(page);
  const plain = page.bytes();
  // a request by hand: fetch would unpack the answer
  const connection = await ask(
    server.address.port,
    "/metrics",
    "Accept-Encoding: gzip\r\n",
  );
  const first = new TextDecoder("latin1").decode(await readAll(connection));
  assert(first.includes("\r\ncontent-encoding: gzip\r\n"));
  assert(first.includes("\r\ntransfer-encoding: chunked\r\n"));
  // compressed to its end for the first, so that the second is told the length
  const again = await ask(server.address.port, "/metrics", "Accept-Encoding: gzip\r\n");
  const packed = new Uint8Array(bodyOf(await readAll(again)));
  assertEquals(new Uint8Array(gunzipSync(packed)), plain);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(stream).bytes(), plain);
  const response = await fetch(`${url}/metrics`);
  assertEquals(await response.bytes(), plain);
  assertEquals(page.readings, 1, "fetch asked for gzip too, and got what was kept");
  await server.shutdown();
});

Deno.test("serve() sends plain bytes with their length to those who take no gzip", async () => {
  const page = new FakePage(manyPieces(3, 100_000));
  const { server, url } = start(page);
  const response = await fetch(`${url}/metrics`, { headers: { "accept-encoding": "gzip;q=0" } });
  assertEquals(response.headers.get("content-length"), "300000");
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(await response.bytes(), page.bytes());
  await server.shutdown();
});

Deno.test("serve() answers HEAD on the wire with no body and no wrong length", async () => {
  const { server, url } = start();
  for (
    const [path, encoding, length] of [
      ["/metrics", "identity", "5"],
      ["/metrics", "gzip", null],
      ["/livez", "identity", "21"],
      ["/nope", "identity", "10"],
    ] as const
  ) {
    const headers = { "accept-encoding": encoding };
    const response = await fetch(`${url}${path}`, { method: "HEAD", headers });
    assertEquals(response.headers.get("content-length"), length, path);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertEquals(await response.text(), "");
  }
  await server.shutdown();
});

Deno.test("serve() works no further than a slow reader's buffers, and sends it all", async () => {
  const page = new FakePage(manyPieces(400, 131_072));
  const { server } = start(page);
  const connection = await ask(server.address.port, "/metrics");
  await untilStill(page);
  assert(page.chunksRead < 300, `${page.chunksRead} of 400 chunks were made for nobody`);
  assertEquals(bodyOf(await readAll(connection)), page.bytes());
  await server.shutdown();
});

Deno.test("serve() sends a page to its end though it is replaced and freed meanwhile", async () => {
  const section = new Section([{ name: "up", type: "gauge", help: "" }], { tileKeys: 8 });
  const show = (value: number) => {
    for (let key = 0; key < 64; key++) {
      const line = `up{id="${key}",l="${"x".repeat(1000)}"} ${value}\n`;
      const bytes = new TextEncoder().encode(line.repeat(128));
      section.set(String(key), { bytes, ends: Uint32Array.of(bytes.length), sampleCount: 128 });
    }
  };
  const page = new Page([section]);
  show(0);
  const wanted = new TextEncoder().encode(page.view().text("text"));
  const { server, url } = start({ view: () => page.view() });
  await using _server = server;
  const response = await fetch(`${url}/metrics`, { headers: { "accept-encoding": "identity" } });
  const parts: Uint8Array[] = [];
  let value = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    if (parts.length % 16 === 0) show(value++);
  }
  assertEquals(value > 4, true);
  assertEquals(concatBytes(parts), wanted);
});

Deno.test("serve() stops making a page when the client goes away", async () => {
  const page = new FakePage(manyPieces(400, 131_072));
  const { server } = start(page);
  const connection = await ask(server.address.port, "/metrics");
  await connection.read(new Uint8Array(1000));
  connection.close();
  await page.ended;
  assert(page.chunksRead < 400);
  await server.shutdown();
});

Deno.test("serve() shuts down when the scrapes on their way have ended, and takes no new ones", async () => {
  const page = new FakePage(manyPieces(400, 131_072));
  const { server, url } = start(page);
  const connection = await ask(server.address.port, "/metrics");
  await untilStill(page);
  let isDown = false;
  const down = server.shutdown().then(() => {
    isDown = true;
  });
  assertEquals(server.shutdown() === server.shutdown(), true);
  await assertRejects(() => fetch(`${url}/livez`), TypeError);
  assertEquals(isDown, false);
  assertEquals(bodyOf(await readAll(connection)), page.bytes());
  await down;
  await server.finished;
});

Deno.test("serve() breaks scrapes off when the grace is over", async () => {
  const clock = new FakeClock();
  const warnings: unknown[] = [];
  const page = new FakePage(manyPieces(400, 131_072));
  const { server } = start(page, {
    graceMs: 5000,
    delay: clock.delay,
    log: { info: () => {}, warning: (message, properties) => warnings.push([message, properties]) },
  });
  const connection = await ask(server.address.port, "/metrics");
  await untilStill(page);
  const down = server.shutdown();
  await clock.advance(4999);
  assert(page.chunksRead < 400);
  await clock.advance(1);
  await atOnce(page.ended, "the end of the grace");
  // a peer that still does not read is not waited for much longer
  await clock.advance(1000);
  await atOnce(down, "the end of the shutdown");
  const rest = await readAll(connection).catch(() => new Uint8Array());
  assert(bodyOf(rest).length < 400 * 131_072);
  await server.finished;
  assertEquals(warnings, [[
    "A response was aborted: {error}",
    { error: "Cannot send a page to its end: the server stops" },
  ]]);
});

Deno.test("serve() breaks scrapes off at once when it is hurried, before a shutdown or in it", async () => {
  for (const isBefore of [true, false]) {
    const clock = new FakeClock();
    const hurry = new AbortController();
    const page = new FakePage(manyPieces(400, 131_072));
    const { server } = start(page, { delay: clock.delay, hurry: hurry.signal });
    const connection = await ask(server.address.port, "/metrics");
    await untilStill(page);
    if (isBefore) hurry.abort();
    assertEquals(page.chunksRead < 400, true);
    const down = server.shutdown();
    hurry.abort();
    await atOnce(page.ended, "the end of the grace period");
    await clock.advance(1000);
    await atOnce(down, "the end of the shutdown");
    await readAll(connection).catch(() => {});
    await server.finished;
  }
});

Deno.test("serve() ends the connection of a reader that stands still, and counts it as unread until then", async () => {
  const clock = new FakeClock();
  const page = new FakePage(manyPieces(400, 131_072));
  const warnings: unknown[] = [];
  const handler = createHandler({
    views: fakeViews(page),
    rateLimit: { rps: 1000, burst: 1000 },
    delay: clock.delay,
    maxUnread: 1,
  });
  const { server, url } = start(page, {
    handler,
    now: clock.now,
    log: { info: () => {}, warning: (message, properties) => warnings.push([message, properties]) },
  });
  const reader = await ask(server.address.port, "/metrics");
  await untilStill(page);
  const refused = await fetch(`${url}/metrics`);
  assertEquals(refused.status, 503);
  assertStringIncludes(await refused.text(), "too many unread responses");
  await clock.advance(60_000);
  await atOnce(page.ended, "the end of the reader's time");
  // the reader finds what the system had taken, and then the end of the connection
  assert(bodyOf(await readAll(reader)).length < 400 * 131_072);
  const response = await fetch(`${url}/debug`);
  assertEquals(response.status, 200);
  await response.body?.cancel();
  await server.shutdown();
  assertEquals(warnings, [[
    "A response was aborted: {error}",
    { error: "Cannot send a page: the reader took nothing for 30000 ms" },
  ]]);
});

Deno.test("serve() gives scrapes ten seconds to end by default, then a last one", async () => {
  const clock = new FakeClock();
  const waits: number[] = [];
  const page = new FakePage(manyPieces(400, 131_072));
  const { server } = start(page, {
    delay: (ms, signal) => {
      waits.push(ms);
      return clock.delay(ms, signal);
    },
  });
  const connection = await ask(server.address.port, "/metrics");
  await untilStill(page);
  const down = server.shutdown();
  await clock.advance(10_000);
  await atOnce(page.ended, "the end of the grace");
  await clock.advance(1_000);
  await atOnce(down, "the end of the shutdown");
  assertEquals(waits, [10_000, 1_000]);
  connection.close();
  await server.finished;
});

Deno.test("serve() shuts down at once where connections are merely open", async () => {
  const { server } = start(undefined, { delay: new FakeClock().delay });
  const quiet = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  const half = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  await half.write(new TextEncoder().encode("GET /metr"));
  await server.shutdown();
  quiet.close();
  half.close();
});

Deno.test("serve() says which settings to change when it cannot have the port", async () => {
  const { server } = start();
  const { port } = server.address;
  const taken = assertThrows(() => start(undefined, { port }), Error);
  assertEquals(
    taken.message,
    `Cannot listen on 127.0.0.1:${port}: the port is taken; set PORT to a free one, or BIND_HOST to another address`,
  );
  assert(taken.cause instanceof Deno.errors.AddrInUse);
  const settings = { hostname: "BRIDGE", port: "BRIDGE" };
  const bridge = assertThrows(() => start(undefined, { port, settings }), Error);
  assertEquals(
    bridge.message,
    `Cannot listen on 127.0.0.1:${port}: the port is taken; set BRIDGE to a free one, or another address`,
  );
  await server.shutdown();
});

Deno.test("serve() says so where the sandbox or the machine has no such address", () => {
  const denied = assertThrows(() => start(undefined, { hostname: "0.0.0.0", port: 9100 }), Error);
  assertEquals(
    denied.message,
    "Cannot listen on 0.0.0.0:9100: the sandbox grants no network access there; set PORT and BIND_HOST to what it grants",
  );
  const six = assertThrows(() => start(undefined, { hostname: "::2", port: 9100 }), Error);
  assert(six.message.startsWith("Cannot listen on [::2]:9100: "), six.message);
});

Deno.test("serve() speaks TLS with certificate and key by value", async () => {
  const { server } = start(undefined, {
    certPem: fixtureText("tls/cert.pem"),
    keyPem: new Secret(fixtureText("tls/key.pem")),
  });
  using client = Deno.createHttpClient({ caCerts: [fixtureText("tls/ca.pem")] });
  const response = await fetch(`https://127.0.0.1:${server.address.port}/metrics`, { client });
  assertEquals(await response.text(), "up 1\n");
  await server.shutdown();
});

Deno.test("serve() refuses half of a certificate, and texts that are none, without showing them", () => {
  const half = { certPem: fixtureText("tls/cert.pem") };
  assertThrows(() => start(undefined, half), TypeError, "wanted both TLS_CERT_PEM and TLS_KEY_PEM");
  const other = fixtureText("tls/other_key.pem");
  for (
    const [certPem, key, reason] of [
      [half.certPem, "canary-key", "No keys found in key data"],
      ["canary-key", other, "No certificates found in certificate data"],
      [half.certPem, other, "keys may not be consistent: KeyMismatch"],
    ] as const
  ) {
    const error = assertThrows(
      () => start(undefined, { certPem, keyPem: new Secret(key) }),
      ConfigError,
    );
    assertEquals(
      error.message,
      `Cannot use TLS_CERT_PEM and TLS_KEY_PEM: ${reason}; want a certificate chain and its key: ` +
        "RSA of 2048 bits or more, ECDSA (P-256, P-384 or P-521) or Ed25519.",
    );
    assert(!Deno.inspect(error).includes("canary-key"));
  }
});

Deno.test("serve() ends with its scope", async () => {
  let finished: Promise<void>;
  {
    await using server = start().server;
    finished = server.finished;
  }
  await finished;
});

Deno.test("serve() refuses a head that is too large, or has too many headers, and lives on", async () => {
  const { server } = start();
  async function statusOf(more: string): Promise<string> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
    const head = `GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`;
    try {
      const bytes = new TextEncoder().encode(head);
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
      const answer = await new Response(connection.readable).text();
      return answer.split(" ")[1] ?? "";
    } catch {
      // refused before it was read to its end: the connection is reset
      return "reset";
    } finally {
      try {
        connection.close();
      } catch {
        // Reading to the end has closed it.
      }
    }
  }
  const header = (bytes: number) => `X-Long: ${"x".repeat(bytes)}\r\n`;
  const headers = (count: number) =>
    Array.from({ length: count }, (_, index) => `X-${index}: 1\r\n`).join("");
  for (const more of ["", header(32_768), headers(50)]) assertEquals(await statusOf(more), "200");
  for (const more of [header(1_000_000), header(131_072), headers(1_000)]) {
    const status = await statusOf(more);
    assert(/^(?:400|431|reset)$/.test(status), status);
  }
  assertEquals(await statusOf(""), "200");
  await server.shutdown();
});
