import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import type { PageFetch } from "../../src/devices/_page_request.ts";
import { OTHER_SERVICE } from "../../src/devices/_status_error.ts";
import { createScraper, type ScraperOptions } from "../../src/devices/scrape.ts";
import { ScrapeError } from "../../src/errors.ts";
import { freePort } from "../_support/free_port.ts";
import { makeTarget } from "./_device.ts";

const PAGE = "# TYPE tailscaled_approved_routes gauge\ntailscaled_approved_routes 0\n";
const MIB = 1024 * 1024;

/** A server on loopback for the time of one test. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  try {
    await use(server.addr.port);
  } finally {
    await server.shutdown();
  }
}

/** A peer on loopback that answers each connection with these bytes and then closes it. */
async function withPeer(answer: string, use: (port: number) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  try {
    await use(listener.addr.port);
  } finally {
    listener.close();
    await serving;
  }
}

/** Scrapes with an HTTP client of its own, so that no connection outlives the call. */
async function scrape(port: number, options: Partial<ScraperOptions> = {}): Promise<Uint8Array> {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const scraper = createScraper({
      client: () => client,
      timeoutMs: 30_000,
      maxBytes: 2 * MIB,
      ...options,
    });
    return await scraper(makeTarget(port));
  } finally {
    client.close();
  }
}

async function failure(port: number, options: Partial<ScraperOptions> = {}): Promise<string> {
  const error = await assertRejects(() => scrape(port, options), ScrapeError);
  return `${error.failure}: ${error.message.replaceAll(`:${port}`, ":5252")}`;
}

Deno.test("createScraper() fetches a page as tailscaled sends it", async () => {
  const asked: string[] = [];
  await withServer((request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    asked.push(request.headers.get("accept") ?? "");
    return new Response(PAGE, {
      headers: { "content-type": "text/plain;version=0.0.4;charset=utf-8" },
    });
  }, async (port) => {
    assertEquals(new TextDecoder().decode(await scrape(port)), PAGE);
  });
  assertEquals(asked, ["GET /metrics", "text/plain;version=0.0.4"]);
});

Deno.test("createScraper() takes pages of any size up to the limit", async () => {
  for (const size of [0, 1, 16_383, 16_384, 16_385, 100_000, 2 * MIB]) {
    const body = new Uint8Array(size).fill(65);
    await withServer(
      () => new Response(ReadableStream.from([body.subarray(0, 10), body.subarray(10)])),
      async (port) => assertEquals((await scrape(port)).length, size, `${size}`),
    );
  }
});

Deno.test("createScraper() reads an answer that is no byte stream", async () => {
  const chunks = ["tailscaled_approved", "_routes 0\n"];
  const stream = ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
  const scraper = createScraper({
    fetch: () => Promise.resolve(new Response(stream)),
    timeoutMs: 1000,
    maxBytes: 100,
  });
  assertEquals(new TextDecoder().decode(await scraper(makeTarget(80))), chunks.join(""));
});

Deno.test("createScraper() refuses an endless page at the limit, however it is sent", async () => {
  const message = "limit: Cannot use http://127.0.0.1:5252/metrics: wanted at most 2097152 bytes";
  let sent = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        if (sent > 200 * MIB) controller.close();
        else controller.enqueue(new Uint8Array(65_536));
      },
    });
  await withServer(() => new Response(endless()), async (port) => {
    assertEquals(await failure(port), message);
  });
  // The server stops soon after the reader: it never sends all 200 MiB.
  assertEquals(sent < 50 * MIB, true, `${sent}`);
  await withServer(
    () => new Response(new Uint8Array(2 * MIB + 1)),
    async (port) => assertEquals(await failure(port), message),
  );
});

Deno.test("createScraper() counts the bytes of a gzip bomb decompressed", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(200 * MIB)));
  await withServer(
    () => new Response(bomb, { headers: { "content-encoding": "gzip" } }),
    async (port) => {
      assertEquals(
        await failure(port),
        "limit: Cannot use http://127.0.0.1:5252/metrics: wanted at most 2097152 bytes",
      );
    },
  );
});

Deno.test("createScraper() reads a gzip page", async () => {
  await withServer(
    () => new Response(new Uint8Array(gzipSync(PAGE)), { headers: { "content-encoding": "gzip" } }),
    async (port) => assertEquals(new TextDecoder().decode(await scrape(port)), PAGE),
  );
});

