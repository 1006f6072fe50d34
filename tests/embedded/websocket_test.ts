import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { NoDelayWebSocket } from "../../src/embedded/websocket.ts";
import { FakeServer, frameOf } from "./_fake_server.ts";
import { settle } from "./_fake_worker.ts";

const URL_OF_DERP = new URL("wss://derp.example:8443/derp?x=1");

interface Watched {
  readonly socket: NoDelayWebSocket;
  readonly log: (readonly unknown[])[];
  readonly messages: Uint8Array[];
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  /** Ends the waits that the socket asked for. */
  readonly elapse: () => void;
}

/** Opens a socket and records what it tells. */
function watch(server: FakeServer): Watched {
  const [log, messages] = [[] as (readonly unknown[])[], [] as Uint8Array[]];
  const waiting: (() => void)[] = [];
  const socket = new NoDelayWebSocket(
    {
      connect: () => Promise.resolve(server.connection),
      after: (_ms, callback) => void waiting.push(callback),
    },
    URL_OF_DERP,
    ["derp"],
  );
  const [opened, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  socket.addEventListener("open", () => {
    log.push(["open", socket.protocol]);
    opened.resolve();
  });
  socket.addEventListener("message", ({ data }) => {
    assert(data instanceof ArrayBuffer);
    messages.push(new Uint8Array(data));
  });
  socket.addEventListener("close", ({ code, wasClean }) => {
    log.push(["close", code, wasClean]);
    closed.resolve();
  });
  const elapse = () => waiting.splice(0).forEach((callback) => callback());
  return { socket, log, messages, opened: opened.promise, closed: closed.promise, elapse };
}

/** The bytes of all messages. */
function joined(messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(messages.flatMap((message) => [...message]));
}

/** Bytes that tell where they belong. */
function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 255);
}

Deno.test("NoDelayWebSocket takes messages of each length, whatever the cuts", async () => {
  const length = fc.oneof(
    fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000),
    fc.integer({ min: 0, max: 3_000 }),
  );
  const sizes = fc.array(length, { maxLength: 5 });
  const cuts = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, cuts, fc.boolean(), async (sizes, cuts, isFragmented) => {
      let at = 0;
      const server = new FakeServer(() => cuts[at++ % cuts.length] ?? 1);
      const { closed, log, messages, opened } = watch(server);
      const accepted = server.accept();
      await opened;
      await accepted;
      for (const size of sizes) {
        const message = bytesOf(size);
        const middle = size >> 1;
        if (isFragmented) {
          server.send(
            frameOf(2, message.subarray(0, middle), false),
            frameOf(9, new Uint8Array([1])),
            frameOf(0, message.subarray(middle)),
          );
        } else server.send(frameOf(2, message));
      }
      server.send(frameOf(8, new Uint8Array([3, 232])));
      await closed;
      assertEquals(log, [["open", "derp"], ["close", 1000, true]]);
      assertEquals(joined(messages), joined(sizes.map(bytesOf)));
      assert(messages.every(({ length }) => length <= Math.max(32_768, ...sizes)));
    }),
    { numRuns: 40 },
  );
});

Deno.test("NoDelayWebSocket gives binary messages that arrive together as one, up to 32 KiB", async () => {
  const server = new FakeServer();
  const { closed, log, messages, opened } = watch(server);
  await Promise.all([server.accept(), opened]);
  const sizes = [10, 0, 20_000, 12_000, 800];
  const binary = sizes.flatMap((size) => [...frameOf(2, bytesOf(size))]);
  server.send(new Uint8Array([...binary, ...frameOf(8, new Uint8Array())]));
  await closed;
  assertEquals(messages.map(({ length }) => length), [32_010, 800]);
  assertEquals(joined(messages), joined(sizes.map(bytesOf)));
  assertEquals(log, [["open", "derp"], ["close", 1005, true]]);
});

Deno.test("NoDelayWebSocket sends the messages of one turn in one write", async () => {
  const server = new FakeServer();
  const { opened, socket } = watch(server);
  await Promise.all([server.accept(), opened]);
  const before = server.writes;
  for (const size of [1, 2, 3]) socket.send(bytesOf(size));
  for (const size of [1, 2, 3]) {
    assertEquals(await server.receive(), { op: 2, payload: bytesOf(size) });
  }
  assertEquals(server.writes, before + 1);
});

Deno.test("NoDelayWebSocket sends a message at once, at whatever turn a write ends", async () => {
  for (let turns = 0; turns < 20; turns++) {
    const server = new FakeServer();
    const { opened, socket } = watch(server);
    await Promise.all([server.accept(), opened]);
    const before = server.writes;
    const writing = Promise.withResolvers<void>();
    server.hold = writing.promise;
    socket.send(bytesOf(1));
    await settle();
    server.hold = undefined;
    writing.resolve();
    for (let turn = 0; turn < turns; turn++) await undefined;
    socket.send(bytesOf(2));
    await settle();
    assertEquals(server.writes - before, 2, `${turns} turns after the write`);
  }
});

Deno.test("NoDelayWebSocket asks as RFC 6455 wants it", async () => {
  const server = new FakeServer();
  const { closed } = watch(server);
  const head = await server.accept("HTTP/1.1 403 Forbidden\r\n\r\n");
  await closed;
  const lines = head.trimEnd().split("\r\n");
  assertEquals(lines.filter((line) => !line.startsWith("Sec-WebSocket-Key: ")), [
    "GET /derp?x=1 HTTP/1.1",
    "Host: derp.example:8443",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: derp",
  ]);
});

