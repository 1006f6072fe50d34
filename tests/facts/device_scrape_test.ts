import { assertEquals } from "@std/assert";
import { countNone, SCRAPE_STATES } from "../../src/facts/device_scrape.ts";

Deno.test("countNone() has each state once, in the order in which they are counted", () => {
  assertEquals(Object.keys(countNone()), [...SCRAPE_STATES]);
  assertEquals(SCRAPE_STATES[0], "up");
});
