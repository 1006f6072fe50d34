import { assertEquals, assertThrows } from "@std/assert";
import { type Block, BlockWriter } from "../../src/exposition/block.ts";
import { FamilyTable } from "../../src/exposition/family_table.ts";

function table(...names: readonly string[]): FamilyTable {
  return new FamilyTable(names.map((name) => ({ name, type: "gauge", help: "" })));
}

function text(block: Block): string {
  return new TextDecoder().decode(block.bytes);
}

Deno.test("BlockWriter() writes common labels first and families in order", () => {
  const writer = new BlockWriter(table("a", "b", "c", "d"));
  writer.begin('id="1"');
  writer.sample(0, 1);
  writer.sample(2, 0.5, 'x="1"');
  writer.sample(2, -2, 'x="2"');
  const block = writer.finish();
  assertEquals(text(block), 'a{id="1"} 1\nc{id="1",x="1"} 0.5\nc{id="1",x="2"} -2\n');
  assertEquals([...block.ends], [12, 12, 51]);
  assertEquals(block.sampleCount, 3);
});

Deno.test("BlockWriter.sample() writes no braces without labels, and any suffix", () => {
  const writer = new BlockWriter(table("a"));
  writer.begin("");
  writer.sample(0, 3, 'le="+Inf"', "_bucket");
  writer.sample(0, 3, "", "_count");
  assertEquals(text(writer.finish()), 'a_bucket{le="+Inf"} 3\na_count 3\n');
});

Deno.test("BlockWriter.sample() writes odd numbers as a server reads them", () => {
  const writer = new BlockWriter(table("a"));
  writer.begin("");
  const values = [NaN, Infinity, -Infinity, -0, 1e21, 2 ** 53, 5e-324, 0.1];
  for (const value of values) writer.sample(0, value);
  assertEquals(
    text(writer.finish()),
    ["NaN", "+Inf", "-Inf", "0", "1e+21", "9007199254740992", "5e-324", "0.1"]
      .map((value) => `a ${value}\n`).join(""),
  );
});

Deno.test("BlockWriter.finish() counts bytes, not characters", () => {
  const writer = new BlockWriter(table("a", "b"));
  writer.begin('n="é€😀"');
  writer.sample(0, 1);
  writer.sample(1, 1);
  const block = writer.finish();
  assertEquals(text(block), 'a{n="é€😀"} 1\nb{n="é€😀"} 1\n');
  assertEquals([...block.ends], [19, 38]);
});

Deno.test("BlockWriter.finish() gives a block that later ones leave alone", () => {
  const writer = new BlockWriter(table("a"));
  writer.begin("");
  writer.sample(0, 1);
  const first = writer.finish();
  writer.begin("");
  writer.sample(0, 2);
  const second = writer.finish();
  assertEquals([text(first), text(second)], ["a 1\n", "a 2\n"]);
  assertEquals(first.bytes.byteLength + first.ends.byteLength, first.bytes.buffer.byteLength);
});

Deno.test("BlockWriter.finish() uses the memory of the block before if it is told to", () => {
  const writer = new BlockWriter(table("a", "b"), { reusesBlocks: true });
  writer.begin('n="é"');
  writer.sample(0, 10);
  writer.sample(1, 20);
  const first = writer.finish();
  assertEquals(text(first), 'a{n="é"} 10\nb{n="é"} 20\n');
  assertEquals([[...first.ends], first.sampleCount], [[13, 26], 2]);
  writer.begin("");
  writer.sample(1, 3);
  const second = writer.finish();
  assertEquals(text(second), "b 3\n");
  assertEquals([[...second.ends], second.sampleCount], [[0, 4], 1]);
  assertEquals(second.bytes.buffer === first.bytes.buffer, true);
});

Deno.test("BlockWriter.finish() gives an empty block without samples", () => {
  const writer = new BlockWriter(table("a"));
  writer.begin('id="1"');
  const block = writer.finish();
  assertEquals([block.bytes.length, block.ends.length, block.sampleCount], [0, 0, 0]);
});

Deno.test("BlockWriter.begin() forgets an unfinished block", () => {
  const writer = new BlockWriter(table("a", "b"));
  writer.begin('id="1"');
  writer.sample(1, 1);
  writer.begin("");
  writer.sample(0, 1);
  assertEquals(text(writer.finish()), "a 1\n");
});

Deno.test("BlockWriter.finish() takes more than its scratch memory holds", () => {
  const writer = new BlockWriter(table("a"));
  writer.begin(`n="${"é".repeat(20_000)}"`);
  writer.sample(0, 1);
  assertEquals(writer.finish().bytes.length, 40_000 + 'a{n=""} 1\n'.length);
});

Deno.test("BlockWriter.sample() refuses families out of order or unknown", () => {
  const writer = new BlockWriter(table("a", "b"));
  writer.begin("");
  writer.sample(1, 1);
  const message = "Cannot add a sample of family 0: wanted 1 to 1, in ascending order";
  assertThrows(() => writer.sample(0, 1), RangeError, message);
  assertThrows(() => writer.sample(2, 1), RangeError, "Cannot add a sample of family 2");
});

Deno.test("BlockWriter.begin() sees families that were claimed since", () => {
  const families = table("a");
  const writer = new BlockWriter(families);
  writer.begin("");
  families.claim({ name: "b", type: "gauge", help: "" });
  assertThrows(() => writer.sample(1, 1), RangeError);
  writer.begin("");
  writer.sample(1, 1);
  assertEquals(text(writer.finish()), "b 1\n");
});
