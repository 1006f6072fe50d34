import { assertEquals, assertRejects } from "@std/assert";
import { type ByteSource, Inbox } from "../../src/devices/_inbox.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const MAX_BYTES = 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text that comes in pieces of so many bytes. */
function sourceOf(text: string, pieceBytes = Infinity): ByteSource {
  let rest = encoder.encode(text);
  return {
    read(bytes) {
      if (rest.length === 0) return Promise.resolve(null);
      const count = Math.min(rest.length, bytes.length, pieceBytes);
      bytes.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return Promise.resolve(count);
    },
  };
}

/** The body of an answer. */
async function readAnswer(source: ByteSource, inbox = new Inbox()): Promise<string> {
  const { bodyEnd } = await inbox.readHead(source);
  return decoder.decode(await inbox.readBody(source, bodyEnd, MAX_BYTES));
}

/** What is at a limit and taken, what is beyond it, and what is said of that. */
const ROWS: readonly (readonly [what: string, at: string, beyond: string, says: string])[] = [
  ["a head of 16 KiB", headOf(16_384), headOf(16_385), "The head of the answer is too long"],
  [
    "four interim answers",
    `${"HTTP/1.1 103 x\r\n\r\n".repeat(4)}${HEAD}Content-Length: 0\r\n\r\n`,
    `${"HTTP/1.1 103 x\r\n\r\n".repeat(5)}${HEAD}Content-Length: 0\r\n\r\n`,
    "The answer does not come to a status",
  ],
  [
    "a chunk's line of 256 bytes",
    `${CHUNKED}1;${"x".repeat(253)}\r\na\r\n0\r\n\r\n`,
    `${CHUNKED}1;${"x".repeat(254)}\r\na\r\n0\r\n\r\n`,
    "The page comes in a chunk without a size",
  ],
  [
    "sixteen headers behind the page",
    `${CHUNKED}0\r\n${"a: b\r\n".repeat(16)}\r\n`,
    `${CHUNKED}0\r\n${"a: b\r\n".repeat(17)}\r\n`,
    "The page has too many headers behind it",
  ],
  [
    "a size of eight digits",
    `${CHUNKED}00000001\r\na\r\n0\r\n\r\n`,
    `${CHUNKED}000000001\r\na\r\n0\r\n\r\n`,
    "The page comes in a chunk without a size",
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

/** An empty answer whose head has so many bytes, its end not counted. */
function headOf(bytes: number): string {
  const start = `${HEAD}Content-Length: 0\r\nX: `;
  return `${start}${"y".repeat(bytes - start.length - 4)}\r\n\r\n`;
}

for (const [what, at, beyond, says] of ROWS) {
  for (const pieceBytes of [Infinity, 1]) {
    const form = pieceBytes === 1 ? ", byte by byte" : "";
    Deno.test(`Inbox takes ${what} and no step more${form}`, async () => {
      await readAnswer(sourceOf(at, pieceBytes));
      const error = await assertRejects(() => readAnswer(sourceOf(beyond, pieceBytes)), Error);
      assertEquals(error.message, says);
    });
  }
}

Deno.test("Inbox.readBody() gives an array of its own each time", async () => {
  const inbox = new Inbox();
  const answer = (body: string) => sourceOf(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
  const source = answer("first");
  const { bodyEnd } = await inbox.readHead(source);
  const first = await inbox.readBody(source, bodyEnd, MAX_BYTES);
  assertEquals(await readAnswer(answer("again"), inbox), "again");
  assertEquals(decoder.decode(first), "first");
});
