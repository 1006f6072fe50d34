import { assertEquals } from "@std/assert";
import { countStates } from "../../src/facts/device_scrape.ts";

Deno.test("countStates() has every state", () => {
  assertEquals(countStates(["up", "down", "up", "untagged"]), {
    up: 2,
    down: 1,
    pending: 0,
    offline: 0,
    untagged: 1,
    shared_in: 0,
    no_address: 0,
    address_not_allowed: 0,
  });
});
