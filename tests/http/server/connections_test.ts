import { assertEquals } from "@std/assert";
import { Connection, type ConnectionOptions } from "../../../src/http/server/connection.ts";
import type { Remote } from "../../../src/http/server/remote.ts";
import { Connections, type ConnectionsOptions } from "../../../src/http/server/connections.ts";
import { textReply } from "../../../src/http/reply.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { FakeSocket } from "./_fake_socket.ts";

const GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

function setUp(options: Partial<ConnectionsOptions> = {}) {
  const clock = new FakeClock();
  const crowded: string[] = [];
  const connections = new Connections({
    now: clock.now,
    onCrowded: (address) => crowded.push(address),
    ...options,
  });
  async function open(
    hostname: string,
    first = "",
    answer: ConnectionOptions["handler"] = () => textReply(200, "ok\n"),
  ) {
    const socket = new FakeSocket();
    const connection = new Connection(socket, {
      hostname,
      isTls: false,
      handler: answer,
      now: clock.now,
      date: () => "NOW",
      yieldTurn: () => connections.yieldTurn(),
      buffers: connections,
    });
    const finished = connections.serve(connection);
    if (first !== "") await socket.send(first);
    await clock.advance(1);
    return { socket, connection, finished };
  }
  return { clock, crowded, connections, open };
}

Deno.test("Connections closes the longest idle connection of the address that has most", async () => {
  const { connections, crowded, open } = setUp({ max: 4 });
  const quiet = await open("192.0.2.1");
  const many = [await open("192.0.2.2"), await open("192.0.2.2"), await open("192.0.2.2")];
  await many[0]?.socket.send(GET);
  await open("192.0.2.3");
  // the first of the three has just been answered
  assertEquals(many.map(({ socket }) => socket.isClosed), [false, true, false]);
  assertEquals([quiet.socket.isClosed, crowded, connections.size], [false, ["192.0.2.2"], 4]);
  connections.stop();
});

/** Makes a connection send an answer of which its client takes ten bytes. */
async function stall({ socket }: { readonly socket: FakeSocket }): Promise<void> {
  await socket.take(10);
  await socket.send(GET);
}

Deno.test("Connections takes no more while all have an answer under way that moves", async () => {
  const { connections, crowded, open } = setUp({ max: 2 });
  const busy = [await open("192.0.2.1"), await open("192.0.2.2")];
  for (const each of busy) await stall(each);
  const late = await open("192.0.2.3");
  assertEquals(late.socket.isClosed, true);
  assertEquals(busy.map(({ socket }) => socket.isClosed), [false, false]);
  assertEquals(crowded, ["192.0.2.3"]);
  for (const { connection, finished } of busy) {
    connection.close();
    await finished;
  }
  assertEquals(connections.size, 0);
});

Deno.test("Connections closes an answer that stands still for a second, for another", async () => {
  const { clock, connections, crowded, open } = setUp({ max: 3 });
  const busy = [await open("192.0.2.1"), await open("192.0.2.2"), await open("192.0.2.4")];
  for (const each of busy) await stall(each);
  await clock.advance(500);
  await busy[0]?.socket.take(10);
  await clock.advance(500);
  // of those that stand still the one that does so longest
  const next = await open("192.0.2.3");
  assertEquals([...busy, next].map(({ socket }) => socket.isClosed), [false, true, false, false]);
  // an address takes none of the connections of those that have as many
  await stall(next);
  const second = await open("192.0.2.3");
  assertEquals([second, ...busy].map(({ socket }) => socket.isClosed), [true, false, true, false]);
  assertEquals(crowded, ["192.0.2.2", "192.0.2.3"]);
  for (const { connection } of [...busy, next]) connection.close();
  await settle();
  assertEquals(connections.size, 0);
});

Deno.test("Connections does not hold an answer that is being made against its reader", async () => {
  const { clock, crowded, open } = setUp({ max: 5 });
  const making = Promise.withResolvers<Response>();
  const busy = [];
  for (const hostname of ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]) {
    busy.push(await open(hostname, GET, () => making.promise));
  }
  await clock.advance(5_000);
  const late = await open("192.0.2.5");
  assertEquals([late, ...busy].map(({ socket }) => socket.isClosed), [
    true,
    ...busy.map(() => false),
  ]);
  // From now on all wait for their readers.
  for (const { socket } of busy) await socket.take(0);
  making.resolve(textReply(200, "ok\n"));
  await clock.advance(999);
  await open("192.0.2.5");
  assertEquals(busy.map(({ socket }) => socket.isClosed), busy.map(() => false));
  await clock.advance(1);
  await open("192.0.2.5");
  assertEquals(busy.map(({ socket }) => socket.isClosed), [true, false, false, false, false]);
  assertEquals(crowded, ["192.0.2.5", "192.0.2.5", "192.0.2.1"]);
  for (const { connection } of busy) connection.close();
});

