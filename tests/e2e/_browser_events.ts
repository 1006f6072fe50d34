/**
 * The step of the browser test for the event log: its filters, and its way to older events.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Setup } from "./_browser_views.ts";
import { until } from "../_support/until.ts";

/** Filters stand in the URL and hold for older pages, too. */
export async function filterEvents({ program, reader }: Setup): Promise<void> {
  const page = await reader.open(`${program.origin}/#/events`);
  const lines = page.locator(".events li");
  await lines.first().waitFor();
  await page.getByLabel("Severity").selectOption("warning");
  await page.getByLabel("Type").selectOption("node_offline");
  await until(
    "the filters in the URL",
    () => /severity=warning.*type=node_offline/.test(page.url()),
  );
  await until("lines of this type only", async () => {
    const types = await page.locator(".events .type").allTextContents();
    return types.length > 0 && types.every((type) => type.startsWith("node offline"));
  });
  // The demo tells a past of 30 days, which has more of them than a page holds.
  const count = await lines.count();
  await page.getByRole("button", { name: "Older events" }).click();
  await until("older events", async () => await lines.count() > count);
  const types = await page.locator(".events .type").allTextContents();
  assert(types.every((type) => type.startsWith("node offline")));
  const signs = await page.locator(".events .sign").evaluateAll((all) =>
    all.map((sign) => String(sign.getAttribute("class")))
  );
  assertEquals(signs.filter((each) => !each.includes("warning")), []);
  await page.getByLabel("Search events").fill("no event has this text");
  await page.getByText("Nothing has happened that matches.").waitFor();
}
