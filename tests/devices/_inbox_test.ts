import { assertEquals, assertThrows } from "@std/assert";
import { HeadReader } from "../../src/devices/_response_head.ts";
import { Inbox, INBOX_BYTES } from "../../src/devices/_inbox.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const MAX_BYTES = 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The body of an answer whose bytes come in pieces, by way of an inbox of some size. */
function readAnswer(text: string, pieceBytes = Infinity, inboxBytes = INBOX_BYTES): string {
  let rest = encoder.encode(text);
  const inbox = new Inbox(new HeadReader(), new Uint8Array(inboxBytes));
  /** Whether something came, and not the end. */
  const receive = () => {
    if (rest.length === 0) return false;
    const room = inbox.room();
    const count = Math.min(rest.length, room.length, pieceBytes);
    room.set(rest.subarray(0, count));
    inbox.receive(count);
    rest = rest.subarray(count);
    return true;
  };
  let head = inbox.takeHead();
  while (head === undefined && receive()) head = inbox.takeHead();
  const bodyEnd = head?.bodyEnd ?? 0;
  let page = inbox.takePage(bodyEnd, MAX_BYTES, false);
  for (let hasMore = true; page === undefined && hasMore;) {
    hasMore = receive();
    page = inbox.takePage(bodyEnd, MAX_BYTES, !hasMore);
  }
  return decoder.decode(page);
}

/** What is at a limit and taken, what is beyond it, and what is said of that. */
const ROWS: readonly (readonly [what: string, at: string, beyond: string, says: string])[] = [
  ["a head of 16 KiB", headOf(16_384), headOf(16_385), "response head of more than 16383 bytes"],
  [
    "four interim answers",
    `${"HTTP/1.1 103 x\r\n\r\n".repeat(4)}${HEAD}Content-Length: 0\r\n\r\n`,
    `${"HTTP/1.1 103 x\r\n\r\n".repeat(5)}${HEAD}Content-Length: 0\r\n\r\n`,
    "more than 4 interim (1xx) responses",
  ],
  [
    "a chunk's line of 256 bytes",
    `${CHUNKED}1;${"x".repeat(253)}\r\na\r\n0\r\n\r\n`,
    `${CHUNKED}1;${"x".repeat(254)}\r\na\r\n0\r\n\r\n`,
    "malformed chunk size",
  ],
  [
    "sixteen headers behind the page",
    `${CHUNKED}0\r\n${"a: b\r\n".repeat(16)}\r\n`,
    `${CHUNKED}0\r\n${"a: b\r\n".repeat(17)}\r\n`,
    "more than 16 trailer fields",
  ],
  [
    "a size of eight digits",
    `${CHUNKED}00000001\r\na\r\n0\r\n\r\n`,
    `${CHUNKED}000000001\r\na\r\n0\r\n\r\n`,
    "malformed chunk size",
  ],
  [
    "overhead of chunks up to 16 KiB beyond 18 bytes each",
    `${CHUNKED}${overheadOf(16_384)}0\r\n\r\n`,
    `${CHUNKED}${overheadOf(16_385)}0\r\n\r\n`,
    "nearly all bytes are overhead of chunks",
  ],
  [
    "a page of the limit, announced",
    `${HEAD}Content-Length: 1000\r\n\r\n${"x".repeat(1000)}`,
    `${HEAD}Content-Length: 1001\r\n\r\n${"x".repeat(1001)}`,
    "wanted at most 1000 bytes",
  ],
  [
    "a page of the limit, to the connection's end",
    `${HEAD}\r\n${"x".repeat(1000)}`,
    `${HEAD}\r\n${"x".repeat(1001)}`,
    "wanted at most 1000 bytes",
  ],
  [
    "a page of the limit, in chunks",
    `${CHUNKED}1\r\nx\r\n3e7\r\n${"x".repeat(999)}\r\n0\r\n\r\n`,
    `${CHUNKED}1\r\nx\r\n3e8\r\n${"x".repeat(1000)}\r\n0\r\n\r\n`,
    "wanted at most 1000 bytes",
  ],
];

