import { assertEquals } from "@std/assert";
import { ProxyTrouble } from "../../src/collectors/_proxy_trouble.ts";
import { ScrapeError } from "../../src/errors.ts";
import { exporterDevice, makeFleet } from "./_fleet.ts";
import { KeptLog } from "./_golden.ts";

const DOWN = new ScrapeError("proxy", "Cannot use SCRAPE_PROXY: gone", { isProxyDown: true });

Deno.test("ProxyTrouble tells of a proxy that is down once, and when it works again", () => {
  const log = new KeptLog();
  const trouble = new ProxyTrouble(log);
  /** One cycle in which some devices fail by the proxy and others answer. */
  const cycle = (failing: number, answering: number) => {
    for (let count = 0; count < failing; count++) trouble.isReason(DOWN, DOWN.message);
    for (let count = 0; count < answering; count++) trouble.answered();
    trouble.settle();
  };
  cycle(0, 3);
  cycle(2, 1);
  cycle(3, 0);
  // A cycle in which nothing was tried says nothing of the proxy.
  cycle(0, 0);
  cycle(3, 0);
  cycle(0, 1);
  cycle(0, 1);
  assertEquals(log.lines, [
    "warning Devices cannot be scraped: Cannot use SCRAPE_PROXY: gone",
    "info SCRAPE_PROXY works again",
  ]);
});

Deno.test("ProxyTrouble.isReason() takes no other failure for one of the proxy", () => {
  const trouble = new ProxyTrouble(new KeptLog());
  assertEquals(trouble.isReason(DOWN, ""), true);
  assertEquals(trouble.isReason(new ScrapeError("proxy", "The proxy answered 502"), ""), false);
  assertEquals(trouble.isReason(new Error("x"), ""), false);
});

Deno.test("ScrapeCollector tells of a dead proxy once, and is back a cycle after it", async () => {
  const { answers, clock, cycle, log, states, record } = await makeFleet();
  const devices = ["1", "2", "3"].map((id) => exporterDevice(id));
  for (const { id } of devices) answers.set(id, DOWN);
  for (let count = 0; count < 6; count++) {
    await cycle(devices);
    await clock.advance(30_000);
  }
  assertEquals(log.take(), ["warning Devices cannot be scraped: Cannot use SCRAPE_PROXY: gone"]);
  assertEquals(new Set(states().map((one) => one.reason)), new Set([DOWN.message]));
  answers.clear();
  await cycle(devices);
  assertEquals(log.take(), ["info SCRAPE_PROXY works again"]);
  assertEquals(record.counts.up, 3);
});
