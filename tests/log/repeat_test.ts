import { assertEquals } from "@std/assert";
import { RepeatFilter } from "../../src/log/repeat.ts";

Deno.test("RepeatFilter.next() leaves out what repeats the record before, and counts it", () => {
  const filter = new RepeatFilter();
  const verdicts = ["a", "a", "a", "b", "a", "a"].map((key) => filter.next(key, 1_000));
  assertEquals(verdicts, [0, undefined, undefined, 2, 0, undefined]);
  assertEquals([filter.takeCount(), filter.takeCount()], [1, 0]);
});

Deno.test("RepeatFilter.next() lets a repetition through once a minute", () => {
  const filter = new RepeatFilter();
  const times = [5_000, 5_001, 64_999, 65_000, 65_001, 125_000];
  assertEquals(times.map((at) => filter.next("a", at)), [0, undefined, undefined, 2, undefined, 1]);
});

Deno.test("RepeatFilter.next() lets a repetition through when the clock was set back", () => {
  const filter = new RepeatFilter();
  assertEquals([filter.next("a", 5_000), filter.next("a", 4_999)], [0, 0]);
});