/** An empty answer whose head has a number of bytes, its end not counted. */
function headOf(bytes: number): string {
  const start = `${HEAD}Content-Length: 0\r\nX: `;
  return `${start}${"y".repeat(bytes - start.length - 4)}\r\n\r\n`;
}

/** Chunks of one byte with overhead beyond the 18 bytes that each may have. */
function overheadOf(excess: number): string {
  let chunks = "";
  // Of a size line with 2 bytes of size and semicolon and 2 + 2 of line ends.
  for (let rest = excess; rest > 0;) {
    const extension = Math.min(200, rest) + 18 - 6;
    chunks += `1;${"x".repeat(extension)}\r\na\r\n`;
    rest -= extension + 6 - 18;
  }
  return chunks;
}

/** How what comes is cut, and how much of it may be there at once. */
const FORMS: readonly (readonly [form: string, pieceBytes: number, inboxBytes: number])[] = [
  ["", Infinity, INBOX_BYTES],
  [", byte by byte", 1, INBOX_BYTES],
  [", in memory that has grown", Infinity, 4 * INBOX_BYTES],
];

for (const [what, at, beyond, says] of ROWS) {
  for (const [form, pieceBytes, inboxBytes] of FORMS) {
    Deno.test(`Inbox takes ${what} and no step more${form}`, () => {
      readAnswer(at, pieceBytes, inboxBytes);
      const error = assertThrows(() => readAnswer(beyond, pieceBytes, inboxBytes), Error);
      assertEquals(error.message, says);
    });
  }
}

Deno.test("Inbox reads a page from all of its pieces, wherever it is cut", () => {
  const body = Array.from({ length: 200 }, (_, index) => `line ${index}`).join("\n").slice(0, 1000);
  const chunks = (body.match(/.{1,7}/gs) ?? [])
    .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
  const answers = [
    `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`,
    `${CHUNKED}${chunks}0\r\n\r\n`,
    `${HEAD}\r\n${body}`,
  ];
  for (const answer of answers) {
    for (let pieceBytes = 1; pieceBytes < 100; pieceBytes++) {
      // Memory of a few bytes has to be cleared, and to grow, all the time.
      for (const inboxBytes of [8, 64, INBOX_BYTES]) {
        assertEquals(readAnswer(answer, pieceBytes, inboxBytes), body);
      }
    }
  }
});

Deno.test("Inbox takes a page of the limit in chunks of one byte", () => {
  assertEquals(readAnswer(`${CHUNKED}${"1\r\na\r\n".repeat(1000)}0\r\n\r\n`).length, 1000);
});

Deno.test("Inbox.room() has at most 64 KiB, however much memory there is", () => {
  const inbox = new Inbox(new HeadReader(), new Uint8Array(100_000));
  assertEquals(inbox.room().length, 65_536);
  inbox.receive(65_536);
  assertEquals(inbox.room().length, 34_464);
});

Deno.test("Inbox takes a chunk's size only in the one spelling that everybody reads alike", () => {
  const bodyOf = (line: string) => `${CHUNKED}${line}\r\n${"x".repeat(26)}\r\n0\r\n\r\n`;
  for (const line of ["1a", "1A", "0001a", "1a \t", "1a;x=y", "1a ;x", '1a;x="y;z"', "1a;\xff"]) {
    assertEquals(readAnswer(bodyOf(line)), "x".repeat(26), line);
  }
  for (const line of ["", " 1a", "+1a", "-1a", "0x1a", "1a x", "1g", "1a\v", "1a\r;", "1a;\rx"]) {
    const error = assertThrows(() => readAnswer(bodyOf(line)), SyntaxError);
    assertEquals(error.message, "malformed chunk size", line);
  }
});
