import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { Page, Section } from "../../src/page/mod.ts";
import { createMetricsAnswer } from "../../src/http/metrics.ts";
import { type Reader, Readers } from "../../src/http/reader.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { concatBytes, get } from "./_fake_views.ts";
import { REMOTE } from "./_handler.ts";

/** Readers of these pieces of memory, in the order in which they began, and who was cut off. */
function setUp(...kept: readonly (readonly ArrayBuffer[])[]) {
  const readers = new Readers(100);
  const cut: number[] = [];
  for (const [at, memory] of kept.entries()) {
    const reader: Reader = {
      memory: () => memory,
      cutOff: () => {
        cut.push(at);
        readers.delete(reader);
      },
    };
    readers.add(reader);
  }
  return { readers, cut };
}

const [a, b, c, d] = [
  new ArrayBuffer(60),
  new ArrayBuffer(60),
  new ArrayBuffer(60),
  new ArrayBuffer(60),
];

Deno.test("Readers.bound() lets readers keep what there is room for, and not a byte more", () => {
  const { readers, cut } = setUp([a], [b]);
  assertEquals(readers.bound([c, d], 120), { cut: 0, keptBytes: 120 });
  assertEquals([cut, readers.size], [[], 2]);
  assertEquals(readers.bound([c, d], 119), { cut: 1, keptBytes: 60 });
  assertEquals([cut, readers.size], [[0], 1]);
});

Deno.test("Readers.bound() counts what is kept by several once, and what is current not at all", () => {
  const { readers, cut } = setUp([a, b], [a, b], [b, c], [c, d]);
  assertEquals(readers.bound([c, d]), { cut: 0, keptBytes: 120 });
  assertEquals(cut, []);
});

Deno.test("Readers.bound() cuts off the reader that alone holds memory, not the one before it", () => {
  const { readers, cut } = setUp([c], [a, b], [c]);
  assertEquals(readers.bound([d]), { cut: 1, keptBytes: 60 });
  assertEquals(cut, [1]);
});

Deno.test("Readers.bound() lets little be kept beside a page that is smaller", () => {
  const { readers, cut } = setUp([a], [new ArrayBuffer(40)]);
  assertEquals(readers.bound([new ArrayBuffer(1)]), { cut: 0, keptBytes: 100 });
  readers.add({ memory: () => [new ArrayBuffer(1)], cutOff: () => {} });
  assertEquals(readers.bound([new ArrayBuffer(1)]), { cut: 1, keptBytes: 41 });
  assertEquals(cut, [0]);
});

Deno.test("Readers.bound() takes 16 MiB for little by default", () => {
  const boundOf = (...sizes: readonly number[]) => {
    const readers = new Readers();
    for (const size of sizes) {
      const memory = [new ArrayBuffer(size)];
      readers.add({ memory: () => memory, cutOff: () => {} });
    }
    return readers.bound([a]);
  };
  assertEquals(boundOf(16_777_215, 1), { cut: 0, keptBytes: 16_777_216 });
  assertEquals(boundOf(16_777_215, 2), { cut: 1, keptBytes: 2 });
});

Deno.test("Readers.bound() makes room for a page of which nothing has been made yet", () => {
  const { readers, cut } = setUp([a], [b]);
  assertEquals(readers.bound([], 120), { cut: 0, keptBytes: 120 });
  assertEquals(cut, []);
});

Deno.test("Readers.bound() cuts off neither a lone reader nor one that holds no more than it", () => {
  const { readers, cut } = setUp([a, b, c], [], [a, b, c], [d]);
  readers.add({ memory: () => [a, b], cutOff: () => cut.push(4) });
  assertEquals(readers.bound([c, d], 1), { cut: 0, keptBytes: 120 });
  assertEquals(cut, []);
});

Deno.test("Readers.bound() does nothing without readers", () => {
  assertEquals(new Readers().bound([a]), { cut: 0, keptBytes: 0 });
});

// What is kept by readers of real pages.

const KEYS = 200, LINE_BYTES = 100_000;

const IDENTITY = {}, GZIP = { "accept-encoding": "gzip" };

