import { assertEquals, assertRejects } from "@std/assert";
import { type Message, readMessages } from "../../src/ui/message.ts";

/** The messages of a text that arrives in pieces of some bytes. */
async function messagesOf(text: string, size = 1_000): Promise<readonly Message[]> {
  const bytes = new TextEncoder().encode(text);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) {
        controller.enqueue(bytes.subarray(at, at + size));
      }
      controller.close();
    },
  });
  return await Array.fromAsync(readMessages(stream, new AbortController().signal, () => {}));
}

const TEXT = "retry: 2500\nevent: ready\nid: a:1\ndata: {}\n\n:\n\n" +
  'id: a:2\ndata: {"x":"é €"}\n\nevent: changed\ndata: [1,\ndata: 2]\n\nid: a:3\n\ndata: late';

Deno.test("readMessages() reads messages, whichever way their bytes are cut", async () => {
  const wanted = [
    { event: "ready", data: "{}", id: "a:1", retryMs: 2_500 },
    { event: "message", data: '{"x":"é €"}', id: "a:2", retryMs: undefined },
    { event: "changed", data: "[1,\n2]", id: undefined, retryMs: undefined },
  ];
  for (const size of [1, 2, 3, 7, 1_000]) assertEquals(await messagesOf(TEXT, size), wanted);
  assertEquals(await messagesOf(TEXT.replaceAll("\n", "\r\n")), wanted);
});

Deno.test("readMessages() gives up a message without end", async () => {
  await assertRejects(() => messagesOf(`data: ${"x".repeat(1_000_001)}`, 65_536), RangeError);
});

Deno.test("readMessages() ends with its signal, while it waits too, and cancels the stream", async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const stop = new AbortController();
  const messages = readMessages(stream, stop.signal, () => {});
  const next = messages.next();
  stop.abort(new Error("hidden"));
  await assertRejects(() => next, Error, "hidden");
  assertEquals(cancelled, true);
});
