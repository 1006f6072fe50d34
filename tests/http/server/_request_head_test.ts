import { assert, assertEquals } from "@std/assert";
import {
  findHeadEnd,
  type Head,
  type HeadFault,
  isHopeless,
  readHead,
} from "../../../src/http/server/_request_head.ts";

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function read(...lines: readonly string[]): Head | HeadFault {
  return readHead(bytesOf(`${lines.join("\r\n")}\r\n\r\n`));
}

function statusOf(...lines: readonly string[]): number {
  const head = read(...lines);
  return "status" in head ? head.status : 200;
}

Deno.test("findHeadEnd() finds the empty line, however the bytes came", () => {
  const bytes = bytesOf("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next");
  for (let from = 0; from <= 26; from++) assertEquals(findHeadEnd(bytes, from), 27, `${from}`);
  assertEquals(findHeadEnd(bytes.subarray(0, 26), 0), undefined);
  assertEquals(findHeadEnd(bytesOf("GET / HTTP/1.1\n\n\r\n"), 0), undefined);
  assertEquals(findHeadEnd(bytesOf("\r\n\r\n"), 0), 4);
});

Deno.test("isHopeless() knows from its first bytes what is no head", () => {
  for (
    const [text, isOver] of [
      ["", false],
      ["G", false],
      ["GET / HTTP/1.1\r\nHo", false],
      ["GET / HTTP/1.1\r", false],
      ["\r\n", false],
      ["GET / HTTP/1.1\n", true],
      ["GET / HTTP/1.1\r\nHost: x\n", true],
      ["\n", true],
      ["\x16\x03\x01", true],
      ["\0", true],
      [" GET", true],
      ["\xff", true],
    ] as const
  ) assertEquals(isHopeless(bytesOf(text), 0), isOver, JSON.stringify(text));
  // what was looked at before is not looked at again
  assertEquals(isHopeless(bytesOf("GET / HTTP/1.1\nHost"), 15), false);
});

Deno.test("readHead() reads method, target and headers as they were sent", () => {
  assertEquals(read("GET /a?b HTTP/1.1", "Host: x:9100", "X-Odd: \t\xe9 b\t "), {
    method: "GET",
    target: "/a?b",
    headers: [["Host", "x:9100"], ["X-Odd", "\xe9 b"]],
    isOld: false,
    isKeptOpen: true,
    bodyLength: undefined,
    expectsContinue: false,
  });
});

Deno.test("readHead() tells whether the connection is kept, by version and header", () => {
  for (
    const [version, connection, isKeptOpen] of [
      ["1.1", undefined, true],
      ["1.1", "close", false],
      ["1.1", "TE, Close", false],
      ["1.0", undefined, false],
      ["1.0", "Keep-Alive", true],
      ["1.0", "close", false],
    ] as const
  ) {
    const more = connection === undefined ? [] : [`Connection: ${connection}`];
    const head = read(`GET / HTTP/${version}`, "Host: x", ...more);
    assert(!("status" in head));
    assertEquals([head.isKeptOpen, head.isOld], [isKeptOpen, version === "1.0"], connection);
  }
});

Deno.test("readHead() tells how the end of the body is found", () => {
  for (
    const [header, bodyLength] of [
      ["X-No: body", undefined],
      ["Content-Length: 0", 0],
      ["Content-Length: 1", 1],
      ["Content-Length: 00", 0],
      ["Content-Length: 1000000000000", 1e12],
      ["Transfer-Encoding: Chunked", "chunked"],
    ] as const
  ) {
    const head = read("POST / HTTP/1.1", "Host: x", header);
    assertEquals("status" in head ? "refused" : head.bodyLength, bodyLength, header);
  }
});