Deno.test("Connections closes answers of an address that has more than half of all", async () => {
  const { connections, crowded, open } = setUp({ max: 4 });
  const idle = await open("192.0.2.1");
  const busy = [await open("192.0.2.2"), await open("192.0.2.2"), await open("192.0.2.2")];
  for (const each of busy) await stall(each);
  const late = await open("192.0.2.3");
  assertEquals(
    [idle, ...busy, late].map(({ socket }) => socket.isClosed),
    [false, true, false, false, false],
  );
  assertEquals(crowded, ["192.0.2.2"]);
  connections.stop();
  for (const { connection } of busy) connection.close();
});

Deno.test("Connections takes 512 connections", async () => {
  const { connections, crowded, open } = setUp();
  const sockets: FakeSocket[] = [];
  for (let count = 0; count < 513; count++) sockets.push((await open("192.0.2.1")).socket);
  await settle();
  assertEquals([connections.size, crowded.length], [512, 1]);
  assertEquals(sockets.filter(({ isClosed }) => isClosed), sockets.slice(0, 1));
  connections.stop();
});

Deno.test("Connections bounds the unfinished large heads, and closes the oldest beyond", async () => {
  const { connections, crowded, open } = setUp({ maxLargeHeads: 2 });
  const half = `GET /a HTTP/1.1\r\nX: ${"x".repeat(3_000)}`;
  const first = await open("192.0.2.1", half);
  const second = await open("192.0.2.2", half);
  const small = await open("192.0.2.3", "GET");
  const third = await open("192.0.2.4", half);
  assertEquals(
    [first, second, small, third].map(({ socket }) => socket.isClosed),
    [true, false, false, false],
  );
  assertEquals(crowded, ["192.0.2.1"]);
  // a head that ends is answered, and leaves its buffer to the next
  await third.socket.send("\r\nHost: x\r\n\r\n");
  assertEquals(third.socket.received.startsWith("HTTP/1.1 200 OK"), true);
  await open("192.0.2.5", half);
  assertEquals([second.socket.isClosed, crowded.length], [false, 1]);
  connections.stop();
});

for (
  const [phase, first, ms] of [
    ["idle", "", 180_000],
    ["idle", GET, 180_000],
    ["head", "GET /a", 10_000],
    ["rest", "PRI * HTTP/2.0\r\n\r\n", 5_000],
  ] as const
) {
  Deno.test(`Connections closes one that is ${phase} for ${ms} ms, ${first.length} bytes sent`, async () => {
    const { clock, connections, open } = setUp();
    const { socket, connection, finished } = await open("192.0.2.1", first);
    assertEquals(connection.phase, phase);
    await clock.advance(ms - 1);
    connections.closeLate();
    assertEquals(socket.isClosed, false);
    await clock.advance(1);
    connections.closeLate();
    await finished;
    assertEquals([socket.isClosed, connections.size], [true, 0]);
  });
}

Deno.test("Connections closes one whose client takes nothing of an answer for 90 s", async () => {
  const { clock, connections, open } = setUp();
  const { socket, connection } = await open("192.0.2.1");
  await socket.take(10);
  await socket.send(GET);
  await clock.advance(60_000);
  await socket.take(10);
  await clock.advance(90_000);
  connections.closeLate();
  assertEquals([connection.phase, socket.isClosed], ["answer", false]);
  await clock.advance(1);
  connections.closeLate();
  assertEquals(socket.isClosed, true);
});

Deno.test("Connections yields a turn of the event loop after 64 pieces of work", async () => {
  const turns: (() => void)[] = [];
  const { connections } = setUp({ nextTurn: (callback) => turns.push(callback) });
  for (let count = 0; count < 63; count++) assertEquals(connections.yieldTurn(), undefined);
  let isOver = false;
  const waiting = [connections.yieldTurn(), connections.yieldTurn()];
  Promise.all(waiting).then(() => isOver = true);
  await settle();
  assertEquals([turns.length, isOver], [1, false]);
  turns[0]?.();
  await settle();
  assertEquals([isOver, connections.yieldTurn()], [true, undefined]);
});

Deno.test("Connections closes a request whose body stands still, and one for want of room", async () => {
  const { clock, connections, open } = setUp({ max: 2 });
  const read = async (_: Request, { body }: Remote) => {
    while (await body?.read() !== undefined);
    return textReply(200, "ok\n");
  };
  const POST = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
  const still = await open("192.0.2.1", POST, read);
  const moving = await open("192.0.2.1", POST, read);
  await clock.advance(9_000);
  await moving.socket.send("a");
  await clock.advance(1_100);
  connections.closeLate();
  assertEquals([still.socket.isClosed, moving.socket.isClosed], [true, false]);
  await open("192.0.2.2");
  // It sent something within the last second, then not.
  await moving.socket.send("b");
  await open("192.0.2.3");
  assertEquals([moving.socket.isClosed, connections.size], [false, 2]);
  await clock.advance(1_100);
  const other = await open("192.0.2.1", POST, read);
  await clock.advance(1_100);
  await open("192.0.2.3");
  assertEquals([moving.socket.isClosed, other.socket.isClosed], [true, false]);
  connections.stop();
});