Deno.test("createScraper() follows one redirect to the same device", async () => {
  for (const location of ["/elsewhere", "//127.0.0.1:PORT/x", "http://127.0.0.1:PORT/"]) {
    await withServer((request) => {
      const url = new URL(request.url);
      if (url.pathname !== "/metrics") return new Response(PAGE);
      const to = location.replace("PORT", url.port);
      return new Response("moved", { status: 301, headers: { location: to } });
    }, async (port) => {
      assertEquals(new TextDecoder().decode(await scrape(port)), PAGE, location);
    });
  }
});

Deno.test("createScraper() follows a redirect to no other place", async () => {
  const asked: string[] = [];
  const locations: readonly string[] = [
    "//127.0.0.2:PORT/metrics",
    "//127.0.0.1:1/metrics",
    "//127.0.0.1/metrics",
    "https://127.0.0.1:PORT/metrics",
    "http://user:password@127.0.0.1:PORT/metrics",
    "http://localhost:PORT/metrics",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "http://[::ffff:7f00:2]:PORT/",
    "http://",
    "",
  ];
  for (const location of locations) {
    const sent = location.replace("PORT", "80");
    const fakeFetch: PageFetch = (url) => {
      asked.push(url);
      return Promise.resolve(new Response(null, { status: 302, headers: { location: sent } }));
    };
    const scraper = createScraper({ fetch: fakeFetch, timeoutMs: 1000, maxBytes: 1000 });
    const target = { ...makeTarget(5252), url: "http://127.0.0.1:5252/metrics" };
    const error = await assertRejects(() => scraper(target), ScrapeError);
    const isEmpty = location === "";
    assertEquals(error.failure, "redirect", location);
    if (!isEmpty) assertMatch(error.message, /wanted the same device|redirects twice/, location);
  }
  assertEquals(new Set(asked), new Set(["http://127.0.0.1:5252/metrics"]));
});

Deno.test("createScraper() follows a redirect only once", async () => {
  let count = 0;
  await withServer(() => {
    count++;
    return new Response(null, { status: 301, headers: { location: "/metrics" } });
  }, async (port) => {
    assertEquals(
      await failure(port),
      "redirect: Cannot use http://127.0.0.1:5252/metrics: it redirects twice: " +
        OTHER_SERVICE,
    );
  });
  assertEquals(count, 2);
});

Deno.test("createScraper() refuses answers that are no page", async () => {
  const url = "http://127.0.0.1:5252/metrics";
  const cases: readonly (readonly [status: number, contentType: string, message: string])[] = [
    [500, "text/plain", `status: Cannot use ${url}: status 500, wanted 200: `],
    [404, "text/plain", `status: Cannot use ${url}: status 404, wanted 200: `],
    [502, "text/plain", `status: Cannot use ${url}: status 502, wanted 200: `],
    [206, "text/plain", `status: Cannot use ${url}: status 206, wanted 200: `],
    [
      200,
      "text/html; charset=utf-8",
      `content_type: Cannot use ${url}: Content-Type is "text/html; charset=utf-8", ` +
      `wanted "text/plain": ${OTHER_SERVICE}`,
    ],
    [
      200,
      "text/plainer",
      `content_type: Cannot use ${url}: Content-Type is "text/plainer", ` +
      `wanted "text/plain": ${OTHER_SERVICE}`,
    ],
  ];
  for (const [status, contentType, message] of cases) {
    await withServer(
      () => new Response(PAGE, { status, headers: { "content-type": contentType } }),
      async (port) => {
        const text = await failure(port);
        // The cure is told by tests of its own.
        assertEquals(message.endsWith(": ") ? text.slice(0, message.length) : text, message);
      },
    );
  }
});

Deno.test("createScraper() tells what a proxy answers from what a device answers", async () => {
  const cases: readonly (readonly [status: number, message: string])[] = [
    [
      502,
      "proxy: Cannot fetch http://127.0.0.1:5252/metrics: the proxy answered 502: it cannot " +
      "reach the device: hosts have their metrics on 5252 " +
      "(`tailscale set --webclient`), containers on 9002 (`TS_ENABLE_METRICS=true`): check " +
      "CLIENT_METRICS_PORT and SCRAPE_PORTS, and check that the tailnet policy allows the port",
    ],
    [
      407,
      "proxy: Cannot use SCRAPE_PROXY: it answered 407, which asks for a user name and password: " +
      "put the right ones into SCRAPE_PROXY",
    ],
  ];
  for (const [status, message] of cases) {
    await withServer(() => new Response(null, { status }), async (port) => {
      assertEquals(await failure(port, { isProxied: true }), message);
    });
  }
});

