import { assertEquals, assertThrows } from "@std/assert";
import { HeadReader } from "../../src/devices/_head.ts";

const encoder = new TextEncoder();

Deno.test("HeadReader.read() knows a head again, and no other one for it", () => {
  const reader = new HeadReader();
  const read = (text: string) => {
    const bytes = encoder.encode(`..${text}..`);
    return reader.read(bytes, 2, bytes.length - 2);
  };
  const head = "HTTP/1.1 200 OK\r\nServer: Aa\r\nContent-Length: 12";
  const first = read(head);
  assertEquals(read(head) === first, true);
  // "Aa" and "BB" have the same hash.
  assertEquals(read(head.replace("Aa", "BB")).headers.get("server"), "BB");
  assertEquals(read(head).headers.get("server"), "Aa");
  assertEquals(read(head.replace("12", "13")).bodyEnd, 13);
  assertEquals(read(`${head}0`).bodyEnd, 120);
  assertThrows(() => read(head.slice(1)), SyntaxError, "The answer is no HTTP/1.1");
});

Deno.test("HeadReader.read() takes any number of heads", () => {
  const reader = new HeadReader();
  for (let length = 0; length < 2000; length++) {
    const bytes = encoder.encode(`HTTP/1.1 200 OK\r\nContent-Length: ${length}`);
    assertEquals(reader.read(bytes, 0, bytes.length).bodyEnd, length);
  }
});

Deno.test("HeadReader.read() remembers 256 heads, and then begins anew", () => {
  const reader = new HeadReader();
  const read = (length: number) => {
    const bytes = encoder.encode(`HTTP/1.1 200 OK\r\nContent-Length: ${length}`);
    return reader.read(bytes, 0, bytes.length);
  };
  const first = read(1_000);
  for (let length = 1_001; length < 1_256; length++) read(length);
  assertEquals(read(1_000) === first, true);
  read(1_256);
  assertEquals(read(1_000) === first, false);
});

Deno.test("HeadReader.read() remembers heads of up to 1,024 bytes", () => {
  const reader = new HeadReader();
  const isKnown = (length: number) => {
    const bytes = encoder.encode("HTTP/1.1 200 OK\r\nServer: ".padEnd(length, "x"));
    return reader.read(bytes, 0, length) === reader.read(bytes, 0, length);
  };
  assertEquals([isKnown(1_024), isKnown(1_025)], [true, false]);
});
