import { assert, assertEquals, assertMatch } from "@std/assert";
import { Connection, type ConnectionOptions } from "../../../src/http/server/connection.ts";
import type { Remote } from "../../../src/http/server/remote.ts";
import { StreamReply, textReply } from "../../../src/http/reply.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { FakeSocket } from "./_fake_socket.ts";

const GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

function setUp(options: Partial<ConnectionOptions> = {}) {
  const socket = new FakeSocket();
  const clock = new FakeClock();
  const buffers: string[] = [];
  const connection = new Connection(socket, {
    hostname: "192.0.2.1",
    isTls: false,
    handler: (request) => textReply(200, `${request.method} ${request.url}\n`),
    now: clock.now,
    date: () => "NOW",
    yieldTurn: () => undefined,
    buffers: {
      take: () => {
        buffers.push("taken");
        return Promise.resolve(new Uint8Array(64 * 1024));
      },
      give: () => buffers.push("given"),
    },
    ...options,
  });
  const finished = connection.run();
  return { socket, clock, buffers, connection, finished };
}

/** Statuses of all answers, and the last line of each. */
function answers({ received }: FakeSocket): readonly string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+)[\s\S]*?\r\n\r\n(.*)/g)]
    .map(([, status, text]) => `${status} ${text}`);
}

Deno.test("Connection answers one request after the other", async () => {
  const { socket, connection, finished } = setUp();
  assertEquals(connection.phase, "idle");
  await socket.send(GET);
  await socket.send(GET.replace("/a", "/b"));
  assertEquals(answers(socket), ["200 GET http://x/a", "200 GET http://x/b"]);
  await socket.send("GET /c HT");
  assertEquals(connection.phase, "head");
  await socket.send("TP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n");
  await finished;
  assertEquals([answers(socket)[2], socket.isClosed], ["200 GET http://y/c", true]);
});

Deno.test("Connection skips one empty line before a request, and refuses two", async () => {
  const { socket, connection, finished } = setUp();
  await socket.send(`\r\n${GET}\r\n`);
  assertEquals(connection.phase, "idle");
  // It may come late, and in pieces.
  await socket.send("\r");
  assertEquals(connection.phase, "head");
  await socket.send("\n");
  assertEquals(connection.phase, "idle");
  await socket.send(GET.replace("/a", "/b"));
  assertEquals(answers(socket), ["200 GET http://x/a", "200 GET http://x/b"]);
  await socket.send(`\r\n\r\n${GET}`);
  assertEquals(answers(socket).length, 3);
  assertMatch(answers(socket)[2] ?? "", /^400 /);
  connection.close();
  await finished;
});

Deno.test("Connection takes no request ahead of the answer before", async () => {
  let count = 0;
  const { socket, connection } = setUp({ handler: () => textReply(200, `${count++}\n`) });
  await socket.send(GET.repeat(1_000));
  assertEquals([answers(socket), count], [["200 0"], 1]);
  assertMatch(socket.received, /\r\nconnection: close\r\n/);
  assertEquals(connection.phase, "rest");
  connection.close();
});

Deno.test("Connection ends when the client does", async () => {
  const { socket, finished } = setUp();
  await socket.send(GET);
  await socket.end();
  await finished;
  assertEquals(socket.isClosed, true);
});

Deno.test("Connection gives the handler what was asked for, whatever the Host is", async () => {
  for (
    const [target, host, isTls, url] of [
      ["/m?a=1", "x:9100", false, "http://x:9100/m?a=1"],
      ["/m", "x", true, "https://x/m"],
      ["/m", "", false, "http://localhost/m"],
      ["/m", "x/livez?", false, "http://localhost/m"],
      ["/m", "a b", false, "http://localhost/m"],
      ["http://y:80/m", "x", false, "http://y/m"],
    ] as const
  ) {
    const { socket, finished } = setUp({ isTls });
    await socket.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assertEquals(answers(socket), [`200 GET ${url}`], target);
    await socket.end();
    await finished;
  }
});

