import { assertEquals, assertRejects } from "@std/assert";
import { STREAM, type StreamKind } from "../../src/embedded/_stream_frame.ts";
import { TailnetConnection } from "../../src/embedded/tailnet_connection.ts";
import { TailnetListener } from "../../src/embedded/listener.ts";

/** A connection, and how often it was closed. */
function open(closed: number[], id: number): TailnetConnection {
  const link = {
    attach() {},
    detach() {},
    send(kind: StreamKind) {
      if (kind === STREAM.close) closed.push(id);
    },
  };
  return new TailnetConnection(link, { id, remote: "100.64.0.2:1", peer: null });
}

Deno.test("TailnetListener.accept() gives connections in order, early or late", async () => {
  const listener = new TailnetListener(9100, () => {});
  const [one, two] = [open([], 1), open([], 2)];
  listener.offer(one);
  assertEquals(await listener.accept(), one);
  const next = listener.accept();
  listener.offer(two);
  assertEquals(await next, two);
  assertEquals(listener.addr, { hostname: "tailnet", port: 9100 });
});

Deno.test("TailnetListener.close() closes what waits, and ends accept()", async () => {
  let count = 0;
  const closed: number[] = [];
  const listener = new TailnetListener(9100, () => count++);
  listener.offer(open(closed, 1));
  listener.close();
  listener.close();
  listener.offer(open(closed, 2));
  assertEquals([closed, count], [[1, 2], 1]);
  await assertRejects(() => listener.accept(), Error, "is closed");
  const other = new TailnetListener(9100, () => {});
  const waiting = other.accept();
  other.close();
  await assertRejects(() => waiting, Error, "is closed");
});

Deno.test("TailnetListener keeps 128 connections waiting, and closes further ones", () => {
  const closed: number[] = [];
  const listener = new TailnetListener(9100, () => {});
  for (let id = 0; id < 130; id++) listener.offer(open(closed, id));
  assertEquals(closed, [128, 129]);
});
