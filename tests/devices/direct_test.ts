import { assertEquals, assertRejects } from "@std/assert";
import { DirectClient } from "../../src/devices/direct.ts";
import { createScraper, type Scraper } from "../../src/devices/scrape.ts";
import { ScrapeError } from "../../src/errors.ts";
import { makeDevice, makeTarget } from "./_device.ts";
import { FakeNetwork, HEAD, LENGTH, PAGE, type Script } from "./_network.ts";

const MAX_BYTES = 1000;

const decoder = new TextDecoder();

/** A time within which every exchange ends that ends at all. */
const ENOUGH_MS = 30_000;

function scraperOn(
  network: FakeNetwork,
  { maxKept = 1000, timeoutMs = ENOUGH_MS } = {},
): [Scraper, DirectClient] {
  const client = new DirectClient({ connect: network.connect, maxKept });
  const scraper = createScraper({
    request: client.request,
    timeoutMs,
    maxBytes: MAX_BYTES,
  });
  return [scraper, client];
}

async function textOf(scraper: Scraper, id = "1"): Promise<string> {
  return decoder.decode(await scraper(makeTarget(5252, makeDevice({ id }))));
}

Deno.test("DirectClient.request() sends one GET with the address as its host", async () => {
  const network = new FakeNetwork([LENGTH]);
  const [scraper] = scraperOn(network);
  assertEquals(await textOf(scraper), PAGE);
  assertEquals(
    network.sent.join(""),
    "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:5252\r\nAccept: text/plain;version=0.0.4\r\n" +
      "User-Agent: tsmetrics\r\n\r\n",
  );
  assertEquals(network.opened, ["127.0.0.1 5252"]);
});

Deno.test("DirectClient.request() takes the brackets off an IPv6 address", async () => {
  const network = new FakeNetwork([LENGTH]);
  const [scraper] = scraperOn(network);
  const target = { ...makeTarget(5252), url: "http://[fd7a:115c:a1e0::7]:5252/metrics" };
  assertEquals(decoder.decode(await scraper(target)), PAGE);
  assertEquals(network.opened, ["fd7a:115c:a1e0::7 5252"]);
});