Deno.test("Connection refuses and closes, and throws away what still comes", async () => {
  for (
    const [text, status, isLast] of [
      ["GET / HTTP/1.1\r\n\r\n", 400, true],
      ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true],
      ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", 200, true],
      ["GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, false],
      ["GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, false],
      ["GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n", 400, false],
      ["TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405, false],
      ["head / HTTP/1.1\r\nHost: x\r\n\r\n", 405, false],
      // refused before they end, for they never would
      ["\x16\x03\x01\x02", 400, true],
      ["GET / HTTP/1.1\nHost: x\n\n", 400, true],
    ] as const
  ) {
    const { socket, connection } = setUp();
    await socket.send(text);
    assertMatch(socket.received, new RegExp(`^HTTP/1\\.1 ${status} `), text);
    assertEquals(connection.phase, isLast ? "rest" : "idle", text);
    assertEquals(
      [socket.isHalfClosed, socket.received.includes("connection: close")],
      [isLast, isLast],
      text,
    );
    connection.close();
  }
});

Deno.test("Connection discards up to a limit, then closes", async () => {
  const { socket, finished } = setUp();
  await socket.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  await socket.send("x".repeat(300_000));
  await finished;
  assertEquals(socket.isClosed, true);
});

Deno.test("Connection borrows a buffer for a large head only, and gives it back", async () => {
  const { socket, buffers, connection } = setUp();
  await socket.send(GET);
  await socket.send(`GET /a HTTP/1.1\r\nX: ${"x".repeat(5_000)}`);
  assertEquals([buffers, connection.isHolding], [["taken"], true]);
  await socket.send("\r\nHost: x\r\n\r\n");
  assertEquals([buffers, connection.isHolding], [["taken", "given"], false]);
  await socket.send(GET);
  assertEquals(answers(socket).length, 3);
  connection.close();
});

Deno.test("Connection refuses a head beyond 64 KiB", async () => {
  const { socket, buffers, finished } = setUp();
  await socket.send(`GET /a HTTP/1.1\r\nX: ${"x".repeat(65_600)}`);
  assertMatch(socket.received, /^HTTP\/1\.1 431 /);
  await socket.end();
  await finished;
  assertEquals(buffers, ["taken", "given"]);
});

Deno.test("Connection tells the client nothing of a handler that throws, or a body that fails", async () => {
  const errors: string[] = [];
  const onError = (error: unknown) => errors.push(String(error));
  const throwing = setUp({
    onError,
    handler: () => {
      throw new RangeError("secret");
    },
  });
  await throwing.socket.send(GET);
  assertEquals(answers(throwing.socket), ["500 Internal Server Error"]);
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("secret")) });
  const failing = setUp({ onError, handler: () => new Response(body) });
  await failing.socket.send(GET);
  await failing.finished;
  assertEquals([failing.socket.received, failing.socket.isClosed], ["", true]);
  assertEquals(errors, ["RangeError: secret", "Error: secret"]);
  throwing.connection.close();
});

Deno.test("Connection tells when the system has the whole answer, or the client is gone", async () => {
  const seen: string[] = [];
  const { socket, connection, finished } = setUp({
    handler: (_request, { hostname, completed }) => {
      completed?.().then(() => seen.push(hostname));
      return textReply(200, "ok\n");
    },
  });
  await socket.take(10);
  await socket.send(GET);
  assertEquals([seen, connection.phase], [[], "answer"]);
  await socket.take(1_000);
  assertEquals([seen, connection.phase], [["192.0.2.1"], "idle"]);
  await socket.take(10);
  await socket.send(GET);
  connection.close();
  await finished;
  await settle();
  assertEquals(seen.length, 2);
});

Deno.test("Connection moves its time on with every write that is taken", async () => {
  const { socket, clock, connection } = setUp();
  await socket.take(10);
  const startMs = clock.now();
  await socket.send(GET);
  await clock.advance(5_000);
  assertEquals(connection.sinceMs, startMs);
  await socket.take(10);
  assertEquals(connection.sinceMs, startMs + 5_000);
  connection.close();
});

Deno.test("Connection.stop() waits for an answer, and for nothing else", async () => {
  const idle = setUp();
  idle.connection.stop();
  await idle.finished;
  const busy = setUp();
  await busy.socket.take(10);
  await busy.socket.send(GET);
  busy.connection.stop();
  assertEquals(busy.socket.isClosed, false);
  await busy.socket.take(1_000);
  await busy.finished;
  assertEquals(answers(busy.socket), ["200 GET http://x/a"]);
});

Deno.test("Connection carries a thousand answers and says so at the last", async () => {
  const { socket, finished } = setUp({ handler: () => textReply(200, "") });
  for (let count = 0; count < 1_000; count++) await socket.send(GET);
  await finished;
  assertEquals(socket.received.split("HTTP/1.1 200 OK").length, 1_001);
  assertEquals(socket.received.split("connection: close").length, 2);
});

