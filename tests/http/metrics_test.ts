import { assertEquals, assertRejects } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { Page } from "../../src/page/mod.ts";
import { createMetricsAnswer } from "../../src/http/metrics.ts";
import type { Shard } from "../../src/shard.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { FakePage, get, manyPieces } from "./_fake_views.ts";
import { REMOTE } from "./_handler.ts";

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3";

function setUp(page = new FakePage(["up 1\n", "down 0\n"]), maxInFlight?: number) {
  const { delay } = new FakeClock();
  return createMetricsAnswer({ page, delay, ...(maxInFlight !== undefined && { maxInFlight }) });
}

function headersOf(response: Response): Readonly<Record<string, string>> {
  return Object.fromEntries(response.headers);
}

Deno.test("createMetricsAnswer() sends the text format as it is, with its length", async () => {
  const response = setUp()(get("/metrics"), REMOTE);
  assertEquals(response.status, 200);
  assertEquals(headersOf(response), {
    "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
    "content-length": "12",
    "vary": "Accept, Accept-Encoding",
  });
  assertEquals(await response.text(), "up 1\ndown 0\n");
});

Deno.test("createMetricsAnswer() sends OpenMetrics to those who ask for it", async () => {
  const response = setUp()(get("/metrics", { accept: OPEN_METRICS }), REMOTE);
  assertEquals(
    response.headers.get("content-type"),
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
  );
  await response.body?.cancel();
});

Deno.test("createMetricsAnswer() serves a page of the exposition library", async () => {
  const page = new Page([]);
  const answer = createMetricsAnswer({
    page: { view: () => page.view() },
    delay: new FakeClock().delay,
  });
  const response = answer(get("/metrics", { accept: OPEN_METRICS }), REMOTE);
  assertEquals(response.headers.get("content-length"), "6");
  assertEquals(await response.text(), "# EOF\n");
});

Deno.test("createMetricsAnswer() compresses once for a state of the page", async () => {
  const page = new FakePage(manyPieces(3, 1000));
  const answer = setUp(page);
  const request = get("/metrics", { "accept-encoding": "gzip" });
  const first = answer(request, REMOTE);
  assertEquals(headersOf(first), {
    "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
    "content-encoding": "gzip",
    "vary": "Accept, Accept-Encoding",
  });
  const packed = await first.bytes();
  assertEquals(new Uint8Array(gunzipSync(packed)), page.bytes());
  const second = answer(request, REMOTE);
  assertEquals(second.headers.get("content-length"), String(packed.length));
  assertEquals(await second.bytes(), packed);
  assertEquals(page.readings, 1);
  page.generation++;
  await answer(request, REMOTE).bytes();
  assertEquals(page.readings, 2);
});

Deno.test("createMetricsAnswer() lets two readers share a compression at their own speeds", async () => {
  const page = new FakePage(manyPieces(5, 1000));
  const answer = setUp(page);
  const request = get("/metrics", { "accept-encoding": "gzip" });
  const slow = answer(request, REMOTE).body?.getReader();
  await slow?.read();
  await slow?.read();
  const packed = await answer(request, REMOTE).bytes();
  assertEquals(new Uint8Array(gunzipSync(packed)), page.bytes());
  assertEquals([page.readings, page.chunksRead], [1, 5]);
  await slow?.cancel();
  assertEquals(await answer(request, REMOTE).bytes(), packed);
  assertEquals(page.readings, 1);
});

Deno.test("createMetricsAnswer() tells HEAD the headers and makes no page", async () => {
  const page = new FakePage(["up 1\n"]);
  const answer = setUp(page, 1);
  const plain = answer(get("/metrics", {}, "HEAD"), REMOTE);
  assertEquals([plain.headers.get("content-length"), await plain.text()], ["5", ""]);
  const packed = answer(get("/metrics", { "accept-encoding": "gzip" }, "HEAD"), REMOTE);
  assertEquals(packed.headers.get("content-encoding"), "gzip");
  assertEquals([packed.headers.get("content-length"), await packed.text()], [null, ""]);
  assertEquals(page.readings, 0);
});

Deno.test("createMetricsAnswer() bounds the pages sent at once, and asks the next client to retry", async () => {
  const answer = setUp(undefined, 2);
  const [first, second] = [answer(get("/metrics"), REMOTE), answer(get("/metrics"), REMOTE)];
  const third = answer(get("/metrics"), REMOTE);
  assertEquals([first.status, second.status, third.status], [200, 200, 503]);
  assertEquals(third.headers.get("retry-after"), "1");
  assertEquals(await third.text(), "Service Unavailable: too many scrapes at once.\n");
  await first.body?.cancel();
  await second.text();
  const again = [
    answer(get("/metrics"), REMOTE),
    answer(get("/metrics"), REMOTE),
    answer(get("/metrics"), REMOTE),
  ];
  assertEquals(again.map((response) => response.status), [200, 200, 503]);
  for (const response of again) await response.body?.cancel();
});

