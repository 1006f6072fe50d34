import { assertEquals, assertThrows } from "@std/assert";
import { HeadReader, parseHead } from "../../src/devices/_response_head.ts";

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
  assertThrows(() => read(head.slice(1)), SyntaxError, "wanted an HTTP/1.1 status line");
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

Deno.test("parseHead() trims a value of blanks and tabs", () => {
  const { bodyEnd, keepsAlive } = parseHead(
    "HTTP/1.1 200 OK\r\nContent-Length: \t 7 \t\r\nConnection: x \t, \tclose\t",
  );
  assertEquals([bodyEnd, keepsAlive], [7, false]);
});

Deno.test("parseHead() takes nothing else for white space, where a proxy would not", () => {
  for (const blank of ["\v", "\f", "\u0085", "\u00a0"]) {
    for (const value of [`${blank}7`, `7${blank}`]) {
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${value}`;
      assertThrows(() => parseHead(head), SyntaxError, "conflicting or invalid Content-Length");
    }
    const coded = `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${blank}chunked`;
    assertThrows(() => parseHead(coded), SyntaxError, "conflicting or invalid Content-Length");
    const head = parseHead(`HTTP/1.1 200 OK\r\nContent-Encoding: identity${blank}`);
    assertEquals(head.headers.get("content-encoding"), `identity${blank}`);
  }
});

Deno.test("parseHead() keeps blanks within a value", () => {
  const blanks = " ".repeat(16_000);
  const { headers } = parseHead(`HTTP/1.1 200 OK\r\nConnection: a${blanks}b\r\nX: a${blanks}`);
  assertEquals([headers.get("connection")?.length, headers.get("x")], [16_002, "a"]);
});
