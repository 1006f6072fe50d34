import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Batch, PointBuffer, type PointBufferOptions } from "../../src/push/buffer.ts";

const DECODER = new TextDecoder();
const linesOf = ({ bytes }: Batch): readonly string[] =>
  DECODER.decode(bytes).split("\n").slice(0, -1);

function makeBuffer(options: Partial<PointBufferOptions> = {}) {
  const dropped: string[] = [];
  const buffer = new PointBuffer({
    maxBytes: 1_000,
    onDropped: (batch) => void dropped.push(...linesOf(batch)),
    ...options,
  });
  return { buffer, dropped };
}

Deno.test("PointBuffer gives the oldest batch until it is removed", () => {
  const { buffer } = makeBuffer({ maxBatchPoints: 2 });
  assertEquals(buffer.take(), undefined);
  for (const [at, line] of ["a", "b", "ä"].entries()) buffer.add("m", line, 10 * at);
  buffer.seal();
  assertEquals([buffer.points, buffer.bytes], [3, 7]);
  const first = buffer.take();
  assertEquals(first && [linesOf(first), first.points, first.firstMs, first.lastMs], [
    ["a", "b"],
    2,
    0,
    10,
  ]);
  assert(buffer.take() === first);
  buffer.remove();
  const second = buffer.take();
  assertEquals(second && linesOf(second), ["ä"]);
  // A point that comes meanwhile is in another batch.
  buffer.add("m", "c", 30);
  buffer.remove();
  assertEquals([buffer.points, buffer.bytes, buffer.take()], [1, 2, undefined]);
});

Deno.test("PointBuffer splits the batch that is taken, and not one of a single point", () => {
  const { buffer } = makeBuffer();
  for (const line of ["a", "b", "c"]) buffer.add("m", line, 0);
  buffer.seal();
  buffer.take();
  assert(buffer.split());
  const [first] = [buffer.take()];
  assertEquals(first && linesOf(first), ["a"]);
  assertEquals([buffer.split(), buffer.points], [false, 3]);
  buffer.remove();
  const rest = buffer.take();
  assertEquals(rest && linesOf(rest), ["b", "c"]);
});

Deno.test("PointBuffer drops the oldest of the measurement that holds the most, not what is being written", () => {
  const { buffer, dropped } = makeBuffer({ maxBytes: 40, maxBatchPoints: 2 });
  buffer.add("few", "few 1", 0);
  for (let at = 0; at < 4; at++) buffer.add("many", `many${at}`, at);
  assertEquals(dropped, []);
  const taken = buffer.take();
  assertEquals(taken && linesOf(taken), ["many0", "many1"]);
  for (let at = 4; at < 8; at++) buffer.add("many", `many${at}`, at);
  assertEquals(dropped, ["many2", "many3", "many4", "many5"]);
  buffer.remove();
  const rest = buffer.drain().flatMap(linesOf);
  assertEquals(rest.toSorted(), ["few 1", "many6", "many7"]);
  assertEquals([buffer.points, buffer.bytes], [0, 0]);
});

Deno.test("PointBuffer takes batches of an earlier process before its own, as far as there is room", () => {
  const { buffer: earlier } = makeBuffer({ maxBatchPoints: 1 });
  for (const line of ["a", "b"]) earlier.add("m", line, 0);
  const batches = earlier.drain();
  const { buffer, dropped } = makeBuffer({ maxBytes: 4 });
  buffer.add("m", "c", 1);
  buffer.restore(batches);
  assertEquals([dropped, buffer.drain().flatMap(linesOf)], [["a"], ["b", "c"]]);
});

/** What happens to a buffer. */
type Step = { readonly add: string } | "remove" | "seal" | "split" | "take";

Deno.test("PointBuffer loses nothing unsaid, gives nothing twice, and keeps to its bounds", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ add: fc.constantFrom("a", "b", "c") }) },
    fc.constantFrom<Step>("take", "remove", "seal", "split"),
  );
  fc.assert(fc.property(
    fc.array(step, { maxLength: 200 }),
    fc.integer({ min: 30, max: 300 }),
    fc.integer({ min: 1, max: 6 }),
    (steps, maxBytes, maxBatchPoints) => {
      const { buffer, dropped } = makeBuffer({ maxBytes, maxBatchPoints });
      const added: string[] = [];
      const removed: string[] = [];
      let taken: Batch | undefined;
      for (const step of steps) {
        if (typeof step === "object") {
          const line = `${step.add}${added.length}`;
          added.push(line);
          buffer.add(step.add, line, added.length);
        } else if (step === "seal") {
          buffer.seal();
        } else if (step === "take") {
          taken = buffer.take();
        } else if (step === "remove") {
          buffer.remove();
          removed.push(...taken === undefined ? [] : linesOf(taken));
          taken = undefined;
        } else if (buffer.split()) taken = undefined;
        const inFlight = taken?.bytes.length ?? 0;
        assert(buffer.bytes <= maxBytes + inFlight, `${buffer.bytes} of ${maxBytes}`);
        assertEquals(buffer.points, added.length - removed.length - dropped.length);
      }
      const rest = buffer.drain().flatMap(linesOf);
      assertEquals([...removed, ...dropped, ...rest].toSorted(), added.toSorted());
    },
  ));
});