Deno.test("createMetricsAnswer() stops reading the page when the reader goes away", async () => {
  const page = new FakePage(manyPieces(100, 1000));
  const reader = setUp(page)(get("/metrics"), REMOTE).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await page.ended;
  assertEquals(page.chunksRead, 1);
});

Deno.test("createMetricsAnswer() shows the part that is asked for, compressed once each", async () => {
  const asked: (Shard | undefined)[] = [];
  const pages = [new FakePage(["zero 1\n"]), new FakePage(["one 1\n"])];
  const whole = new FakePage(["zero 1\n", "one 1\n"]);
  const answer = createMetricsAnswer({
    page: {
      view: (shard) => {
        asked.push(shard);
        return pages[shard?.index ?? -1] ?? whole;
      },
    },
    delay: new FakeClock().delay,
  });
  const gzip = { "accept-encoding": "gzip" };
  const textOf = async (path: string) =>
    new TextDecoder().decode(gunzipSync(await answer(get(path, gzip), REMOTE).bytes()));
  const paths = ["/metrics?shard=0&shards=2", "/metrics?shard=1&shards=2", "/metrics"];
  for (const path of [...paths, ...paths]) await textOf(path);
  assertEquals(await Promise.all(paths.map(textOf)), ["zero 1\n", "one 1\n", "zero 1\none 1\n"]);
  assertEquals(asked.slice(0, 3), [{ index: 0, count: 2 }, { index: 1, count: 2 }, undefined]);
  assertEquals([...pages, whole].map((page) => page.readings), [1, 1, 1]);
});

Deno.test("createMetricsAnswer() says what is wanted of a shard that there is not", async () => {
  const page = new FakePage(["up 1\n"]);
  const response = setUp(page)(get("/metrics?shard=4&shards=4"), REMOTE);
  assertEquals([response.status, await response.text()], [
    400,
    "Bad Request: want shard=I and shards=N, each once, with I from 0 to N-1 and N from 1 to " +
    "1000.\n",
  ]);
  assertEquals(page.readings, 0);
});

const TIMEOUTS: readonly (readonly [header: string | undefined, totalMs: number])[] = [
  ["10", 10_000],
  ["0.25", 250],
  ["9.9999999", 10_000],
  ["599.5", 599_500],
  ["601", 600_000],
  [undefined, 600_000],
  ["", 600_000],
  ["0", 600_000],
  ["-1", 600_000],
  ["10s", 600_000],
  ["1e1", 600_000],
  ["NaN", 600_000],
  ["10, 10", 600_000],
];
for (const [header, totalMs] of TIMEOUTS) {
  Deno.test(`createMetricsAnswer() gives a scrape with timeout ${header} ${totalMs} ms`, async () => {
    const waits: number[] = [];
    const answer = createMetricsAnswer({
      page: new FakePage(["up 1\n"]),
      delay: (ms, signal) => {
        waits.push(ms);
        return new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason))
        );
      },
    });
    const name = "x-prometheus-scrape-timeout-seconds";
    const response = answer(
      get("/metrics", header === undefined ? {} : { [name]: header }),
      REMOTE,
    );
    assertEquals([response.status, await response.text()], [200, "up 1\n"]);
    assertEquals(waits, [5_000, 30_000, totalMs]);
  });
}

Deno.test("createMetricsAnswer() cuts a trickling reader off when its scrape has timed out", async () => {
  const clock = new FakeClock();
  const page = new FakePage(manyPieces(100, 1000));
  const answer = createMetricsAnswer({ page, maxInFlight: 1, delay: clock.delay });
  const headers = { "x-prometheus-scrape-timeout-seconds": "10" };
  const reader = answer(get("/metrics", headers), REMOTE).body?.getReader();
  for (let second = 0; second < 9; second++) {
    await reader?.read();
    await clock.advance(1_000);
  }
  assertEquals(answer(get("/metrics"), REMOTE).status, 503);
  await clock.advance(1_000);
  await page.ended;
  const next = answer(get("/metrics"), REMOTE);
  assertEquals(next.status, 200);
  await next.body?.cancel();
});

