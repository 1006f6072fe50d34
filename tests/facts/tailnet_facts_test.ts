import { assertStrictEquals } from "@std/assert";
import { PENDING } from "../../src/facts/device_scrape.ts";
import { scrapeOf } from "../../src/facts/tailnet_facts.ts";
import { scraped, snapshot } from "./_snapshot.ts";

Deno.test("scrapeOf() is pending for a device without a state", () => {
  const up = scraped("up");
  const facts = snapshot([], { scrapes: new Map([["a/1", up]]) });
  assertStrictEquals(scrapeOf(facts, "a/1"), up);
  assertStrictEquals(scrapeOf(facts, "a/2"), PENDING);
});
