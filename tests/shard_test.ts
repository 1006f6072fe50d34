import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  formatShard,
  isInShard,
  MAX_SHARDS,
  parseShard,
  readShard,
  shardOf,
} from "../src/shard.ts";

const COUNTS = [1, 2, 3, 10, 1000];

/** What the Python of `docs/sharding.md` gives for the same ids. */
const RECOMPUTED: readonly (readonly [id: string, shards: readonly number[]])[] = [
  ["", [0, 1, 2, 3, 923]],
  ["1", [0, 1, 1, 1, 71]],
  ["92960230385", [0, 0, 0, 6, 26]],
  ["12345678901234567890", [0, 1, 2, 5, 165]],
  ["node\u00e9", [0, 1, 2, 5, 285]],
  ["\u{1d11e}", [0, 0, 1, 0, 740]],
];

Deno.test("shardOf() gives what others compute", () => {
  for (const [id, shards] of RECOMPUTED) {
    assertEquals(COUNTS.map((count) => shardOf(id, count)), [...shards], id);
  }
});

Deno.test("isInShard() puts each id into exactly one shard", () => {
  const count = fc.integer({ min: 1, max: MAX_SHARDS });
  fc.assert(fc.property(fc.string({ unit: "binary" }), count, (id, count) => {
    const shards = Array.from({ length: count }, (_, index) => index)
      .filter((index) => isInShard(id, { index, count }));
    assertEquals(shards, [shardOf(id, count)]);
  }));
});

/** 20,000 ids of each kind that there is. */
const IDS: Readonly<Record<string, (at: number) => string>> = {
  "counts up, as headscale's": (at) => String(at + 1),
  "counts up from a large number": (at) => String(4_503_599_627_370_496 + at),
  "is scattered, as Tailscale's": (at) =>
    String((BigInt(at + 1) * 0x9e3779b97f4a7c15n) % 2n ** 53n),
};

for (const [kind, idAt] of Object.entries(IDS)) {
  Deno.test(`shardOf() spreads ids evenly if an id ${kind}`, () => {
    const ids = Array.from({ length: 20_000 }, (_, at) => idAt(at));
    for (const count of [2, 3, 7, 8, 10, 16, 64, 100, 1000]) {
      const sizes = new Array<number>(count).fill(0);
      for (const id of ids) sizes[shardOf(id, count)] = (sizes[shardOf(id, count)] ?? 0) + 1;
      // Dice would be within five standard deviations of the mean.
      const mean = ids.length / count;
      const bound = 5 * Math.sqrt(mean);
      const far = sizes.filter((size) => Math.abs(size - mean) > bound);
      assertEquals(far, [], `${count} shards of ${mean} ± ${bound}`);
    }
  });
}

Deno.test("parseShard() takes an index below the count, and formatShard() writes it back", () => {
  for (const text of ["0/1", "0/4", "3/4", "999/1000"]) {
    const shard = parseShard(text);
    assert(shard !== undefined, text);
    assertEquals(formatShard(shard), text);
  }
});

Deno.test("parseShard() takes nothing else", () => {
  const texts = ["", "0", "/", "0/", "/4", "4/4", "0/0", "5/4", "1000/1001", "0/1001", "-1/4"];
  texts.push("00/4", "0/04", "+0/4", "0 /4", "0/4/8", "1e1/100", "0.5/4", "٠/4", "0/99999", "a/b");
  assertEquals(texts.filter((text) => parseShard(text) !== undefined), []);
});

Deno.test("readShard() reads both numbers as strictly", () => {
  assertEquals(readShard("3", "4"), { index: 3, count: 4 });
  assertEquals(readShard("4", "4"), undefined);
  assertEquals(readShard("", ""), undefined);
});
