import { assertEquals, assertRejects } from "@std/assert";
import { type BodyOptions, createBody } from "../../src/http/stream_body.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

function setUp(pieces: readonly string[], options: Partial<BodyOptions> = {}) {
  const clock = new FakeClock();
  const seen = { next: 0, ends: 0 };
  const body = createBody({
    next: () => {
      const piece = pieces[seen.next++];
      return piece === undefined ? undefined : new TextEncoder().encode(piece);
    },
    onEnd: () => {
      seen.ends++;
    },
    stop: undefined,
    stallMs: 30_000,
    delay: clock.delay,
    ...options,
  });
  return { body, clock, seen };
}

Deno.test("createBody() makes nothing before it is read, and a piece for each read", async () => {
  const { body, seen } = setUp(["a", "b", "c"]);
  await settle();
  assertEquals(seen, { next: 0, ends: 0 });
  const reader = body.getReader();
  await reader.read();
  await settle();
  assertEquals(seen, { next: 1, ends: 0 });
  await reader.cancel();
});

Deno.test("createBody() ends once, after the last piece, and leaves no wait behind", async () => {
  const { body, clock, seen } = setUp(["a", "b"]);
  assertEquals(await new Response(body).text(), "ab");
  await settle();
  assertEquals([seen.ends, clock.waiting], [1, 0]);
});

Deno.test("createBody() ends when the reader goes away", async () => {
  const { body, clock, seen } = setUp(["a", "b"]);
  const reader = body.getReader();
  await reader.read();
  await reader.cancel("gone");
  await settle();
  assertEquals([seen, clock.waiting], [{ next: 1, ends: 1 }, 0]);
});

Deno.test("createBody() breaks a reader off that is slow in all, though it never stands still", async () => {
  const { body, clock, seen } = setUp(["a", "b", "c", "d"], { totalMs: 45_000 });
  const reader = body.getReader();
  await reader.read();
  await clock.advance(20_000);
  await reader.read();
  await clock.advance(20_000);
  await reader.read();
  assertEquals(seen.ends, 0);
  await clock.advance(4_999);
  assertEquals(seen.ends, 0);
  await clock.advance(1);
  await assertRejects(
    () => reader.read(),
    Error,
    "Cannot send a page: the reader took longer than 45000 ms",
  );
  assertEquals([seen, clock.waiting], [{ next: 3, ends: 1 }, 0]);
});

Deno.test("createBody() leaves no wait behind if it is done in time", async () => {
  const { body, clock, seen } = setUp(["a"], { totalMs: 45_000 });
  assertEquals(await new Response(body).text(), "a");
  await settle();
  assertEquals([seen.ends, clock.waiting], [1, 0]);
});

Deno.test("createBody() errors with what the source throws", async () => {
  const { body, seen } = setUp([], {
    next: () => {
      throw new RangeError("no such family");
    },
  });
  await assertRejects(() => new Response(body).text(), RangeError, "no such family");
  assertEquals(seen.ends, 1);
});

Deno.test("createBody() breaks off when told to stop, also before it has begun", async () => {
  const stop = new AbortController();
  const running = setUp(["a", "b"], { stop: stop.signal });
  const reader = running.body.getReader();
  await reader.read();
  stop.abort();
  await assertRejects(() => reader.read(), Error, "the server stops");
  const late = setUp(["a"], { stop: stop.signal });
  await assertRejects(() => new Response(late.body).text(), Error, "the server stops");
  assertEquals([running.seen.ends, late.seen], [1, { next: 0, ends: 1 }]);
});

Deno.test("createBody() bears a stop after its end", async () => {
  const stop = new AbortController();
  const { body, seen } = setUp(["a"], { stop: stop.signal });
  assertEquals(await new Response(body).text(), "a");
  stop.abort();
  assertEquals(seen.ends, 1);
});

Deno.test("createBody() breaks off for a reader that stands still, not for a slow one", async () => {
  const { body, clock, seen } = setUp(["a", "b", "c", "d"]);
  const reader = body.getReader();
  for (const _piece of ["a", "b", "c"]) {
    await reader.read();
    await clock.advance(29_999);
  }
  assertEquals(seen.ends, 0);
  await clock.advance(60_000);
  await assertRejects(() => reader.read(), Error, "the reader took nothing for 30000 ms");
  assertEquals(seen.ends, 1);
});

Deno.test("createBody() breaks off for a reader that never begins", async () => {
  const { body, clock, seen } = setUp(["a"]);
  await clock.advance(29_999);
  assertEquals(seen.ends, 0);
  await clock.advance(1);
  assertEquals(seen, { next: 0, ends: 1 });
  await assertRejects(() => new Response(body).text(), Error, "took nothing");
});