/**
 * A page that changes: of each state a part is in memory of its own, and the rest in that of all.
 */
class ChangingPage {
  readonly #ownBytes: number;
  readonly #common = new ArrayBuffer(20 * MIB);
  #states: { readonly page: FakePage; readonly own: ArrayBuffer }[] = [];

  constructor(ownBytes: number) {
    this.#ownBytes = ownBytes;
    this.change();
  }

  change(): void {
    const page = new FakePage(manyPieces(100, 1000));
    page.generation = this.#states.length;
    const own = new ArrayBuffer(this.#ownBytes);
    page.memory = () => [this.#common, own];
    page.byteLength = () => this.#common.byteLength + this.#ownBytes;
    this.#states.push({ page, own });
  }

  view(): FakePage {
    const state = this.#states.at(-1);
    if (state === undefined) throw new RangeError("Cannot show a page that has no state");
    return state.page;
  }
}

const MIB = 1024 * 1024;

/** Readers that take one piece and then nothing; the page changes after each of them. */
async function readSlowly(count: number, page: ChangingPage, headers = {}) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = {
    info: (message: string) => lines.push(message),
    warning: (message: string) => lines.push(message),
  };
  const answer = createMetricsAnswer({ page, delay: clock.delay, log });
  const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  for (let at = 0; at < count; at++) {
    const reader = answer(get("/metrics", headers), REMOTE).body?.getReader();
    await reader?.read();
    if (reader !== undefined) readers.push(reader);
    page.change();
  }
  /** For each of them, whether it can go on reading. */
  const isServed = () =>
    Promise.all(readers.map((reader) => reader.read().then(() => true, () => false)));
  return { answer, clock, lines, readers, isServed };
}

Deno.test("createMetricsAnswer() lets slow readers keep one page that is old, not two", async () => {
  const { answer, clock, lines, readers, isServed } = await readSlowly(
    2,
    new ChangingPage(80 * MIB),
  );
  // 20 MiB are common to all: the two keep 160 MiB that are not current, the page has 100.
  await clock.advance(4_999);
  assertEquals(await isServed(), [true, true]);
  await clock.advance(1);
  assertEquals(await isServed(), [false, true]);
  await assertRejects(
    () => readers[0]?.read() ?? Promise.resolve(),
    Error,
    "Cannot send an old page to its end: newer ones need the room",
  );
  assertEquals(lines, [
    "Cut off readers of /metrics: they are too slow for the interval, and hold old pages in memory",
  ]);
  // The next who comes finds one old page, which may stay.
  const next = answer(get("/metrics"), REMOTE);
  assertEquals(await isServed(), [false, true]);
  assertEquals((await next.bytes()).length, 100_000);
});

for (const headers of [{}, { "accept-encoding": "gzip" }]) {
  Deno.test(`createMetricsAnswer() bounds what 40 slow readers keep, ${JSON.stringify(headers)}`, async () => {
    const { clock, lines, isServed } = await readSlowly(40, new ChangingPage(80 * MIB), headers);
    await clock.advance(5_000);
    const served = await isServed();
    assertEquals(served, [...Array(39).fill(false), true]);
    assertEquals(lines.length, 1);
  });
}

Deno.test("createMetricsAnswer() lets readers be slow whose pages differ by little", async () => {
  const { clock, lines, isServed } = await readSlowly(40, new ChangingPage(MIB / 2));
  await clock.advance(5_000);
  assertEquals([new Set(await isServed()), lines], [new Set([true]), []]);
});

Deno.test("createMetricsAnswer() says that readers are in time again", async () => {
  const { answer, clock, lines, readers } = await readSlowly(2, new ChangingPage(80 * MIB));
  await clock.advance(5_000);
  for (const reader of readers) await reader.cancel().catch(() => {});
  const reader = answer(get("/metrics"), REMOTE).body?.getReader();
  await reader?.read();
  await clock.advance(5_000);
  assertEquals(lines.slice(1), ["No reader of /metrics is too slow any more"]);
  await reader?.cancel();
  assertEquals(clock.waiting, 0);
});

Deno.test("createMetricsAnswer() keeps no half of a compressed page without readers", async () => {
  const page = new FakePage(manyPieces(5, 1000));
  const answer = setUp(page);
  const gzip = { "accept-encoding": "gzip" };
  const reader = answer(get("/metrics", gzip), REMOTE).body?.getReader();
  await reader?.read();
  await reader?.read();
  await reader?.cancel();
  await answer(get("/metrics", gzip), REMOTE).bytes();
  assertEquals(page.readings, 2);
});
