import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeRoom, STREAM, type StreamKind } from "../../src/embedded/_stream_frame.ts";
import { TailnetConnection } from "../../src/embedded/tailnet_connection.ts";
import { settle } from "./_fake_worker.ts";

const WINDOW = 65_536;

/** A link that records frames, and the Go program's side of one stream. */
class FakeLink {
  /** The kinds and payloads that were sent; of room its number. */
  readonly sent: (readonly [kind: StreamKind, payload: number | readonly number[]])[] = [];
  readonly attached: number[] = [];
  readonly detached: number[] = [];

  attach(id: number): void {
    this.attached.push(id);
  }

  detach(id: number): void {
    this.detached.push(id);
  }

  send(kind: StreamKind, id: number, payload: Uint8Array = new Uint8Array()): void {
    assertEquals(id, 7);
    this.sent.push([kind, kind === STREAM.room ? decodeRoom(payload) : [...payload]]);
  }
}

function open(remote = "100.64.0.2:5252") {
  const link = new FakeLink();
  const connection = new TailnetConnection(link, { id: 7, remote, peer: null });
  const receive = (kind: StreamKind, ...payload: readonly number[]) =>
    connection.receive({ kind, id: 7, payload: new Uint8Array(payload) });
  return { connection, link, receive };
}

Deno.test("TailnetConnection gives its stream room first", () => {
  const { link } = open();
  assertEquals([link.attached, link.sent], [[7], [[STREAM.room, WINDOW]]]);
});

Deno.test("TailnetConnection.read() gives what arrived, early or late, up to the end", async () => {
  const { connection, receive } = open();
  const into = new Uint8Array(2);
  assertEquals(await connection.read(new Uint8Array(0)), 0);
  receive(STREAM.data, 1, 2, 3);
  assertEquals([await connection.read(into), [...into]], [2, [1, 2]]);
  assertEquals([await connection.read(into), [...into]], [1, [3, 2]]);
  const late = connection.read(into);
  await settle();
  receive(STREAM.data, 4);
  receive(STREAM.end);
  assertEquals([await late, into[0]], [1, 4]);
  assertEquals(await connection.read(into), null);
  assertEquals(await connection.read(into), null);
});

Deno.test("TailnetConnection keeps small pieces apart from the messages that they came in", async () => {
  const { connection } = open();
  const message = new Uint8Array(100_000).fill(7);
  const buffers = new Set<ArrayBufferLike>();
  for (let at = 0; at < 10_000; at++) {
    connection.receive({ kind: STREAM.data, id: 7, payload: message.subarray(at, at + 1) });
  }
  const into = new Uint8Array(WINDOW);
  const counts: (number | null)[] = [];
  into.set = (bytes: Uint8Array) => void buffers.add(bytes.buffer);
  for (let left = 10_000; left > 0; left -= counts.at(-1) ?? 0) {
    counts.push(await connection.read(into));
  }
  assertEquals(counts, [4_096, 4_096, 1_808]);
  assert(!buffers.has(message.buffer));
});

Deno.test("TailnetConnection.read() gives room again for half a window, not for each read", async () => {
  const { connection, link, receive } = open();
  const into = new Uint8Array(10_000);
  for (let at = 0; at < 7; at++) {
    receive(STREAM.data, ...into);
    await connection.read(into);
  }
  assertEquals(link.sent.slice(1), [[STREAM.room, 40_000]]);
});

Deno.test("TailnetConnection.write() sends what there is room for, and waits for more", async () => {
  const { connection, link, receive } = open();
  const bytes = new Uint8Array(WINDOW + 9).fill(5);
  assertEquals(await connection.write(new Uint8Array()), 0);
  assertEquals(await connection.write(bytes.subarray(0, 3)), 3);
  assertEquals(await connection.write(bytes), WINDOW - 3);
  let count: number | undefined;
  const waiting = connection.write(bytes.subarray(0, 9)).then((written) => count = written);
  await settle();
  assertEquals(count, undefined);
  receive(STREAM.room, 8, 0, 0, 0);
  await waiting;
  assertEquals(count, 8);
  assertEquals(link.sent.slice(1).map(([kind, payload]) => [kind, String(payload).length]), [
    [STREAM.data, 5],
    [STREAM.data, 2 * (WINDOW - 3) - 1],
    [STREAM.data, 15],
  ]);
});

Deno.test("TailnetConnection.write() copies: the caller uses its buffer again", async () => {
  const { connection, link } = open();
  let sent: Uint8Array = new Uint8Array();
  link.send = (_kind, _id, payload = new Uint8Array()) => sent = new Uint8Array(payload.buffer);
  const bytes = new Uint8Array([1, 2]);
  await connection.write(bytes);
  bytes.fill(9);
  assertEquals([...sent], [1, 2]);
});

Deno.test("TailnetConnection passes a broken connection on, after what arrived before", async () => {
  const { connection, link, receive } = open();
  receive(STREAM.data, 1);
  receive(STREAM.close, ...new TextEncoder().encode("reset by peer"));
  const into = new Uint8Array(4);
  assertEquals(await connection.read(into), 1);
  await assertRejects(() => connection.read(into), Error, "reset by peer");
  await assertRejects(() => connection.write(into), Error, "reset by peer");
  await connection.closeWrite();
  assertEquals(link.sent.length, 1, "nothing is sent on it");
});

Deno.test("TailnetConnection.close() ends pending reads and writes, and closes once", async () => {
  const { connection, link } = open();
  await connection.write(new Uint8Array(WINDOW));
  const pending = [
    connection.read(new Uint8Array(1)).catch((error) => error.message),
    connection.write(new Uint8Array(1)).catch((error) => error.message),
  ];
  await connection.closeWrite();
  connection.close();
  connection.close();
  connection.setNoDelay();
  assertEquals(await Promise.all(pending), Array(2).fill("The connection is closed"));
  assertEquals(link.sent.slice(2), [[STREAM.end, []], [STREAM.close, []]]);
  assertEquals(link.detached, [7]);
});

Deno.test("TailnetConnection knows the other end, in both families", () => {
  assertEquals(open().connection.remoteAddr, { hostname: "100.64.0.2", port: 5252 });
  assertEquals(open("[fd7a:115c:a1e0::1]:80").connection.remoteAddr, {
    hostname: "fd7a:115c:a1e0::1",
    port: 80,
  });
  assert(open().connection.peer === undefined);
});
