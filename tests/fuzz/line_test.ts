import { assert } from "@std/assert";
import { checkLine } from "./_line.ts";

Deno.test("LineReader.read() takes or refuses any line", () => {
  const count = 20_000;
  let taken = 0;
  for (let seed = 1; seed <= count; seed++) if (checkLine(seed)) taken++;
  // With fewer, or more, the mutations would say nothing about real lines.
  assert(taken > 0.1 * count && taken < 0.9 * count, `${taken} of ${count} read`);
});