/** A section of 20 MB of which every line is another one after each cycle. */
function serveSection() {
  const section = new Section([{ name: "a", type: "gauge", help: "" }]);
  let cycle = 0;
  const change = () => {
    cycle++;
    for (let key = 0; key < KEYS; key++) {
      const head = `a{id="${key}",cycle="${cycle}",text="`;
      const text = head.padEnd(LINE_BYTES - 5, `${key * 7919 + cycle}`) + '"} 1\n';
      const bytes = new TextEncoder().encode(text);
      section.set(`${key}`, { bytes, ends: Uint32Array.of(bytes.length), sampleCount: 1 });
    }
  };
  change();
  const page = new Page([section]);
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = {
    info: (message: string) => lines.push(message),
    warning: (message: string) => lines.push(message),
  };
  const answer = createMetricsAnswer({
    page: { view: () => page.view() },
    delay: clock.delay,
    log,
  });
  return { answer, change, clock, lines };
}

/** A reader that has taken a number of pieces. */
async function begin(response: Response, count: number) {
  const pieces: Uint8Array[] = [];
  const reader = response.body?.getReader();
  const take = async () => {
    const { done = true, value } = await reader?.read() ?? {};
    if (value !== undefined) pieces.push(value);
    return !done;
  };
  for (let at = 0; at < count; at++) await take();
  return {
    /** Reads to the end; gives the cycle of the page, and how long its text is. */
    rest: async () => {
      while (await take());
      const all = concatBytes(pieces);
      const text = new TextDecoder().decode(all[0] === 0x1f ? gunzipSync(all) : all);
      return { cycles: new Set(text.match(/(?<=cycle=")\d+/g)), length: text.length };
    },
    /** Whether it is still served; ends it. */
    end: () => reader?.read().then(() => reader.cancel()).then(() => true, () => false),
  };
}

const LENGTH = "# TYPE a gauge\n".length + KEYS * LINE_BYTES;

for (const headers of [IDENTITY, GZIP]) {
  const name = JSON.stringify(headers);

  Deno.test(`createMetricsAnswer() lets one slow reader end its page after a cycle, ${name}`, async () => {
    const { answer, change, clock, lines } = serveSection();
    const slow = await begin(answer(get("/metrics", headers), REMOTE), 3);
    change();
    // The new page has no reader: nothing of it is made.
    await clock.advance(5_000);
    await clock.advance(5_000);
    assertEquals(await slow.rest(), { cycles: new Set(["1"]), length: LENGTH });
    assertEquals(lines, []);
  });

  for (const other of [IDENTITY, GZIP]) {
    const names = `${name} and ${JSON.stringify(other)}`;
    Deno.test(`createMetricsAnswer() cuts no reader off for a second scrape, ${names}`, async () => {
      const { answer, change, clock, lines } = serveSection();
      const slow = await begin(answer(get("/metrics", headers), REMOTE), 3);
      change();
      const second = await begin(answer(get("/metrics", other), REMOTE), 3);
      await clock.advance(5_000);
      assertEquals(await second.rest(), { cycles: new Set(["2"]), length: LENGTH });
      assertEquals(await slow.rest(), { cycles: new Set(["1"]), length: LENGTH });
      assertEquals(lines, []);
    });
  }

  Deno.test(`createMetricsAnswer() lets a pair end the same old page, ${name}`, async () => {
    const { answer, change, clock, lines } = serveSection();
    const pair = [
      await begin(answer(get("/metrics", headers), REMOTE), 3),
      await begin(answer(get("/metrics", IDENTITY), REMOTE), 3),
    ];
    change();
    await clock.advance(5_000);
    for (const { rest } of pair) {
      assertEquals(await rest(), { cycles: new Set(["1"]), length: LENGTH });
    }
    assertEquals(lines, []);
  });

  Deno.test(`createMetricsAnswer() bounds 40 slow readers of as many cycles, ${name}`, async () => {
    const { answer, change, clock, lines } = serveSection();
    const readers: Awaited<ReturnType<typeof begin>>[] = [];
    for (let at = 0; at < 40; at++) {
      readers.push(await begin(answer(get("/metrics", headers), REMOTE), 3));
      change();
    }
    await clock.advance(5_000);
    const isServed: unknown[] = [];
    for (const { end } of readers) isServed.push(await end());
    assertEquals(isServed, [...Array(39).fill(false), true]);
    assertEquals(lines.length, 1);
  });
}