const POST = "POST /a HTTP/1.1\r\nHost: x\r\n";

/** Answers with what the body says. */
async function echo(request: Request, { body }: Remote): Promise<Response> {
  let text = "";
  for (let bytes = await body?.read(); bytes !== undefined; bytes = await body?.read()) {
    text += new TextDecoder().decode(bytes);
  }
  return textReply(200, `${request.method} ${text}\n`);
}

Deno.test("Connection hands a body on, and stays open when it was read", async () => {
  const { socket, connection } = setUp({ handler: echo });
  await socket.send(`${POST}Content-Length: 3\r\n\r\na`);
  assertEquals([connection.phase, connection.isBlocked], ["body", true]);
  await socket.send("bc");
  assertEquals([answers(socket), connection.phase], [["200 POST abc"], "idle"]);
  await socket.send(`${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n`);
  await socket.send(GET);
  assertEquals(answers(socket), ["200 POST abc", "200 POST de", "200 GET "]);
  assertEquals(connection.phase, "idle");
  connection.close();
});

Deno.test("Connection closes where a body was not read, or more than it was sent", async () => {
  for (
    const [text, handler, answer] of [
      [`${POST}Content-Length: 3\r\n\r\nabc`, undefined, "200 POST http://x/a"],
      [`${POST}Content-Length: 3\r\n\r\nabc${GET}`, echo, "200 POST abc"],
      [`${POST}Content-Length: 0\r\n\r\n${GET}`, echo, "200 POST "],
      [
        `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${GET}`,
        echo,
        "200 POST ",
      ],
    ] as const
  ) {
    const { socket, connection } = setUp(handler && { handler });
    await socket.send(text);
    // What follows is no request: nothing of it is answered.
    assertEquals([answers(socket), connection.phase], [[answer], "rest"], text);
    assertMatch(socket.received, /\r\nconnection: close\r\n/);
    connection.close();
  }
});

Deno.test("Connection tells the client to go on only where the body is read", async () => {
  const head = `${POST}Content-Length: 1\r\nExpect: 100-continue\r\n\r\n`;
  const reading = setUp({ handler: echo });
  await reading.socket.send(head);
  assertEquals(reading.socket.received, "HTTP/1.1 100 Continue\r\n\r\n");
  await reading.socket.send("x");
  assertMatch(reading.socket.received, /^HTTP\/1\.1 100 [^]*HTTP\/1\.1 200 OK/);
  const refusing = setUp({ handler: () => textReply(403, "no\n") });
  await refusing.socket.send(head);
  assertMatch(refusing.socket.received, /^HTTP\/1\.1 403 /);
  for (const { connection } of [reading, refusing]) connection.close();
});

Deno.test("Connection.stop() ends a wait for a body at once", async () => {
  const { socket, connection, finished } = setUp({ handler: echo });
  await socket.send(`${POST}Content-Length: 3\r\n\r\na`);
  connection.stop();
  await finished;
  assertEquals([socket.isClosed, socket.received], [true, ""]);
});

Deno.test("Connection sends a stream as it is made, and cancels it when the client goes", async () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = 0;
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void cancelled++,
  }, { highWaterMark: 0 });
  const { socket, finished } = setUp({
    handler: () => new StreamReply(stream, { headers: { "content-type": "text/event-stream" } }),
  });
  await socket.send(GET);
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" +
    "transfer-encoding: chunked\r\nconnection: close\r\ndate: NOW\r\n\r\n";
  assertEquals(socket.received, head, "the head does not wait for a first piece");
  controller?.enqueue(new TextEncoder().encode("data: 1\n\n"));
  await settle();
  assertEquals(socket.received, `${head}9\r\ndata: 1\n\n\r\n`);
  await socket.send(GET);
  assertEquals([cancelled, socket.isClosed], [0, false], "what it sends meanwhile is thrown away");
  await socket.end();
  await finished;
  assertEquals([cancelled, socket.isClosed], [1, true]);
});

Deno.test("Connection ends a stream in order, and then itself", async () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
  }, { highWaterMark: 0 });
  const { connection, socket, finished } = setUp({ handler: () => new StreamReply(stream) });
  await socket.send(GET);
  connection.stop();
  assertEquals(socket.isClosed, false);
  controller?.close();
  await finished;
  assert(socket.received.endsWith("\r\n\r\n0\r\n\r\n"));
});