Deno.test("createScraper() gives up at the deadline, before and within the body", async () => {
  const message = "timeout: No answer from http://127.0.0.1:5252/metrics within 0.05 s: check " +
    "that the tailnet policy lets the exporter reach TCP port ";
  const never = Promise.withResolvers<Response>();
  await withServer(() => never.promise, async (port) => {
    assertEquals((await failure(port, { timeoutMs: 50 })).startsWith(message), true);
    never.resolve(new Response(null));
  });
  let stop = () => {};
  await withServer(
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(PAGE));
            stop = () => controller.close();
          },
        }),
      ),
    async (port) => {
      assertEquals(
        // The head has to arrive before, on a busy machine too.
        await failure(port, { timeoutMs: 4_000 }),
        "timeout: No whole page from http://127.0.0.1:5252/metrics within 4 s, although the " +
          "device answers: it or the path to it is slow; raise CLIENT_METRICS_TIMEOUT",
      );
      stop();
    },
  );
});

Deno.test("createScraper() reports broken answers", async () => {
  const url = "http://127.0.0.1:5252/metrics";
  const cases: readonly (readonly [answer: string, message: string])[] = [
    ["", `network: Cannot fetch ${url}: connection closed before message completed`],
    ["SSH-2.0-OpenSSH\r\n", `network: Cannot fetch ${url}: invalid HTTP version parsed`],
    [
      "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc",
      `network: Cannot fetch ${url}: error reading a body from connection`,
    ],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      `network: Cannot fetch ${url}: error reading a body from connection`,
    ],
  ];
  for (const [answer, message] of cases) {
    await withPeer(answer, async (port) => assertEquals(await failure(port), message));
  }
});

Deno.test("createScraper() says what to do where nothing listens", async () => {
  assertMatch(
    await failure(freePort()),
    new RegExp(
      "^refused: Cannot fetch http://127\\.0\\.0\\.1:5252/metrics: tcp connect error: " +
        ".*refused.*: nothing listens on port \\d+: hosts have their metrics on 5252 " +
        "\\(`tailscale set --webclient`\\), containers on 9002 \\(`TS_ENABLE_METRICS=true`\\): " +
        "check CLIENT_METRICS_PORT and SCRAPE_PORTS$",
    ),
  );
});

Deno.test("createScraper() tells a SOCKS proxy's refusal from a proxy that is not there", async () => {
  const url = "http://100.64.0.9:5252/metrics";
  const target = { ...makeTarget(5252), url };
  const cases: readonly (readonly [text: string, message: string])[] = [
    [
      "General SOCKS server failure",
      `Cannot fetch ${url}: the proxy says "General SOCKS server failure": it cannot reach the ` +
      "device: run `tailscale set --webclient` on the device, and check that the tailnet policy " +
      "allows the port",
    ],
    [
      "Proxy server unreachable",
      "Cannot use SCRAPE_PROXY: Proxy server unreachable: check that its address is right and " +
      "the proxy runs",
    ],
  ];
  for (const [text, message] of cases) {
    const cause = new Error(
      `error sending request for url (${url}): client error (Connect): ${text}`,
    );
    const scraper = createScraper({
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
      isProxied: true,
      timeoutMs: 1000,
      maxBytes: 1000,
    });
    const error = await assertRejects(() => scraper(target), ScrapeError);
    assertEquals(error.failure, "proxy");
    assertEquals(error.message, message);
  }
});

Deno.test("createScraper() throws the reason of a signal that is aborted", async () => {
  const never = Promise.withResolvers<Response>();
  await withServer(() => never.promise, async (port) => {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const stop = new AbortController();
    const scraper = createScraper({ client: () => client, timeoutMs: 30_000, maxBytes: 1000 });
    const scraping = scraper(makeTarget(port), stop.signal);
    stop.abort(new RangeError("shutting down"));
    await assertRejects(() => scraping, RangeError, "shutting down");
    await assertRejects(() => scraper(makeTarget(port), stop.signal), RangeError, "shutting down");
    client.close();
    never.resolve(new Response(null));
  });
});

Deno.test("createScraper() cuts and cleans what a device puts into a message", async () => {
  const scraper = createScraper({
    fetch: () =>
      Promise.resolve(
        new Response(null, { headers: { "content-type": `text/html\u0009;x=${"y".repeat(200)}` } }),
      ),
    timeoutMs: 1000,
    maxBytes: 1000,
  });
  const error = await assertRejects(() => scraper(makeTarget(80)), ScrapeError);
  assertMatch(error.message, /^[\x20-\x7e…]{1,200}$/);
});