Deno.test("DirectClient.request() reads all framings, however they are cut", async () => {
  const chunks = `${HEAD}Transfer-Encoding: chunked\r\n\r\n` +
    `5\r\n${PAGE.slice(0, 5)}\r\n${(PAGE.length - 5).toString(16)};x=y\r\n${PAGE.slice(5)}\r\n`;
  const answers: readonly Script[] = [
    [LENGTH],
    [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${LENGTH}`],
    [`${chunks}0\r\n\r\n`],
    [`${chunks}0\r\nChecksum: 1\r\n\r\n`],
    [`${HEAD}\r\n${PAGE}`, "end"],
    [`${HEAD.replace("1.1", "1.0")}\r\n${PAGE}`, "end"],
    [LENGTH.replace("200 OK", "200")],
  ];
  for (const answer of answers) {
    const bytewise = answer.flatMap((part) => part === "end" ? [part] : [...part]);
    for (const script of [answer, bytewise]) {
      const network = new FakeNetwork(script);
      const [scraper, client] = scraperOn(network);
      assertEquals(await textOf(scraper), PAGE, script.join(""));
      client.close();
      assertEquals(network.closed, 1, script.join(""));
    }
  }
});

Deno.test("DirectClient.request() keeps a connection only if nothing speaks against it", async () => {
  const cases: readonly (readonly [script: Script, isKept: boolean])[] = [
    [[LENGTH], true],
    [[`${HEAD}Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`], true],
    [[LENGTH.replace("\r\n\r\n", "\r\nConnection: Close\r\n\r\n")], false],
    [[LENGTH.replace("\r\n\r\n", "\r\nConnection: x,close , y\r\n\r\n")], false],
    [[LENGTH.replace("HTTP/1.1", "HTTP/1.0")], false],
    [[`${LENGTH}HTTP/1.1 200 OK\r\n`], false],
    [[`${HEAD}\r\n`, "end"], false],
  ];
  for (const [script, isKept] of cases) {
    const network = new FakeNetwork(script);
    const [scraper, client] = scraperOn(network);
    await textOf(scraper);
    assertEquals([network.openCount, network.closed], isKept ? [1, 0] : [0, 1], script.join(""));
    client.close();
    assertEquals([network.openCount, network.closed], [0, 1]);
  }
});

Deno.test("DirectClient.recycle() takes memory for the next page", async () => {
  const network = new FakeNetwork([LENGTH, LENGTH.replaceAll("_routes", "_ROUTES")]);
  const [scraper, client] = scraperOn(network);
  const first = await scraper(makeTarget(5252));
  const kept = first.slice();
  client.recycle(first);
  const second = await scraper(makeTarget(5252));
  assertEquals(second.buffer === first.buffer, true);
  assertEquals(decoder.decode(second), PAGE.replaceAll("_routes", "_ROUTES"));
  assertEquals(decoder.decode(kept), PAGE);
  client.close();
});

Deno.test("DirectClient.recycle() takes memory of 16 to 64 KiB", async () => {
  const isTaken = async (memory: Uint8Array<ArrayBuffer>) => {
    const [scraper, client] = scraperOn(new FakeNetwork([LENGTH]));
    client.recycle(memory);
    const page = await scraper(makeTarget(5252));
    client.close();
    return page.buffer === memory.buffer;
  };
  assertEquals(await isTaken(new Uint8Array(16_383)), false);
  assertEquals(await isTaken(new Uint8Array(16_384)), true);
  assertEquals(await isTaken(new Uint8Array(65_536)), true);
  assertEquals(await isTaken(new Uint8Array(65_537)), false);
});

Deno.test("DirectClient.recycle() keeps 100 pieces of memory", async () => {
  const [scraper, client] = scraperOn(new FakeNetwork(Array(102).fill(LENGTH)));
  const given = new Set<ArrayBufferLike>();
  for (let at = 0; at < 102; at++) {
    const memory = new Uint8Array(16_384);
    given.add(memory.buffer);
    client.recycle(memory);
  }
  let takenCount = 0;
  for (let at = 0; at < 102; at++) {
    if (given.delete((await scraper(makeTarget(5252))).buffer)) takenCount++;
  }
  assertEquals(takenCount, 100);
  client.close();
});

Deno.test("DirectClient.request() gives each page its own memory", async () => {
  const network = new FakeNetwork([LENGTH, LENGTH.replaceAll("_routes", "_ROUTES")]);
  const [scraper, client] = scraperOn(network);
  const first = await scraper(makeTarget(5252));
  const second = await scraper(makeTarget(5252));
  assertEquals(decoder.decode(first), PAGE);
  assertEquals(decoder.decode(second), PAGE.replaceAll("_routes", "_ROUTES"));
  client.close();
});

Deno.test("DirectClient.request() uses a kept connection for its own device only", async () => {
  const network = new FakeNetwork([LENGTH, LENGTH], [LENGTH]);
  const [scraper, client] = scraperOn(network);
  assertEquals(await textOf(scraper, "1"), PAGE);
  assertEquals(await textOf(scraper, "1"), PAGE);
  assertEquals(network.opened.length, 1);
  assertEquals(await textOf(scraper, "2"), PAGE);
  assertEquals(network.opened.length, 2);
  // A device that moved is another end of the line.
  await assertRejects(() => scraper(makeTarget(5253, makeDevice({ id: "1" }))), ScrapeError);
  assertEquals([network.opened.length, network.closed], [3, 1]);
  client.close();
});

Deno.test("DirectClient keeps connections for as many devices as allowed", async () => {
  const network = new FakeNetwork([LENGTH], [LENGTH], [LENGTH]);
  const [scraper, client] = scraperOn(network, { maxKept: 1 });
  await textOf(scraper, "1");
  await textOf(scraper, "2");
  assertEquals([network.openCount, network.closed], [1, 1]);
  client.forget("1");
  assertEquals([network.openCount, network.closed], [0, 2]);
  await textOf(scraper, "3");
  assertEquals([network.openCount, network.closed], [1, 2]);
  client.close();
});

Deno.test("DirectClient keeps no connection of a device that left while it was asked", async () => {
  const redirect = "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 3\r\n\r\nabc";
  const leave: readonly ((client: DirectClient) => void)[] = [
    (client) => client.forget("1"),
    (client) => client.close(),
  ];
  for (const leaves of leave) {
    for (const scripts of [[[LENGTH]], [[redirect], [LENGTH]]]) {
      const network = new FakeNetwork(...scripts, [LENGTH, LENGTH]);
      const [scraper, client] = scraperOn(network);
      const asked = textOf(scraper, "1");
      leaves(client);
      assertEquals(await asked, PAGE);
      assertEquals([network.openCount, network.closed], [0, scripts.length]);
      // and one that had a place
      await textOf(scraper, "1");
      assertEquals(network.openCount, 1);
      const again = textOf(scraper, "1");
      leaves(client);
      assertEquals(await again, PAGE);
      assertEquals([network.openCount, network.closed], [0, scripts.length + 1]);
    }
  }
});

Deno.test("DirectClient.request() replaces a kept connection that is dead, once", async () => {
  for (const end of ["end", "reset"]) {
    const network = new FakeNetwork([LENGTH, end], [LENGTH, end], [end]);
    const [scraper] = scraperOn(network);
    await textOf(scraper);
    assertEquals(await textOf(scraper), PAGE);
    assertEquals([network.opened.length, network.closed], [2, 1]);
    await assertRejects(() => textOf(scraper), ScrapeError);
    assertEquals([network.opened.length, network.closed, network.openCount], [3, 3, 0]);
  }
});

Deno.test("DirectClient.request() does not retry once the device has begun to answer", async () => {
  const network = new FakeNetwork([LENGTH, "HTTP/1.1 200", "end"], [LENGTH]);
  const [scraper] = scraperOn(network);
  await textOf(scraper);
  await assertRejects(() => textOf(scraper), ScrapeError);
  assertEquals([network.opened.length, network.closed], [1, 1]);
});

Deno.test("DirectClient.request() refuses what is no answer, and ends the connection", async () => {
  const chunked = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
  const unsure = "network: conflicting or invalid Content-Length and Transfer-Encoding";
  const early = "network: connection closed before the end of the response";
  const sizeless = "network: malformed chunk size";
  const tooLong = `limit: wanted at most ${MAX_BYTES} bytes`;
  const noStatus = "network: wanted an HTTP/1.1 status line, got something else";
  const cases: readonly (readonly [script: Script, problem: string])[] = [
    [["end"], early],
    [["HTTP/1.1 200 OK\r\n", "end"], early],
    [["SSH-2.0-OpenSSH\r\n\r\n"], noStatus],
    [["HTTP/2 200\r\n\r\n"], noStatus],
    [["HTTP/1.1 099 x\r\n\r\n"], noStatus],
    [["HTTP/1.1 200 OK\nX: y\r\n\r\n"], noStatus],
    // Words of the platform do not make it a connection that was refused.
    [["client error (Connect): os error 111\r\n\r\n"], noStatus],
    [["HTTP/1.1 100 x\r\n\r\n".repeat(6)], "network: more than 4 interim (1xx) responses"],
    [[`${HEAD}no header\r\n\r\n`], "network: malformed header line"],
    [[`${HEAD} folded: x\r\n\r\n`], "network: malformed header line"],
    [[`${HEAD}X : y\r\n\r\n`], "network: malformed header line"],
    [[`${HEAD}X: y\nZ: 1\r\n\r\n`], "network: malformed header line"],
    [
      [`${HEAD}X: ${"y".repeat(20_000)}\r\n\r\n`],
      "network: response head of more than 16383 bytes",
    ],
    [[`${HEAD}Content-Encoding: gzip\r\n\r\n`], "network: wanted no Content-Encoding, got one"],
    [[`${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`], unsure],
    [[`${HEAD}Content-Length: -1\r\n\r\n`], unsure],
    [[`${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`], unsure],
    [[`${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n`], unsure],
    [[`${HEAD}Content-Length: 1000\r\n\r\nabc`, "end"], early],
    [[`${HEAD}Content-Length: 1001\r\n\r\n`], tooLong],
    [[`${HEAD}\r\n${"x".repeat(1001)}`], tooLong],
    [[`${chunked}3\r\nabc\r\n`, "end"], early],
    [[`${chunked}\r\n`], sizeless],
    [[`${chunked}-1\r\n`], sizeless],
    [[`${chunked}123456789\r\n`], sizeless],
    [[`${chunked}1\na\n`], sizeless],
    [[`${chunked}1;${"x".repeat(300)}`], sizeless],
    [[`${chunked}3\r\nabcd\r\n`], "network: chunk longer than its size"],
    [[`${chunked}ffffffff\r\n`], tooLong],
    [[`${chunked}258\r\n${"x".repeat(600)}\r\n191\r\n`], tooLong],
    [
      [`${chunked}0\r\n${"a: b\r\n".repeat(20)}`],
      "network: more than 16 trailer fields",
    ],
  ];
  for (const [script, problem] of cases) {
    const network = new FakeNetwork(script);
    const [scraper] = scraperOn(network);
    const error = await assertRejects(() => textOf(scraper), ScrapeError);
    const message = error.message.replace(/^Cannot (?:fetch|use) \S+: /, "");
    assertEquals(`${error.failure}: ${message}`, problem, script.join(""));
    assertEquals([network.closed, network.openCount], [1, 0], script.join(""));
  }
});

Deno.test("DirectClient.request() refuses a long answer without waiting for its end", async () => {
  const network = new FakeNetwork([`${HEAD}\r\n`, ...Array(20).fill("x".repeat(100)), "hang"]);
  const [scraper] = scraperOn(network);
  const error = await assertRejects(() => textOf(scraper), ScrapeError);
  assertEquals(error.failure, "limit");
});

Deno.test("DirectClient.request() ends the connection at the deadline", async () => {
  for (const script of [["hang"], [HEAD, "hang"], [`${HEAD}Content-Length: 9\r\n\r\n`, "hang"]]) {
    const network = new FakeNetwork(script);
    const [scraper] = scraperOn(network, { timeoutMs: 50 });
    const error = await assertRejects(() => textOf(scraper), ScrapeError);
    assertEquals(error.failure, "timeout", script.join(""));
    assertEquals([network.closed, network.openCount], [1, 0]);
  }
});

Deno.test("DirectClient.request() does not ask again on a kept connection that hangs", async () => {
  const network = new FakeNetwork([LENGTH, "hang"], [LENGTH]);
  const [scraper, client] = scraperOn(network, { timeoutMs: 300 });
  await textOf(scraper);
  const error = await assertRejects(() => textOf(scraper), ScrapeError);
  assertEquals([error.failure, network.opened.length, network.closed], ["timeout", 1, 1]);
  assertEquals(await textOf(scraper), PAGE);
  client.close();
});

Deno.test("DirectClient.request() says what to do where nothing listens", async () => {
  const [scraper] = scraperOn(new FakeNetwork());
  const error = await assertRejects(() => textOf(scraper), ScrapeError);
  assertEquals(error.failure, "refused");
  assertEquals(
    error.message,
    "Cannot fetch http://127.0.0.1:5252/metrics: Connection refused (os error 111): nothing " +
      "listens on port 5252: run `tailscale set --webclient` on the device",
  );
});

Deno.test("DirectClient.request() says of a container's port how its metrics are switched on", async () => {
  const [scraper] = scraperOn(new FakeNetwork());
  const error = await assertRejects(() => scraper(makeTarget(9002)), ScrapeError);
  assertEquals(
    error.message,
    "Cannot fetch http://127.0.0.1:9002/metrics: Connection refused (os error 111): nothing " +
      "listens on port 9002: set `TS_ENABLE_METRICS=true` for the container (metrics.enable in a " +
      "ProxyClass of the Kubernetes operator)",
  );
});

Deno.test("DirectClient.request() follows a redirect to the same device on a new connection", async () => {
  const redirect = "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 3\r\n\r\nabc";
  const network = new FakeNetwork([redirect], [LENGTH]);
  const [scraper, client] = scraperOn(network);
  assertEquals(await textOf(scraper), PAGE);
  assertEquals([network.opened.length, network.closed, network.openCount], [2, 1, 1]);
  client.close();
});

Deno.test("DirectClient reads pages of any size from a real server", async () => {
  const page = (size: number) => new Uint8Array(size).fill(65);
  const ports = new Set<number>();
  const local = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(local, (request, { remoteAddr }) => {
    ports.add(remoteAddr.port);
    const { pathname, searchParams } = new URL(request.url);
    const bytes = page(Number(searchParams.get("size")));
    return new Response(
      pathname === "/chunked"
        ? ReadableStream.from([bytes.subarray(0, 10), bytes.subarray(10)])
        : bytes,
    );
  });
  const client = new DirectClient({ connect: Deno.connect });
  const scraper = createScraper({ request: client.request, timeoutMs: 30_000, maxBytes: 2 ** 21 });
  for (const path of ["chunked", "whole"]) {
    for (const size of [0, 1, 16_383, 16_384, 16_385, 100_000, 2 ** 21, 3]) {
      const url = `http://127.0.0.1:${server.addr.port}/${path}?size=${size}`;
      const target = { ...makeTarget(server.addr.port), url };
      assertEquals(await scraper(target), page(size), `${path} ${size}`);
    }
  }
  assertEquals(ports.size, 1, "one connection for all");
  client.close();
  await server.shutdown();
});
