import { assertEquals, assertRejects } from "@std/assert";
import { BrokenBodyError, sendAnswer, type SendOptions } from "../../../src/http/server/_send.ts";
import { textReply } from "../../../src/http/reply.ts";
import { settle } from "../../_support/fake_clock.ts";
import { FakeSocket } from "./_fake_socket.ts";

const OPTIONS: SendOptions = {
  isHead: false,
  isOld: false,
  isKeptOpen: true,
  date: "NOW",
  onWrite: () => {},
  onProgress: () => {},
};

async function sent(response: Response, options: Partial<SendOptions> = {}) {
  const socket = new FakeSocket();
  const isKeptOpen = await sendAnswer(socket, response, { ...OPTIONS, ...options });
  return [isKeptOpen, socket.received.split("\r\n")];
}

function streamOf(...pieces: readonly string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
}

const OK = "HTTP/1.1 200 OK";

Deno.test("sendAnswer() writes a reply in one go, with its length", async () => {
  const lines = [
    "HTTP/1.1 404 Not Found",
    "content-length: 3",
    "content-type: text/plain; charset=utf-8",
  ];
  assertEquals(await sent(textReply(404, "no\n")), [true, [...lines, "date: NOW", "", "no\n"]]);
  assertEquals(await sent(textReply(404, "no\n"), { isKeptOpen: false }), [
    false,
    [...lines, "connection: close", "date: NOW", "", "no\n"],
  ]);
});

Deno.test("sendAnswer() leaves the body out for HEAD, 204, 304 and where there is none", async () => {
  const headers = { "content-length": "5" };
  assertEquals(await sent(new Response(streamOf("up 1\n"), { headers }), { isHead: true }), [
    true,
    [OK, "content-length: 5", "date: NOW", "", ""],
  ]);
  assertEquals(await sent(new Response(streamOf("up 1\n")), { isHead: true }), [
    true,
    [OK, "date: NOW", "", ""],
  ]);
  assertEquals(await sent(new Response(null, { status: 304 })), [
    true,
    ["HTTP/1.1 304 Not Modified", "date: NOW", "", ""],
  ]);
  // RFC 9110, 8.6: no Content-Length with 204.
  assertEquals(await sent(new Response(null, { status: 204 })), [
    true,
    ["HTTP/1.1 204 No Content", "date: NOW", "", ""],
  ]);
  assertEquals(await sent(new Response(null)), [
    true,
    [OK, "content-length: 0", "date: NOW", "", ""],
  ]);
});

Deno.test("sendAnswer() finds the length of one piece, and sends several in chunks", async () => {
  assertEquals(await sent(new Response(streamOf("up 1\n"))), [
    true,
    [OK, "content-length: 5", "date: NOW", "", "up 1\n"],
  ]);
  assertEquals(await sent(new Response(streamOf())), [
    true,
    [OK, "content-length: 0", "date: NOW", "", ""],
  ]);
  assertEquals(await sent(new Response(streamOf("up 1\n", "", "down 0\n"))), [
    true,
    [OK, "transfer-encoding: chunked", "date: NOW", ""]
      .concat("5", "up 1\n", "7", "down 0\n", "0", "", ""),
  ]);
});

Deno.test("sendAnswer() tells an HTTP/1.0 client the end of a body by closing", async () => {
  assertEquals(await sent(new Response(streamOf("a", "b")), { isOld: true }), [
    false,
    [OK, "connection: close", "date: NOW", "", "ab"],
  ]);
  assertEquals(await sent(textReply(200, "ok"), { isOld: true }), [
    true,
    [OK, "content-length: 2", "content-type: text/plain; charset=utf-8"]
      .concat("connection: keep-alive", "date: NOW", "", "ok"),
  ]);
});

Deno.test("sendAnswer() makes nothing ahead of a client that takes nothing", async () => {
  let made = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      made++;
      controller.enqueue(new Uint8Array(100));
    },
  }, { highWaterMark: 0 });
  const socket = new FakeSocket();
  socket.room = 150;
  const sending = sendAnswer(
    socket,
    new Response(body, { headers: { "content-length": "1000000" } }),
    OPTIONS,
  );
  await settle();
  assertEquals(made, 1);
  socket.close();
  await assertRejects(() => sending, Error, "operation canceled");
});

Deno.test("sendAnswer() closes the socket of a body that fails while the client takes nothing", async () => {
  let fail = (_error: Error) => {};
  let cancelled = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      fail = (error) => controller.error(error);
      controller.enqueue(new Uint8Array(1000));
      controller.enqueue(new Uint8Array(1000));
    },
    cancel: () => void cancelled++,
  });
  const socket = new FakeSocket();
  socket.room = 500;
  const sending = sendAnswer(socket, new Response(body), OPTIONS);
  await settle();
  fail(new Error("stands still"));
  const error = await assertRejects(() => sending, BrokenBodyError);
  assertEquals([String(error.cause), socket.isClosed, cancelled], ["Error: stands still", true, 0]);
});

Deno.test("sendAnswer() gives up the body of a client that goes away", async () => {
  let cancelled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => void cancelled++,
  });
  const socket = new FakeSocket();
  socket.room = 5_000;
  const sending = sendAnswer(socket, new Response(body), OPTIONS);
  await settle();
  socket.close();
  await assertRejects(() => sending, Error, "operation canceled");
  assertEquals(cancelled, 1);
});
