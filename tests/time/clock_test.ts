import { assert } from "@std/assert";
import { monotonicMs } from "../../src/time/clock.ts";

Deno.test("monotonicMs() never goes back", () => {
  const before = monotonicMs();
  assert(monotonicMs() >= before);
});
