import { assert, assertEquals, assertRejects } from "@std/assert";
import { LiveBody } from "../../src/http/_live_body.ts";
import { FakeClock, nextTurn } from "../_support/fake_clock.ts";

function setUp() {
  const clock = new FakeClock();
  const pieces: string[] = [];
  const counts = { asked: 0, ended: 0 };
  const body: LiveBody = new LiveBody({
    next() {
      counts.asked++;
      const piece = pieces.shift();
      if (piece === "throw") throw new Error("broken");
      return piece === undefined ? undefined : new TextEncoder().encode(piece);
    },
    onWait: () => body.look(),
    onEnd: () => void counts.ended++,
    now: clock.now,
  });
  const reader = body.stream.getReader();
  const read = async () => {
    const { done, value } = await reader.read();
    return done ? "end" : new TextDecoder().decode(value);
  };
  return { clock, pieces, counts, body, reader, read };
}

Deno.test("LiveBody hands over what there is, and waits while there is nothing", async () => {
  const { body, pieces, read } = setUp();
  pieces.push("a");
  assertEquals(await read(), "a");
  const next = read();
  await nextTurn();
  assert(body.isWaiting);
  body.look();
  assert(body.isWaiting, "there is nothing yet");
  pieces.push("b");
  body.look();
  assertEquals(await next, "b");
});

Deno.test("LiveBody asks for nothing ahead of its reader", async () => {
  const { body, counts, pieces, read } = setUp();
  pieces.push("a", "b");
  body.look();
  body.send(new Uint8Array(3));
  assertEquals(counts.asked, 0);
  assertEquals(await read(), "a");
  body.look();
  assertEquals([counts.asked, body.isWaiting], [1, false]);
  assertEquals(await read(), "b");
});

Deno.test("LiveBody.stillMs counts from the last piece", async () => {
  const { body, clock, read } = setUp();
  const next = read();
  await clock.advance(3_000);
  assertEquals(body.stillMs, 3_000);
  body.send(new TextEncoder().encode("heartbeat"));
  assertEquals([await next, body.stillMs], ["heartbeat", 0]);
});

Deno.test("LiveBody.close() ends a reader that waits in order, and breaks off one that does not", async () => {
  const waiting = setUp();
  const next = waiting.read();
  await nextTurn();
  waiting.body.close();
  assertEquals([await next, waiting.counts.ended], ["end", 1]);
  const slow = setUp();
  slow.body.close();
  await assertRejects(slow.read, Error, "Cannot end a stream: its reader is too slow");
  assertEquals(slow.counts.ended, 1);
});

Deno.test("LiveBody ends once, whether reader or server ends it", async () => {
  const gone = setUp();
  const waiting = gone.read();
  await nextTurn();
  await gone.reader.cancel();
  assertEquals(await waiting, "end");
  gone.body.close();
  gone.body.abort(new Error("late"));
  gone.body.look();
  gone.body.send(new Uint8Array(1));
  assertEquals(gone.counts.ended, 1);
  const broken = setUp();
  broken.pieces.push("throw");
  await assertRejects(broken.read, Error, "broken");
  assertEquals(broken.counts.ended, 1);
});
