import { assertEquals, assertRejects } from "@std/assert";
import {
  BodyLimitError,
  joinText,
  MAX_BEGINNING,
  readChunks,
  readText,
} from "../../src/json/body.ts";

/** A body that counts what is taken from it. */
function chunked(chunks: Iterable<Uint8Array>) {
  const seen = { chunkCount: 0, isCancelled: false };
  const iterator = chunks[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const next = iterator.next();
      if (next.done) return controller.close();
      seen.chunkCount++;
      controller.enqueue(new Uint8Array(next.value));
    },
    cancel() {
      seen.isCancelled = true;
    },
  }, { highWaterMark: 0 });
  return { response: new Response(stream), seen };
}

Deno.test("readText() joins characters that chunks have split", async () => {
  const bytes = new TextEncoder().encode("a€𝄞z");
  const { response } = chunked([...bytes].map((byte) => new Uint8Array([byte])));
  assertEquals(await readText(response, 100), "a€𝄞z");
});

Deno.test("readText() takes bytes that are not UTF-8, a mark in front and no body", async () => {
  const cases: readonly (readonly [body: Uint8Array<ArrayBuffer> | null, text: string])[] = [
    [null, ""],
    [new Uint8Array(), ""],
    [new Uint8Array([0xef, 0xbb, 0xbf, 0x7b]), "{"],
    [new Uint8Array([0x61, 0xff, 0x62, 0xe2, 0x82]), "a\ufffdb\ufffd"],
  ];
  for (const [body, text] of cases) {
    assertEquals(await readText(new Response(body), 100), text);
  }
});

Deno.test("readText() takes a body as long as the limit, and cuts a longer one", async () => {
  assertEquals(await readText(new Response("12345"), 5), "12345");
  assertEquals(await readText(new Response("123456"), 5), "12345");
});

Deno.test("readText() cancels an endless body at the limit", async () => {
  function* endless(): Generator<Uint8Array> {
    for (;;) yield new Uint8Array(1000).fill(0x20);
  }
  const { response, seen } = chunked(endless());
  const body = await readText(response, 10_500);
  assertEquals(body.length, MAX_BEGINNING);
  assertEquals(seen, { chunkCount: 11, isCancelled: true });
});

Deno.test("readText() passes on the error of a body that breaks", async () => {
  function* breaking(): Generator<Uint8Array> {
    yield new Uint8Array([0x7b]);
    throw new TypeError("Broken pipe");
  }
  const { response } = chunked(breaking());
  await assertRejects(() => readText(response, 100), TypeError, "Broken pipe");
});

Deno.test("readChunks() gives a body as long as the limit, and cancels a longer one", async () => {
  const lengthsOf = async (response: Response, maxBytes: number) => {
    const lengths: number[] = [];
    for await (const chunk of readChunks(response, maxBytes)) lengths.push(chunk.length);
    return lengths;
  };
  const limit = chunked([new Uint8Array(3), new Uint8Array(2)]);
  assertEquals(await lengthsOf(limit.response, 5), [3, 2]);
  assertEquals(await lengthsOf(new Response(null), 0), []);
  const beyond = chunked([new Uint8Array(3), new Uint8Array(3), new Uint8Array(3)]);
  const error = await assertRejects(() => lengthsOf(beyond.response, 5), BodyLimitError);
  assertEquals(error.message, "Larger than 5 bytes");
  assertEquals(beyond.seen, { chunkCount: 2, isCancelled: true });
});

Deno.test("readChunks() cancels a body that its reader leaves, and passes on its error", async () => {
  const left = chunked([new Uint8Array(3), new Uint8Array(3)]);
  for await (const _ of readChunks(left.response, 9)) break;
  assertEquals(left.seen, { chunkCount: 1, isCancelled: true });
  function* breaking(): Generator<Uint8Array> {
    yield new Uint8Array([0x7b]);
    throw new TypeError("Broken pipe");
  }
  const { response } = chunked(breaking());
  await assertRejects(() => joinText(readChunks(response, 100)), TypeError, "Broken pipe");
});

Deno.test("joinText() joins characters that chunks have split, and drops a mark in front", async () => {
  const bytes = new TextEncoder().encode("\ufeffa€𝄞z");
  const { response } = chunked([...bytes].map((byte) => new Uint8Array([byte])));
  assertEquals(await joinText(readChunks(response, 100)), "a€𝄞z");
});