Deno.test("NoDelayWebSocket sends masked frames, and answers pings", async () => {
  const server = new FakeServer();
  const { closed, log, opened, socket } = watch(server);
  await Promise.all([server.accept(), opened]);
  for (const size of [0, 5, 125, 126, 65_535, 65_536, 300_000]) {
    socket.send(bytesOf(size));
    assertEquals(await server.receive(), { op: 2, payload: bytesOf(size) });
  }
  server.send(frameOf(9, new Uint8Array([1, 2, 3])), frameOf(10, new Uint8Array()));
  assertEquals(await server.receive(), { op: 10, payload: new Uint8Array([1, 2, 3]) });
  server.send(frameOf(8, new Uint8Array([3, 233, 98, 121, 101])));
  assertEquals(await server.receive(), { op: 8, payload: new Uint8Array([3, 233]) });
  await closed;
  assertEquals(log, [["open", "derp"], ["close", 1001, true]]);
  assertThrows(() => socket.send(bytesOf(1)), DOMException, "not open");
});

const VIOLATIONS: Readonly<Record<string, Uint8Array>> = {
  "a masked frame": new Uint8Array([130, 129, 0, 0, 0, 0, 1]),
  "reserved bits": new Uint8Array([194, 1, 1]),
  "a text": frameOf(1, new TextEncoder().encode("5")),
  "an unknown type": new Uint8Array([131, 1, 1]),
  "a long ping": frameOf(9, new Uint8Array(126)),
  "a fragmented ping": frameOf(9, new Uint8Array(1), false),
  "a continuation of nothing": frameOf(0, new Uint8Array(1)),
  "a message inside another": new Uint8Array([
    ...frameOf(2, new Uint8Array(1), false),
    ...frameOf(2, new Uint8Array(1)),
  ]),
  "a length of 2^63": new Uint8Array([130, 127, 128, 0, 0, 0, 0, 0, 0, 0]),
  "a message that is too long": new Uint8Array([
    ...frameOf(2, new Uint8Array(4_000_000), false),
    ...frameOf(0, new Uint8Array(4_000_000)),
  ]),
  "a message of empty pieces without end": new Uint8Array([
    ...frameOf(2, new Uint8Array(), false),
    ...Array.from({ length: 70_000 }, () => [...frameOf(0, new Uint8Array(), false)]).flat(),
  ]),
  "the end inside a frame": new Uint8Array([130, 5, 1]),
};

for (const [name, bytes] of Object.entries(VIOLATIONS)) {
  Deno.test(`NoDelayWebSocket gives up after ${name}`, async () => {
    const server = new FakeServer();
    const { closed, log, opened } = watch(server);
    await Promise.all([server.accept(), opened]);
    server.send(bytes);
    if (name.startsWith("the end")) server.close();
    await closed;
    assertEquals(log, [["open", "derp"], ["close", 1006, false]]);
  });
}

Deno.test("NoDelayWebSocket fails where there is no WebSocket", async () => {
  const answers = [
    "HTTP/1.1 403 No\r\n\r\n",
    "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
    "nonsense\r\n\r\n",
    "x".repeat(20_000),
  ];
  for (const answer of answers) {
    const server = new FakeServer();
    const { closed, log } = watch(server);
    await Promise.all([server.accept(answer), closed]);
    assertEquals(log, [["close", 1006, false]]);
  }
  const refused = new NoDelayWebSocket(
    { connect: () => Promise.reject(new Error("connection refused")) },
    URL_OF_DERP,
  );
  const { promise, resolve } = Promise.withResolvers<unknown>();
  refused.addEventListener("close", ({ reason }) => resolve(reason));
  assertEquals(await promise, "Error: connection refused");
});

Deno.test("NoDelayWebSocket.close() says farewell once, and hears nothing any more", async () => {
  const server = new FakeServer();
  const { closed, elapse, log, messages, opened, socket } = watch(server);
  await Promise.all([server.accept(), opened]);
  socket.close();
  socket.close();
  assertEquals(await server.receive(), { op: 8, payload: new Uint8Array([3, 232]) });
  // It is read when the socket is closed already.
  server.send(frameOf(2, bytesOf(5)));
  elapse();
  await closed;
  await settle();
  assertEquals([log, messages], [[["open", "derp"], ["close", 1000, true]], []]);
});

Deno.test("NoDelayWebSocket.close() works before the socket is open", async () => {
  const { closed, elapse, log, socket } = watch(new FakeServer());
  socket.close();
  elapse();
  await closed;
  assertEquals(log, [["close", 1000, false]]);
});

Deno.test("NoDelayWebSocket gives up when the network takes nothing", async () => {
  const server = new FakeServer();
  const { closed, log, opened, socket } = watch(server);
  await Promise.all([server.accept(), opened]);
  server.isBlocked = true;
  let sent = 0;
  for (; sent < 40 && socket.readyState === 1; sent++) socket.send(new Uint8Array(1 << 20));
  await closed;
  assert(sent >= 16 && sent < 20, `${sent} MiB`);
  assertEquals(log.at(-1), ["close", 1006, false]);
});
