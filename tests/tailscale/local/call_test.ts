import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { createCaller, type LocalCall } from "../../../src/tailscale/local/call.ts";
import { LocalApiError } from "../../../src/tailscale/local/error.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { type Answer, fakeTransport, never, stalling } from "./_fake_transport.ts";

const CALL: LocalCall<string> = {
  endpoint: "prefs",
  doing: "look",
  timeoutMs: 3_000,
  maxBytes: 20,
  async read(body) {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
    return text;
  },
};

function rig(answer: Answer, kind: "socket" | "bridge" = "socket") {
  const clock = new FakeClock();
  const transport = fakeTransport(answer, kind);
  const call = createCaller(transport, { delay: clock.delay });
  return { call, clock, transport };
}

function fails(promise: Promise<unknown>): Promise<LocalApiError> {
  return assertRejects(() => promise, LocalApiError);
}

Deno.test("call() gives what is read of a 200, and leaves no timer", async () => {
  const { call, clock, transport } = rig(() => new Response("the body"));
  assertEquals(await call(CALL), "the body");
  assertEquals(transport.sent.length, 1);
  await settle();
  assertEquals(clock.waiting, 0);
});

Deno.test("call() reads an empty answer", async () => {
  assertEquals(await rig(() => new Response(null)).call(CALL), "");
});

Deno.test("call() explains any other status, and is not asked twice", async () => {
  const { call, transport } = rig(() => new Response("no\n", { status: 403 }));
  const error = await fails(call(CALL));
  assertEquals([error.failure, error.status, transport.sent.length], ["forbidden", 403, 1]);
  assert(error.message.startsWith('Cannot look: /run/ts.sock answered 403 "no"; '));
});

Deno.test("call() sends nothing that the transport does not support", async () => {
  const { call, transport } = rig(never, "bridge");
  assertEquals((await fails(call(CALL))).failure, "unsupported");
  assertEquals(transport.sent, []);
});

Deno.test("call() ends at its deadline, before the head and within the body", async () => {
  const stalled: Answer = (_request, signal) => new Response(stalling("half", signal));
  for (const answer of [never, stalled]) {
    const { call, clock } = rig(answer);
    const failed = fails(call(CALL));
    await clock.advance(3_000);
    const error = await failed;
    assertEquals(error.failure, "timeout");
    assert(error.message.includes("within 3 s"), error.message);
  }
});

Deno.test("call() throws the caller's reason, before and within", async () => {
  const reason = new Error("Enough");
  for (const isEarly of [true, false]) {
    const { call, clock, transport } = rig(never);
    const stop = new AbortController();
    if (isEarly) stop.abort(reason);
    const failed = assertRejects(() => call(CALL, stop.signal), Error);
    await settle();
    stop.abort(reason);
    assertStrictEquals(await failed, reason);
    await settle();
    assertEquals([transport.sent.length, clock.waiting], [isEarly ? 0 : 1, 0]);
  }
});

Deno.test("call() takes no more bytes than allowed", async () => {
  assertEquals(await rig(() => new Response("x".repeat(20))).call(CALL), "x".repeat(20));
  const beyond = await fails(rig(() => new Response("x".repeat(21))).call(CALL));
  assertEquals(beyond.failure, "too_large");
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(8)),
    cancel: () => void (isCancelled = true),
  });
  const error = await fails(rig(() => new Response(body)).call(CALL));
  assertEquals([error.failure, isCancelled], ["too_large", true]);
});

Deno.test("call() tells a connection that broke from an answer that is nonsense", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new TypeError("connection reset")),
  });
  const reset = await fails(rig(() => new Response(broken)).call(CALL));
  assertEquals(reset.failure, "unreachable");
  assert(reset.message.includes("no answer at /run/ts.sock: connection reset"), reset.message);

  const nonsense = await fails(
    rig(() => new Response("<html>")).call({
      ...CALL,
      read: () => Promise.reject(new SyntaxError("Not JSON")),
    }),
  );
  assertEquals(nonsense.failure, "malformed");
  const much = await fails(
    rig(() => new Response("[[[")).call({
      ...CALL,
      read: () => Promise.reject(new RangeError("Nested deeper")),
    }),
  );
  assertEquals(much.failure, "too_large");
});

Deno.test("call() cancels a body whose reader had enough", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(8)),
    cancel: () => void (isCancelled = true),
  });
  const { call } = rig(() => new Response(body));
  assertEquals(await call({ ...CALL, read: () => Promise.resolve("enough") }), "enough");
  assert(isCancelled);
});

Deno.test("call() reads a refusal of 64 KiB, and of a longer one quotes the beginning", async () => {
  const head = '{"error":"no such peer","pad":"', tail = '"}';
  const quoteOf = async (bytes: number) => {
    const pad = "x".repeat(bytes - head.length - tail.length);
    const { call } = rig(() => new Response(head + pad + tail, { status: 500 }));
    const { message } = await fails(call(CALL));
    return /answered 500 "(.{12})/.exec(message)?.[1];
  };
  assertEquals(await quoteOf(65_536), "no such peer");
  assertEquals(await quoteOf(65_537), '{"error":"no');
});

Deno.test("call() refuses a coding, of a 200 or a refusal, without reading the body", async () => {
  for (const status of [200, 404]) {
    for (const coding of ["gzip", "BR", "gzip, identity"]) {
      let isCancelled = false;
      const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
      const headers = { "content-encoding": coding };
      const { call } = rig(() => new Response(body, { status, headers }));
      const error = await fails(call(CALL));
      assertEquals([error.failure, error.status, isCancelled], ["malformed", status, true]);
      assertEquals(
        error.message,
        `Cannot look: /run/ts.sock answered with Content-Encoding "${coding}", wanted no coding; ` +
          "check that tailscaled runs and that LOCALAPI_SOCKET is its socket",
      );
    }
  }
  const plain = rig(() => new Response("x", { headers: { "content-encoding": "Identity" } }));
  assertEquals(await plain.call(CALL), "x");
});

Deno.test("call() gives the event loop a turn for each mebibyte, however small the chunks", async () => {
  const mebibyte = 1024 * 1024;
  for (const [chunkBytes, turns] of [[mebibyte, 3], [3 * mebibyte, 1], [1024, 3]] as const) {
    let paused = 0;
    const chunks = Array(3 * mebibyte / chunkBytes).fill(new Uint8Array(chunkBytes));
    const transport = fakeTransport(() => new Response(ReadableStream.from(chunks)));
    const call = createCaller(transport, { pause: () => Promise.resolve(void paused++) });
    let read = 0;
    await call({
      ...CALL,
      maxBytes: 3 * mebibyte,
      async read(body) {
        for await (const chunk of body) read += chunk.length;
        return "";
      },
    });
    assertEquals([read, paused], [3 * mebibyte, turns]);
  }
});