Deno.test("readHead() tells that the client waits before it sends the body", () => {
  for (
    const [version, header, expectsContinue] of [
      ["1.1", "Expect: 100-continue", true],
      ["1.1", "expect: 100-Continue", true],
      ["1.1", "Expect: 100-continue, other", false],
      ["1.1", "X-Expect: 100-continue", false],
      // It could not read the interim answer.
      ["1.0", "Expect: 100-continue", false],
    ] as const
  ) {
    const head = read(`POST / HTTP/${version}`, "Host: x", "Content-Length: 1", header);
    assertEquals("status" in head ? undefined : head.expectsContinue, expectsContinue, header);
  }
});

Deno.test("readHead() refuses what two programs could read in two ways", () => {
  const host = "Host: x";
  for (
    const lines of [
      ["GET / HTTP/1.1"],
      ["GET / HTTP/1.1", host, host],
      ["GET / HTTP/1.1", host, " folded"],
      ["GET / HTTP/1.1", host, "No Colon"],
      ["GET / HTTP/1.1", host, "Blank : 1"],
      ["GET / HTTP/1.1", host, ": 1"],
      ["GET / HTTP/1.1", host, "A: 1\n2"],
      ["GET / HTTP/1.1", host, "A: 1\r2"],
      ["GET / HTTP/1.1", host, "A: 1\u00002"],
      ["GET  / HTTP/1.1", host],
      ["GET /a b HTTP/1.1", host],
      ["GET / HTTP/1.2", host],
      ["GET / HTTP/2.0", host],
      ["GET / http/1.1", host],
      ["GET /", host],
      ["G@T / HTTP/1.1", host],
      [`${"A".repeat(33)} / HTTP/1.1`, host],
      ["", host],
      ["GET / HTTP/1.1", host, "Content-Length:"],
      ["GET / HTTP/1.1", host, "Content-Length: x"],
      ["GET / HTTP/1.1", host, "Content-Length: -1"],
      ["GET / HTTP/1.1", host, "Content-Length: +1"],
      ["GET / HTTP/1.1", host, "Content-Length: 0x1"],
      ["GET / HTTP/1.1", host, "Content-Length: 1, 1"],
      ["GET / HTTP/1.1", host, `Content-Length: ${"1".repeat(16)}`],
      ["GET / HTTP/1.1", host, "Content-Length: 0", "Content-Length: 5"],
      ["GET / HTTP/1.1", host, "Content-Length: 0", "Transfer-Encoding: chunked"],
      ["GET / HTTP/1.1", host, "Transfer-Encoding:"],
      ["GET / HTTP/1.1", host, "Transfer-Encoding: identity"],
      ["GET / HTTP/1.1", host, "Transfer-Encoding: gzip, chunked"],
      ["GET / HTTP/1.1", host, "Transfer-Encoding: xchunked"],
      ["GET / HTTP/1.1", host, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
      ["GET / HTTP/1.0", "Transfer-Encoding: chunked"],
      ["GET / HTTP/1.1", host, "transfer-encoding : x"],
    ]
  ) assertEquals(statusOf(...lines), 400, lines.join("|"));
  // HTTP/1.0 had no Host
  assertEquals(statusOf("GET / HTTP/1.0"), 200);
});

Deno.test("readHead() trims values of blanks and tabs only, however many there are", () => {
  // An expression that tries every way to share the blanks takes 17 s for these.
  const blanks = " \t".repeat(30_000);
  assertEquals(statusOf("GET / HTTP/1.1", "Host: x", `X:${blanks}\x01`), 400);
  const head = read("GET / HTTP/1.1", `Host:${blanks}x${blanks}`, "Connection: \xa0close");
  assert(!("status" in head));
  assertEquals(head.headers, [["Host", "x"], ["Connection", "\xa0close"]]);
  assertEquals(head.isKeptOpen, true);
});

Deno.test("readHead() refuses 129 headers, and HTTP/2", () => {
  const more = Array.from({ length: 128 }, (_, index) => `X-${index}: 1`);
  assertEquals(statusOf("GET / HTTP/1.1", "Host: x", ...more.slice(1)), 200);
  assertEquals(statusOf("GET / HTTP/1.1", "Host: x", ...more), 431);
  assertEquals(statusOf("PRI * HTTP/2.0"), 505);
});
