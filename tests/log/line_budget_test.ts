import { assertEquals, assertMatch } from "@std/assert";
import { LineBudget, MAX_LINES } from "../../src/log/line_budget.ts";
import { exporterDevice, failure, makeFleet } from "../collectors/_fleet.ts";
import { KeptLog } from "../collectors/_golden.ts";

const MESSAGES = {
  warning: "Cannot scrape {count:more device|more devices}: {devices}",
  info: "Scraping {count:more device|more devices} works again: {devices}",
};

function makeBudget() {
  const log = new KeptLog();
  const lines = new LineBudget(log, MESSAGES);
  const fail = (count: number) => {
    for (let at = 0; at < count; at++) lines.warning("{device} fails", { device: `n${at}` });
  };
  return { log, lines, fail };
}

Deno.test("LineBudget passes a number of lines on in each cycle", () => {
  const { log, lines, fail } = makeBudget();
  for (let cycle = 0; cycle < 2; cycle++) {
    fail(MAX_LINES);
    lines.settle();
    const kept = log.take();
    assertEquals([kept.length, kept[0], kept.at(-1)], [
      100,
      "warning n0 fails",
      "warning n99 fails",
    ]);
  }
});

Deno.test("LineBudget counts the others, and names some", () => {
  const { log, lines, fail } = makeBudget();
  fail(MAX_LINES + 3);
  lines.settle();
  assertEquals(log.take().slice(100), ["warning Cannot scrape 3 more devices: n100, n101, n102"]);
  fail(150_000);
  lines.settle();
  assertEquals(log.take().slice(100), [
    "warning Cannot scrape 149900 more devices: n100, n101, n102, n103, n104, n105, n106, n107, " +
    "n108, n109, …",
  ]);
  lines.settle();
  assertEquals(log.take(), []);
});

Deno.test("LineBudget counts each level by itself", () => {
  const { log, lines, fail } = makeBudget();
  fail(MAX_LINES + 1);
  for (let at = 0; at <= MAX_LINES; at++) lines.info("{device} works", { device: `m${at}` });
  assertEquals(log.take().length, 2 * MAX_LINES);
  lines.settle();
  assertEquals(log.take(), [
    "warning Cannot scrape 1 more device: n100",
    "info Scraping 1 more device works again: m100",
  ]);
});

Deno.test("LineBudget bounds what a cycle logs when the whole fleet fails", async () => {
  const { clock, log, answers, cycle } = await makeFleet();
  const fleet = Array.from({ length: 150 }, (_, at) => exporterDevice(String(at + 1)));
  for (const { id } of fleet) answers.set(id, failure());
  await cycle(fleet);
  const failing = log.take();
  assertEquals(failing.length, 101);
  assertMatch(failing.at(-1) ?? "", /^warning Cannot scrape 50 more devices: node-\d+\..*, …$/);
  answers.clear();
  for (let count = 0; count < 4; count++) {
    await clock.advance(30_000);
    await cycle(fleet);
  }
  const again = log.take();
  assertEquals(again.length, 101);
  assertMatch(again.at(-1) ?? "", /^info 50 more devices can be scraped again, or no longer are: /);
});
