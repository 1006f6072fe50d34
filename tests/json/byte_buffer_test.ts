import { assertEquals } from "@std/assert";
import { ByteBuffer } from "../../src/json/byte_buffer.ts";

Deno.test("ByteBuffer.take() gives all that was appended and starts again", () => {
  const buffer = new ByteBuffer(100_000);
  const wanted: number[] = [];
  for (let at = 0; at < 9_000; at++) {
    buffer.append(new Uint8Array([at & 255, 7]));
    wanted.push(at & 255, 7);
  }
  assertEquals(buffer.length, 18_000);
  assertEquals([...buffer.view(2, 4)], [1, 7]);
  assertEquals([...buffer.take()], wanted);
  buffer.append(new Uint8Array([1]));
  assertEquals([...buffer.take()], [1]);
  assertEquals([...buffer.take()], []);
});

Deno.test("ByteBuffer.append() drops everything beyond the bound, but not the length", () => {
  const buffer = new ByteBuffer(4);
  buffer.append(new Uint8Array(4));
  assertEquals([buffer.length, buffer.isOver], [4, false]);
  buffer.append(new Uint8Array(1));
  buffer.append(new Uint8Array(2));
  assertEquals([buffer.length, buffer.isOver], [7, true]);
  buffer.take();
  assertEquals([buffer.length, buffer.isOver], [0, false]);
});
