import { assertEquals, assertRejects } from "@std/assert";
import { type BodyBounds, readBody } from "../../src/devices/_read_body.ts";
import { ReadBudget } from "../../src/devices/_read_budget.ts";

/** Bounds with time enough. */
function upTo(maxBytes: number): BodyBounds {
  return { maxBytes, deadline: { throwIfPassed() {} }, budget: new ReadBudget() };
}

/** A body of some bytes in pieces, as a byte stream of the platform or as any other stream. */
function bodyOf(bytes: number, isByteStream: boolean): Response {
  const pieces = [
    new Uint8Array(bytes >> 1).fill(65),
    new Uint8Array(bytes - (bytes >> 1)).fill(66),
  ];
  if (!isByteStream) return new Response(ReadableStream.from(pieces));
  return new Response(
    new ReadableStream({
      type: "bytes",
      start(controller) {
        for (const piece of pieces) if (piece.length > 0) controller.enqueue(piece);
        controller.close();
      },
    }),
  );
}

for (const isByteStream of [true, false]) {
  const form = isByteStream ? "a byte stream" : "another stream";
  Deno.test(`readBody() takes ${form} as long as the limit and not a byte more`, async () => {
    // below, at and beyond the first piece of memory
    for (const limit of [2, 16_383, 16_384, 16_385, 100_000]) {
      const body = await readBody(bodyOf(limit, isByteStream), upTo(limit));
      assertEquals([body.length, body[0], body.at(-1)], [limit, 65, 66], `${limit}`);
      const error = await assertRejects(
        () => readBody(bodyOf(limit + 1, isByteStream), upTo(limit)),
        RangeError,
      );
      assertEquals(error.message, `wanted at most ${limit} bytes`);
    }
  });
}

Deno.test("readBody() takes no body for an empty one", async () => {
  assertEquals(await readBody(new Response(null), upTo(0)), new Uint8Array(0));
});

Deno.test("readBody() stops at its deadline although bytes keep coming", async () => {
  for (const isByteStream of [true, false]) {
    let looks = 0;
    const throwIfPassed = () => {
      if (++looks > 1) throw new Error("over");
    };
    const bounds = { ...upTo(100_000), deadline: { throwIfPassed } };
    const error = await assertRejects(() => readBody(bodyOf(40_000, isByteStream), bounds), Error);
    assertEquals([error.message, looks], ["over", 2]);
  }
});
