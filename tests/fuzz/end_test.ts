import { assertEquals } from "@std/assert";
import { endOf } from "./_end.ts";
import { fuzz } from "./_run.ts";

Deno.test("endOf() fails a run that was cut short, and says how far it came", () => {
  const cut = fuzz({ seed: 5, count: 3_000, maxMs: 0 });
  assertEquals(endOf({ seed: 5, ...cut }), {
    code: 1,
    text: "stopped by --seconds after 1000 of 3000: raise it, or go on with " +
      "--seed=1005 --count=2000",
  });
});

Deno.test("endOf() passes a run of all cases", () => {
  const whole = fuzz({ seed: 1, count: 20, maxMs: 0 });
  assertEquals(endOf({ seed: 1, ...whole }), { code: 0, text: "done: all of 20" });
});
