import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  BodyFault,
  RequestBody,
  type RequestBodyOptions,
} from "../../../src/http/server/request_body.ts";

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A body whose bytes come in these pieces, the first with the head. */
function makeBody(
  [first = "", ...later]: readonly string[],
  options: Partial<RequestBodyOptions> = {},
) {
  const written: string[] = [];
  const waits: boolean[] = [];
  const pieces = later.filter((each) => each !== "").map(bytesOf);
  const body = new RequestBody({
    socket: {
      read(into) {
        const [piece] = pieces;
        if (piece === undefined) return Promise.resolve(null);
        const count = Math.min(piece.length, into.length);
        into.set(piece.subarray(0, count));
        if (count === piece.length) pieces.shift();
        else pieces[0] = piece.subarray(count);
        return Promise.resolve(count);
      },
      write(bytes) {
        written.push(String.fromCharCode(...bytes));
        return Promise.resolve(bytes.length);
      },
    },
    length: "chunked",
    first: bytesOf(first),
    expectsContinue: false,
    now: () => 0,
    onWait: (isWaiting) => waits.push(isWaiting),
    ...options,
  });
  return { body, written, waits };
}

async function readAll(body: RequestBody): Promise<string> {
  let text = "";
  for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) {
    text += String.fromCharCode(...bytes);
  }
  return text;
}

/** What reading comes to: the text, or status and reason. */
async function outcomeOf(body: RequestBody): Promise<string> {
  try {
    return await readAll(body);
  } catch (error) {
    if (!(error instanceof BodyFault)) throw error;
    return `${error.status} ${error.message}`;
  }
}

Deno.test("RequestBody reads as many bytes as its length says", async () => {
  for (
    const [length, pieces, text, isFinished] of [
      [0, [""], "", true],
      [3, ["abc"], "abc", true],
      [3, ["", "a", "bc"], "abc", true],
      [3, ["a", "bc"], "abc", true],
      [3, ["abcd"], "abc", false],
      [3, ["a", "bcGET / HTTP/1.1"], "abc", false],
      [3, ["ab"], "400 it ended early", false],
    ] as const
  ) {
    const { body } = makeBody(pieces, { length });
    assertEquals([await outcomeOf(body), body.isFinished], [text, isFinished], String(pieces));
  }
});

Deno.test("RequestBody reads chunks, and knows where they end", async () => {
  for (
    const [pieces, text, isFinished] of [
      [["0\r\n\r\n"], "", true],
      [["3\r\nabc\r\n0\r\n\r\n"], "abc", true],
      [["3\r\na", "bc\r", "\n1\r\nd\r\n00", "0\r\n\r", "\n"], "abcd", true],
      [["00000003\r\nabc\r\n0\r\n\r\n"], "abc", true],
      [["A\r\n0123456789\r\n0\r\n\r\n"], "0123456789", true],
      [["0\r\n\r\nGET / HTTP/1.1"], "", false],
    ] as const
  ) {
    const { body } = makeBody(pieces);
    assertEquals([await outcomeOf(body), body.isFinished], [text, isFinished], String(pieces));
  }
});

Deno.test("RequestBody refuses what two programs could read in two ways", async () => {
  const size = "400 the size of a chunk is no hexadecimal number";
  for (
    const [text, outcome] of [
      ["g\r\n", size],
      ["\r\n", size],
      ["-1\r\n", size],
      ["+1\r\na", size],
      ["0x1\r\na", size],
      [" 1\r\na", size],
      ["1 \r\na", size],
      ["1;a=b\r\na", size],
      ["1\na\r\n0\r\n\r\n", size],
      ["1\r\r\na", size],
      ["1\rX", size],
      ["123456789\r\n", size],
      ["000000000\r\n", size],
      ["1\r\nab\r\n", "400 a chunk does not end"],
      ["1\r\na\n0\r\n\r\n", "400 a chunk does not end"],
      ["1\r\na\r0\r\n\r\n", "400 a chunk does not end"],
      ["0\r\nA: b\r\n\r\n", "400 trailers are not taken"],
      ["0\r\n\n", "400 trailers are not taken"],
      ["0\r\n\rX", "400 trailers are not taken"],
      ["1\r\na", "400 it ended early"],
      ["1", "400 it ended early"],
      ["0\r\n", "400 it ended early"],
    ] as const
  ) {
    for (const pieces of [[text], ["", ...text]]) {
      const { body } = makeBody(pieces);
      assertEquals(await outcomeOf(body), outcome, JSON.stringify(text));
      assertEquals(body.isFinished, false);
    }
  }
});

