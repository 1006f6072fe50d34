import { assertEquals, assertRejects } from "@std/assert";
import { asText, formatOf } from "../../src/devices/_content.ts";
import { createScraper } from "../../src/devices/scrape.ts";
import { ScrapeError } from "../../src/errors.ts";
import { SliceQueue } from "../../src/time/slice.ts";
import { makeTarget } from "./_device.ts";

const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** The page of an answer, or its failure. */
async function outcome(
  body: string,
  headers: Record<string, string>,
  maxLines?: number,
): Promise<string> {
  const scrape = createScraper({
    fetch: () => Promise.resolve(new Response(body, { headers })),
    timeoutMs: 30_000,
    maxBytes: 1000,
    ...maxLines !== undefined && { maxLines },
  });
  try {
    return new TextDecoder().decode(await scrape(makeTarget(80)));
  } catch (error) {
    if (!(error instanceof ScrapeError)) throw error;
    return `${error.failure}: ${error.message.replace(/.*metrics: /, "")}`;
  }
}

Deno.test("checkEnd() takes a page without a line feed at its end, if it is whole", async () => {
  const type = { "content-type": "text/plain" };
  assertEquals(await outcome("a 1", { ...type, "content-length": "3" }), "a 1");
  assertEquals(await outcome("a 1", { ...type, "transfer-encoding": "chunked" }), "a 1");
  assertEquals(await outcome("a 1\n", type), "a 1\n");
  assertEquals(await outcome("", type), "");
  assertEquals(
    await outcome("a 1", type),
    "network: the connection ended within a line, so the page may be cut off",
  );
});

Deno.test("checkEnd() sees the length and the chunks of a real answer", async () => {
  const answers: readonly (readonly [answer: string, page: string])[] = [
    ["Content-Length: 3\r\n\r\na 1", "a 1"],
    ["Transfer-Encoding: chunked\r\n\r\n3\r\na 1\r\n0\r\n\r\n", "a 1"],
    ["\r\na 1\n", "a 1\n"],
  ];
  for (const [answer, page] of answers) {
    await withPeer(answer, async (port) => {
      assertEquals(new TextDecoder().decode(await scrape(port)), page);
    });
  }
  await withPeer("\r\na 1", async (port) => {
    const error = await assertRejects(() => scrape(port), ScrapeError, "ended within a line");
    assertEquals(error.failure, "network");
  });
});

/** A peer on loopback that answers each connection with these bytes and then closes it. */
async function withPeer(answer: string, use: (port: number) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(`${head}${answer}`));
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

async function scrape(port: number): Promise<Uint8Array> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const scraper = createScraper({ client: () => client, timeoutMs: 30_000, maxBytes: 1000 });
  return await scraper(makeTarget(port));
}

Deno.test("formatOf() knows both formats by their media type", () => {
  const table: readonly (readonly [type: string | null, format: string | undefined])[] = [
    [null, undefined],
    ["text/plain", "text"],
    [" Text/Plain ; version=0.0.4; charset=utf-8", "text"],
    ["text/plainer", undefined],
    ["text/html", undefined],
    [OPENMETRICS, "openmetrics"],
    ["Application/OpenMetrics-Text", "openmetrics"],
    // What a server takes only if it is told to.
    ["application/openmetrics-text; version=2.0.0", undefined],
    ["application/vnd.google.protobuf", undefined],
  ];
  for (const [type, format] of table) assertEquals(formatOf(type), format, `${type}`);
});

Deno.test("asText() gives a page in OpenMetrics as one in the text format", async () => {
  const type = { "content-type": OPENMETRICS };
  assertEquals(
    await outcome('# TYPE a counter\na_total 1 2.5 # {b="c"} 1\n# EOF', type),
    "# TYPE a_total counter\na_total 1\n",
  );
  assertEquals(
    await outcome("a 1\n", type),
    "parse: Cannot read line 1: the page ends without # EOF: `a 1`; wanted # EOF",
  );
  const limit = "limit: Cannot take the page: 3 lines, at most 2 are allowed";
  assertEquals(await outcome("a 1\na 2\n# EOF", type, 2), limit);
});

Deno.test("asText() reads a long page of OpenMetrics in slices, whole or not at all", async () => {
  const lines = Array.from({ length: 9_000 }, (_, at) => `m{k="${at}"} ${at} 1\n`).join("");
  let nowMs = 0;
  let pauses = 0;
  const queue = new SliceQueue({
    elapsed: () => nowMs += 3,
    pause: () => {
      pauses += 1;
      return Promise.resolve();
    },
  });
  const read = async (page: string, signal?: AbortSignal, timeoutMs = 1_000) => {
    const bytes = new TextEncoder().encode(page);
    return new TextDecoder().decode(
      await asText(bytes, makeTarget(80), { queue, timeoutMs, signal }),
    );
  };
  assertEquals(await read(`${lines}# EOF\n`), lines.replaceAll(" 1\n", "\n"));
  assertEquals(pauses > 4, true);
  for (
    const [page, failure, words] of [
      [lines, "parse", "the page ends without # EOF"],
      [`${lines}m 1e999\n# EOF\n`, "parse", "the value is no number"],
      [`${lines}${lines}${lines}# EOF\n`, "limit", "lines"],
    ] as const
  ) {
    const error = await assertRejects(() => read(page), ScrapeError, words);
    assertEquals(error.failure, failure);
  }
  const late = await assertRejects(() => read(`${lines}# EOF\n`, undefined, 20), ScrapeError);
  assertEquals(late.failure, "timeout");
  const stop = AbortSignal.abort(new Error("stopped"));
  await assertRejects(() => read(`${lines}# EOF\n`, stop), Error, "stopped");
});
