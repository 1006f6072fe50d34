import { assertEquals, assertRejects } from "@std/assert";
import { OutputQueue, writeAll } from "../../src/log/output.ts";

class WouldBlock extends Error {
  override readonly name = "WouldBlock";
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("writeAll() writes what a write left over, and again while the stream is busy", async () => {
  const written: string[] = [];
  const waits: number[] = [];
  let calls = 0;
  await writeAll(
    (bytes) => {
      if (++calls % 2 === 0) return Promise.reject(new WouldBlock("full"));
      written.push(textOf(bytes.subarray(0, 4)));
      return Promise.resolve(Math.min(4, bytes.length));
    },
    bytesOf("0123456789"),
    (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  );
  assertEquals(written, ["0123", "4567", "89"]);
  assertEquals(waits, [20, 20]);
});

Deno.test("writeAll() throws what else the stream throws", async () => {
  await assertRejects(
    () =>
      writeAll(() => Promise.reject(new TypeError("gone")), bytesOf("a"), () => Promise.resolve()),
    TypeError,
    "gone",
  );
});

/** A queue of 64 bytes whose stream takes a write when the test says so. */
function startQueue(maxBytes = 64) {
  const writes: string[] = [];
  const told: number[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const queue: OutputQueue = new OutputQueue({
    write(bytes) {
      writes.push(textOf(bytes));
      const answer = Promise.withResolvers<void>();
      waiting.push(answer);
      return answer.promise;
    },
    onDropped(count) {
      told.push(count);
      queue.push(`dropped ${count}`);
    },
    maxBytes,
  });
  async function answer(error?: Error): Promise<void> {
    const next = waiting.shift();
    if (error === undefined) next?.resolve();
    else next?.reject(error);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  return { queue, writes, told, answer };
}

const never = new Promise<void>(() => {});

Deno.test("OutputQueue.push() writes at once, and what comes meanwhile together", async () => {
  const { queue, writes, answer } = startQueue();
  queue.push("a");
  queue.push("b");
  queue.push("c");
  assertEquals(writes, ["a\n"]);
  await answer();
  assertEquals(writes, ["a\n", "b\nc\n"]);
  await answer();
  queue.push("d");
  assertEquals(writes, ["a\n", "b\nc\n", "d\n"]);
  await answer();
  assertEquals(queue.droppedCount, 0);
  await queue.flush(never);
});

Deno.test("OutputQueue.push() writes at most 8 KiB at once, or one line", async () => {
  const { queue, writes, answer } = startQueue(1_000_000);
  queue.push("first");
  queue.push("x".repeat(5_000));
  queue.push("y".repeat(5_000));
  queue.push("z".repeat(20_000));
  for (let write = 0; write < 4; write++) await answer();
  assertEquals(writes.map((text) => text.length), [6, 5_001, 5_001, 20_001]);
});

Deno.test("OutputQueue.push() drops lines while the queue is full, and tells where they are missing", async () => {
  const { queue, writes, told, answer } = startQueue();
  queue.push("a".repeat(39));
  queue.push("b".repeat(19));
  // a line that is being written takes room: 60 of 64 bytes are in use
  queue.push("lost");
  queue.push("lost too");
  queue.push("c");
  assertEquals([queue.droppedCount, told], [2, []]);
  await answer();
  assertEquals(told, [2]);
  queue.push("d");
  await answer();
  await answer();
  assertEquals(writes.join("").replace(/(.)\1+/g, "$1"), "a\nb\nc\ndroped 2\nd\n");
  await queue.flush(never);
  assertEquals(queue.droppedCount, 2);
});

Deno.test("OutputQueue.push() counts lines that the stream refuses, and tells when it takes one", async () => {
  const { queue, writes, told, answer } = startQueue();
  queue.push("a");
  queue.push("b");
  queue.push("c");
  await answer(new Error("No space left on device"));
  await answer(new Error("No space left on device"));
  assertEquals([queue.droppedCount, told], [3, []]);
  queue.push("d");
  await answer();
  assertEquals(told, [3]);
  await answer();
  assertEquals(writes, ["a\n", "b\nc\n", "d\n", "dropped 3\n"]);
  await queue.flush(never);
});

Deno.test("OutputQueue.flush() gives up at its deadline", async () => {
  const { queue, answer } = startQueue();
  queue.push("a");
  const deadline = Promise.withResolvers<void>();
  let isDone = false;
  const flushed = queue.flush(deadline.promise).then(() => isDone = true);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  assertEquals(isDone, false);
  deadline.resolve();
  await flushed;
  await answer();
});

Deno.test("OutputQueue.flush() waits for lines that come while it waits", async () => {
  const { queue, writes, answer } = startQueue();
  queue.push("a");
  const flushed = queue.flush(never);
  queue.push("b");
  await answer();
  await answer();
  await flushed;
  assertEquals(writes, ["a\n", "b\n"]);
});
