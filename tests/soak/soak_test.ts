import { assert, assertEquals } from "@std/assert";
import { Day } from "./_day.ts";

Deno.test("Day changes its fleet each cycle, and the page follows", async () => {
  const day = new Day(40);
  const samples: number[] = [];
  for (let cycle = 0; cycle < 370; cycle++) {
    await day.cycle();
    if (cycle % 10 === 9) samples.push(day.read());
  }
  assertEquals(day.cycleCount, 370);
  assert(day.changeCount >= 370, `${day.changeCount} changes`);
  assertEquals(day.sizes.real, 40);
  // while the API is down facts go stale; then they are back
  const fewest = Math.min(...samples);
  assert(fewest < 150, `${fewest} samples without facts`);
  assertEquals(day.sizes.known, 40);
  assert((samples.at(-1) ?? 0) > 500, `${samples.at(-1)} samples at the end`);
});
