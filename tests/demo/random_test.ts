import { assert, assertEquals, assertThrows } from "@std/assert";
import { hash, hexDigits, pick, STREAM, unit } from "../../src/demo/random.ts";

Deno.test("hash() gives the same number for the same keys, for ever", () => {
  assertEquals(
    [hash(1, STREAM.identity), hash(1, STREAM.identity, 1), hash(2, STREAM.rate, -1, 7)],
    [2061254845, 2296694516, 299655731],
  );
});

Deno.test("hash() tells seeds, purposes and keys apart", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 10; seed++) {
    for (const stream of Object.values(STREAM)) {
      for (let a = 0; a < 10; a++) {
        for (let b = 0; b < 10; b++) seen.add(hash(seed, stream, a, b));
      }
    }
  }
  // 15,000 draws of 2^32: less than one pair meets by chance.
  assert(seen.size >= 14_995, `only ${seen.size} different numbers`);
});

Deno.test("unit() spreads evenly from 0 to 1", () => {
  const counts = new Array<number>(10).fill(0);
  for (let a = 0; a < 10_000; a++) {
    const value = unit(3, STREAM.latency, a);
    assert(value >= 0 && value < 1);
    const bucket = Math.floor(value * 10);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  for (const count of counts) assert(count > 850 && count < 1150, String(counts));
});

Deno.test("pick() takes each entry now and then, and nothing from nothing", () => {
  const seen = new Set<string>();
  for (let a = 0; a < 50; a++) seen.add(pick(["a", "b", "c"], 1, STREAM.site, a));
  assertEquals([...seen].sort(), ["a", "b", "c"]);
  assertThrows(() => pick([], 1, STREAM.site), RangeError, "Cannot pick from a list: it is empty");
});

Deno.test("hexDigits() is as long as asked and its words differ", () => {
  const text = hexDigits(64, 1, STREAM.identity, 5);
  assert(/^[0-9a-f]{64}$/.test(text), text);
  assertEquals(new Set(text.match(/.{8}/g)).size, 8);
  assertEquals(hexDigits(9, 1, STREAM.identity, 5), text.slice(0, 9));
});
