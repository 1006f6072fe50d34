import { assertEquals } from "@std/assert";
import { makeSpentSlice } from "../_support/time_slice.ts";
import { Counts, NameBudget, OTHER } from "../../src/access/counts.ts";

Deno.test("Counts.top() gives the largest, and the rest as one", () => {
  const counts = new Counts();
  for (const name of ["b", "a", "c", "a", "b", "d"]) counts.add(name);
  assertEquals(counts.top(2), [["a", 2], ["b", 2], [OTHER, 2]]);
  assertEquals(counts.top(4), [["a", 2], ["b", 2], ["c", 1], ["d", 1]]);
  assertEquals([counts.size, counts.total, counts.of("a"), counts.of("x")], [4, 6, 2, 0]);
});

Deno.test("Counts.topInSlices() gives what top() does, with turns in between", async () => {
  const counts = new Counts();
  for (let at = 0; at < 3_000; at++) counts.add(`name ${at}`, 1 + at * 7_919 % 1_000);
  counts.add(OTHER, 5_000);
  const sorted = [...counts.names()].map((name) => [name, counts.of(name)] as const)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  let turns = 0;
  const slice = makeSpentSlice(() => void turns++);
  for (const limit of [1, 2, 10, 1_000, 2_999, 3_000, 4_000]) {
    const top = await counts.topInSlices(limit, slice);
    assertEquals(top.slice(0, -1), sorted.slice(0, limit), `limit ${limit}`);
    assertEquals(top.reduce((sum, [, count]) => sum + count, 0), counts.total);
    assertEquals([top.at(-1)?.[0], counts.top(limit)], [OTHER, top]);
  }
  assertEquals(turns, 7 * 5);
});

Deno.test("Counts.add() counts names beyond the bound as one", () => {
  const counts = new Counts(2);
  for (const name of ["a", "b", "c", "d", "a"]) counts.add(name);
  assertEquals([counts.size, counts.total, counts.of(OTHER)], [2, 5, 2]);
  assertEquals(counts.top(1), [["a", 2], [OTHER, 3]]);
  const sum = new Counts();
  sum.addAll(counts);
  sum.addAll(counts);
  assertEquals([sum.total, sum.of("a"), sum.of(OTHER)], [10, 4, 4]);
});

Deno.test("Counts.add() bounds the room of all names that share a budget", () => {
  const budget = new NameBudget(3 * 74);
  const [one, other] = [new Counts(10, budget), new Counts(10, budget)];
  const long = (letter: string) => letter.repeat(10);
  for (const letter of ["a", "b"]) one.add(long(letter));
  for (const letter of ["a", "b", "c"]) other.add(long(letter));
  one.add(long("a"));
  one.add(OTHER);
  assertEquals([one.size, one.of(long("a")), one.of(OTHER)], [2, 2, 1]);
  assertEquals([other.size, other.total, other.of(OTHER)], [1, 3, 2]);
  one.release();
  other.add(long("b"));
  other.add(long("c"));
  other.add(long("d"));
  assertEquals([...other.names()], [long("a"), long("b"), long("c")]);
});
