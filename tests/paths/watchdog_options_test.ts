import { assertEquals, assertThrows } from "@std/assert";
import { Watchdog } from "../../src/paths/watchdog.ts";
import { completeOptions } from "../../src/paths/watchdog_options.ts";
import { freshState } from "../../src/paths/watchdog_state.ts";

Deno.test("completeOptions() fills in what is not told", () => {
  assertEquals(completeOptions({ mode: "heal" }), {
    mode: "heal",
    intervalMs: 60_000,
    thresholdMs: 600_000,
    cooldownMs: 600_000,
    maxRestarts: 3,
    state: freshState(),
  });
});

Deno.test("completeOptions() takes the least and the most restarts that there may be", () => {
  for (const maxRestarts of [0, 1000]) {
    assertEquals(completeOptions({ mode: "off", maxRestarts }).maxRestarts, maxRestarts);
  }
});

for (
  const options of [
    { intervalMs: 0 },
    { thresholdMs: -1 },
    { cooldownMs: NaN },
    { intervalMs: Infinity },
    { maxRestarts: -1 },
    { maxRestarts: 1.5 },
    { maxRestarts: 1001 },
  ]
) {
  const [[name, value] = ["", 0]] = Object.entries(options);
  Deno.test(`completeOptions() refuses ${name} ${value}`, () => {
    assertThrows(
      () => new Watchdog({ mode: "heal", ...options }),
      RangeError,
      `Cannot make a watchdog with ${name} ${value}: wanted `,
    );
  });
}
