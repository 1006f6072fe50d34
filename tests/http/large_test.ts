import { assert, assertEquals, assertRejects } from "@std/assert";
import { settle } from "../_support/fake_clock.ts";
import { HERE, parts, read, request, setUp } from "./_fake_bridge.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** A status with a number of bytes, another one each time. */
function statusOf(length: number): () => Promise<Uint8Array<ArrayBuffer>> {
  let seed = 0;
  return () => {
    seed++;
    const bytes = new Uint8Array(length).fill(seed);
    // No two pieces look the same.
    for (let i = 0; i < length; i += KIB) bytes[i] = i >> 10;
    return Promise.resolve(bytes);
  };
}

/** The body of a status that was asked for, to be read piece by piece. */
async function begin(handle: ReturnType<typeof setUp>["handle"], stop?: AbortSignal) {
  const response = await handle(request("/status"), { ...HERE, ...stop && { stop } });
  assertEquals(response.status, 200);
  const reader = response.body?.getReader();
  assert(reader !== undefined);
  return reader;
}

Deno.test("createBridgeHandler() sends a large answer whole, in pieces of one copy", async () => {
  const wanted = await statusOf(MIB + 7)();
  const { handle, asked, clock } = setUp(statusOf(MIB + 7));
  const response = await handle(request("/status"), HERE);
  const byHead = await handle(request("/status", { method: "HEAD" }), HERE);
  assertEquals([byHead.status, byHead.body], [200, null]);
  assertEquals([...byHead.headers], [...response.headers]);
  assertEquals(response.headers.get("content-length"), String(MIB + 7));
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body ?? []) pieces.push(piece);
  const sizes = pieces.map(({ length }) => length);
  assertEquals(sizes, [...Array(8).fill(128 * KIB), 7]);
  const bytes = await new Blob(pieces.map((piece) => piece.slice())).bytes();
  assert(bytes.every((byte, i) => byte === wanted[i]));
  // The same memory for all pieces, and for the next reader.
  const other = await begin(handle);
  const { value } = await other.read();
  assertEquals(new Set([...pieces, value].map((piece) => piece?.buffer)).size, 1);
  await other.cancel();
  assertEquals([asked, clock.waiting], [["status"], 0]);
});

Deno.test("createBridgeHandler() bounds the large answers that are on their way", async () => {
  const { handle } = setUp(statusOf(256 * KIB + 1), { rateLimit: { rps: 1e6, burst: 1e6 } });
  const readers = [];
  for (let i = 0; i < 32; i++) readers.push(await begin(handle));
  const { status, headers, error } = await parts(handle(request("/status"), HERE));
  assertEquals([status, headers.get("retry-after")], [503, "1"]);
  assertEquals(error, "too many large answers on their way");
  assertEquals((await handle(request("/status", { method: "HEAD" }), HERE)).status, 200);
  await readers.pop()?.cancel();
  readers.push(await begin(handle));
  assertEquals((await read(handle(request("/status"), HERE)))[0], 503);
  for (const reader of readers) await reader.cancel();

  const small = setUp(statusOf(256 * KIB), { rateLimit: { rps: 1e6, burst: 1e6 } });
  const responses = [];
  for (let i = 0; i < 33; i++) responses.push(await small.handle(request("/status"), HERE));
  assertEquals(new Set(responses.map((each) => each.status)), new Set([200]));
  assertEquals(small.clock.waiting, 0);
});

Deno.test("createBridgeHandler() ends a reader that stands still, and one that trickles", async () => {
  const { handle, clock } = setUp(statusOf(MIB));
  const idle = await begin(handle);
  const still = await begin(handle);
  const trickling = await begin(handle);
  await still.read();
  await trickling.read();
  await clock.advance(29_999);
  await trickling.read();
  assertEquals(clock.waiting, 6);
  await clock.advance(1);
  await assertRejects(() => idle.read(), Error, "the reader took nothing for 30000 ms");
  await trickling.read();
  await clock.advance(29_999);
  assertEquals(clock.waiting, 4);
  await clock.advance(1);
  await assertRejects(() => still.read(), Error, "the reader took nothing for 30000 ms");
  await trickling.read();
  await clock.advance(30_000);
  await trickling.read();
  await clock.advance(29_999);
  assertEquals((await trickling.read()).done, false);
  await clock.advance(1);
  await assertRejects(() => trickling.read(), Error, "the reader took longer than 120000 ms");
  assertEquals(clock.waiting, 0);
});

Deno.test("createBridgeHandler() ends a large answer when the server stops", async () => {
  const { handle, clock } = setUp(statusOf(MIB));
  const stop = new AbortController();
  const reader = await begin(handle, stop.signal);
  await reader.read();
  stop.abort();
  await assertRejects(() => reader.read(), Error, "the server stops");
  await settle();
  assertEquals(clock.waiting, 0);
});

Deno.test("createBridgeHandler() keeps no more than 16 MiB of old answers for readers", async () => {
  const { handle, clock } = setUp(statusOf(8 * MIB));
  const readers = [];
  for (let i = 0; i < 4; i++) {
    readers.push(await begin(handle));
    await clock.advance(1_000);
  }
  const [first, ...others] = readers;
  await assertRejects(async () => await first?.read(), Error, "newer ones need the room");
  for (const reader of others) {
    assertEquals((await reader.read()).value?.length, 128 * KIB);
    await reader.cancel();
  }
});
