import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { openSyslogPort, type SyslogPortOptions } from "../../src/access/syslog_port.ts";
import { settle } from "../_support/fake_clock.ts";
import { freePort } from "../_support/free_port.ts";

/** A port whose messages can be waited for. */
async function openPort(options: Partial<SyslogPortOptions> = {}) {
  const messages: string[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let tooLong = 0;
  const settle = () => {
    for (const one of waiting) if (messages.length + tooLong >= one.count) one.resolve();
  };
  const port = await openSyslogPort({
    hostname: "127.0.0.1",
    port: 0,
    queue: {
      push(message) {
        messages.push(message);
        settle();
        return true;
      },
      isCrowded: false,
      drained: () => Promise.resolve(),
    },
    datagrams: {
      push(message) {
        messages.push(message);
        settle();
        return true;
      },
    },
    onTooLong() {
      tooLong++;
      settle();
    },
    onFailure: () => {},
    delay: () => Promise.resolve(),
    nextTurn: () => Promise.resolve(),
    ...options,
  });
  return {
    port,
    messages,
    tooLong: () => tooLong,
    /** Resolves when this number of messages has come. */
    arrived(count: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      settle();
      return promise;
    },
  };
}

async function sendDatagram(port: number, text: string): Promise<void> {
  const socket = createSocket("udp4");
  // The sandbox of the tests permits this address only.
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  await new Promise<void>((resolve) => socket.send(text, port, "127.0.0.1", () => resolve()));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

Deno.test("openSyslogPort() takes datagrams and connections at one port", async () => {
  const { arrived, messages, port, tooLong } = await openPort();
  await using opened = port;
  const { hostname, port: number } = opened.address;
  await sendDatagram(number, "<190>Oct 21 14:32:15 h nginx: one");
  await arrived(1);
  const connection = await Deno.connect({ hostname, port: number });
  await connection.write(new TextEncoder().encode("6 <1>two7 <1>thre"));
  await connection.write(new TextEncoder().encode("four"));
  await arrived(3);
  connection.close();
  await arrived(4);
  await sendDatagram(number, "x".repeat(17_000));
  await arrived(5);
  assertEquals(messages, ["<190>Oct 21 14:32:15 h nginx: one", "<1>two", "<1>thre", "four"]);
  assertEquals(tooLong(), 1);
});

Deno.test("openSyslogPort() counts a line of 1 MB, and goes on with the next", async () => {
  const { arrived, messages, port, tooLong } = await openPort();
  await using opened = port;
  const connection = await Deno.connect(opened.address);
  const bytes = new TextEncoder().encode(`a\n${"x".repeat(1_048_576)}\nb\n`);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  await arrived(3);
  assertEquals([messages, tooLong()], [["a", "b"], 1]);
  connection.close();
});

Deno.test("openSyslogPort() closes the longest silent connection for another", async () => {
  const { arrived, port } = await openPort({ maxConnections: 1 });
  await using opened = port;
  const first = await Deno.connect(opened.address);
  await first.write(new TextEncoder().encode("a\n"));
  await arrived(1);
  const second = await Deno.connect(opened.address);
  await second.write(new TextEncoder().encode("b\n"));
  await arrived(2);
  // The end of the first connection, which was closed at the other side.
  assertEquals(await first.read(new Uint8Array(1)), null);
  first.close();
  second.close();
});

Deno.test("openSyslogPort() lets a connection wait while the queue is crowded", async () => {
  const messages: string[] = [];
  let isCrowded = true;
  const room = Promise.withResolvers<void>();
  const came = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { port } = await openPort({
    queue: {
      push(message) {
        messages.push(message);
        if (messages.length === 2) came.resolve();
        return true;
      },
      get isCrowded() {
        return isCrowded;
      },
      drained() {
        asked.resolve();
        return room.promise;
      },
    },
  });
  await using opened = port;
  const connection = await Deno.connect(opened.address);
  await connection.write(new TextEncoder().encode("a\n"));
  await asked.promise;
  await connection.write(new TextEncoder().encode("b\n"));
  assertEquals(messages, ["a"]);
  isCrowded = false;
  room.resolve();
  await came.promise;
  assertEquals(messages, ["a", "b"]);
  connection.close();
});

Deno.test("openSyslogPort() reads no more connections than permitted while they wait", async () => {
  let [isCrowded, waiting, most] = [true, 0, 0];
  const [room, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { port } = await openPort({
    maxConnections: 1,
    queue: {
      push(message) {
        if (message === "c") last.resolve();
        return true;
      },
      get isCrowded() {
        return isCrowded;
      },
      async drained() {
        most = Math.max(most, ++waiting);
        await room.promise;
        waiting--;
      },
    },
  });
  await using opened = port;
  const connections: Deno.TcpConn[] = [];
  for (const text of ["a\n", "b\n", "c\n"]) {
    const connection = await Deno.connect(opened.address);
    await connection.write(new TextEncoder().encode(text));
    connections.push(connection);
  }
  // Closed for the second, which was accepted therefore. Its bytes arrived before: were it read,
  // it would be in one of the next turns of the event loop, however busy the machine is.
  assertEquals(await connections[0]?.read(new Uint8Array(1)), null);
  for (let turn = 0; turn < 20; turn++) await settle();
  isCrowded = false;
  room.resolve();
  await last.promise;
  assertEquals(most, 1);
  for (const connection of connections) connection.close();
});

Deno.test("openSyslogPort() says which setting to change", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const { message } = await assertRejects(() => openPort({ port }), Error);
  taken.close();
  assertEquals(message.startsWith(`Cannot listen for access logs on 127.0.0.1:${port}: `), true);
  assertEquals(message.endsWith("; look at ACCESS_LISTEN"), true);
  // Where UDP alone is taken, TCP is given back.
  const number = freePort();
  const udp = createSocket("udp4");
  await new Promise<void>((resolve) => udp.bind(number, "127.0.0.1", () => resolve()));
  await assertRejects(() => openPort({ port: number }), Error, "look at ACCESS_LISTEN");
  Deno.listen({ hostname: "127.0.0.1", port: number }).close();
  await new Promise<void>((resolve) => udp.close(() => resolve()));
});

Deno.test("openSyslogPort() keeps datagrams and connections apart", async () => {
  const came = Promise.withResolvers<string>();
  const { arrived, messages, port } = await openPort({
    // Full, as in a flood.
    datagrams: {
      push(message) {
        came.resolve(message);
        return false;
      },
    },
  });
  await using opened = port;
  await sendDatagram(opened.address.port, "flood");
  assertEquals(await came.promise, "flood");
  const connection = await Deno.connect(opened.address);
  await connection.write(new TextEncoder().encode("line\n"));
  await arrived(1);
  assertEquals(messages, ["line"]);
  connection.close();
});

Deno.test("openSyslogPort() lets other work run while empty lines flood it", async () => {
  let turns = 0;
  const { arrived, port } = await openPort({
    nextTurn() {
      turns++;
      return Promise.resolve();
    },
  });
  await using opened = port;
  const connection = await Deno.connect(opened.address);
  const bytes = new TextEncoder().encode(`${"\n".repeat(200_000)}a\n`);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  await arrived(1);
  // A fifth of a mebibyte, but 128 bytes are counted for each line.
  assert(turns >= 3, `${turns} turns`);
  connection.close();
});