Deno.test("RequestBody reads back what was sent, however it was cut", async () => {
  const data = fc.array(fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 }));
  const cuts = fc.array(fc.nat(30), { minLength: 1 });
  await fc.assert(fc.asyncProperty(data, cuts, fc.boolean(), async (chunks, sizes, isChunked) => {
    const text = chunks.join("");
    const framed = chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join("");
    const sent = isChunked ? `${framed}0\r\n\r\n` : text;
    const pieces: string[] = [];
    for (let at = 0, turn = 0; at < sent.length; turn++) {
      const count = (sizes[turn % sizes.length] ?? 0) + (pieces.length > 0 ? 1 : 0);
      pieces.push(sent.slice(at, at += count));
    }
    const { body } = makeBody(pieces, { length: isChunked ? "chunked" : text.length });
    assertEquals(await readAll(body), text);
    assertEquals(body.isFinished, true);
    assertEquals(await body.read(), undefined);
  }));
});

Deno.test("RequestBody never reads more than was framed, and throws nothing but its faults", async () => {
  const part = fc.constantFrom(
    "0",
    "1",
    "a",
    "f",
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    ";",
    " ",
    "A: b",
  );
  await fc.assert(fc.asyncProperty(fc.array(part, { maxLength: 20 }), async (parts) => {
    const { body } = makeBody(["", ...parts]);
    const outcome = await outcomeOf(body);
    const isRead = /^(?:[\da-f]{1,8}\r\n[^]*\r\n)*0{1,8}\r\n\r\n/.test(parts.join(""));
    if (!outcome.startsWith("400 ")) assertEquals(isRead, true, outcome);
  }));
});

Deno.test("RequestBody tells the client to go on, once, if it waits for that", async () => {
  const waiting = makeBody(["", "ab", "c"], { length: 3, expectsContinue: true });
  assertEquals(waiting.written, []);
  assertEquals(await readAll(waiting.body), "abc");
  assertEquals(waiting.written, ["HTTP/1.1 100 Continue\r\n\r\n"]);
  assertEquals(waiting.waits, [true, false, true, false]);
  const hasty = makeBody(["a", "bc"], { length: 3, expectsContinue: true });
  assertEquals([await readAll(hasty.body), hasty.written], ["abc", []]);
});

Deno.test("RequestBody refuses a body that is too large, before it is sent if that is known", async () => {
  const known = makeBody([""], { length: 11, maxBytes: 10, expectsContinue: true });
  assertEquals(await outcomeOf(known.body), "413 it has more than 10 bytes");
  assertEquals(known.written, []);
  const chunks = ["", ..."1\r\na\r\n".repeat(9)];
  const unknown = makeBody(chunks, { maxBytes: 10 });
  assertEquals(await outcomeOf(unknown.body), "413 it has more than 10 bytes");
});

Deno.test("RequestBody gives up a client that sends too slowly, or for too long", async () => {
  const slow = "408 it is sent at less than 1 kB a second, or for over 10 minutes";
  for (
    const [waitMs, pieces, length, outcome] of [
      [10_002, ["a", "b"], 2, "ab"],
      [10_003, ["a", "b"], 2, slow],
      // A pause of 9 s for each byte.
      [9_000, ["", ..."abc"], 3, slow],
      // Never pausing long.
      [1_000, ["", ..."a".repeat(100)], 100, slow],
    ] as const
  ) {
    let nowMs = 0;
    const { body } = makeBody(pieces, { length, now: () => (nowMs += waitMs) });
    assertEquals(await outcomeOf(body), outcome, `${waitMs}`);
  }
  let nowMs = 0;
  const big = "x".repeat(64 * 1024);
  const { body } = makeBody(["", ...Array(30).fill(big)], {
    length: 30 * big.length,
    now: () => (nowMs += 30_000),
  });
  assertEquals(await outcomeOf(body), slow);
});

Deno.test("RequestBody says that the connection was lost", async () => {
  const { body } = makeBody([""], {
    length: 1,
    socket: {
      read: () => Promise.reject(new Error("reset")),
      write: () => Promise.resolve(0),
    },
  });
  const error = await assertRejects(() => body.read(), BodyFault, "the connection was lost");
  assertEquals([error.status, String(error.cause)], [400, "Error: reset"]);
});
