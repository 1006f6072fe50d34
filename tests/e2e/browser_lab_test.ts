import { assertEquals } from "@std/assert";
import { assertAccessible, Reader } from "./_browser.ts";
import { Lab } from "./_lab.ts";
import { Program } from "./_program.ts";

Deno.test("the page shows a real tailnet, and a node of it that goes offline as it does", async () => {
  await using lab = await Lab.up({ nodes: ["a", "b"] });
  await using program = await Program.start({
    ...lab.apiSettings,
    SCRAPE_PROXY: `socks5h://${lab.proxy("a")}`,
    SCRAPE_INTERVAL: "1s",
    SCRAPE_TAG: "",
    CLIENT_METRICS_TIMEOUT: "1s",
    ALERT_OFFLINE_AFTER: "0s",
    HISTORY_STORE: "off",
    RATE_LIMIT_RPS: "1000",
    RATE_LIMIT_BURST: "1000",
  });
  await program.untilStarted();
  await using reader = await Reader.start();

  const nodes = await reader.open(`${program.origin}/#/nodes`);
  const row = nodes.locator(".rows .row", { hasText: "node-b" });
  await row.getByText("up", { exact: true }).waitFor();
  await nodes.getByText("2 of 2 nodes").waitFor();
  await assertAccessible(nodes, "nodes of the lab");
  await nodes.locator(".rows .row a", { hasText: "node-a" }).click();
  await nodes.getByText(lab.address("a")).first().waitFor();
  await nodes.getByRole("heading", { name: "Device metrics" }).waitFor();
  await nodes.goto(`${program.origin}/#/nodes`);

  const events = await reader.open(`${program.origin}/#/events`);
  await events.locator(".stream.live").waitFor();
  await lab.run(["ts", "b", "down"]);
  await events.getByText("node-b is offline", { exact: true }).first().waitFor();
  await row.getByText("offline", { exact: true }).waitFor();
  await events.getByRole("link", { name: "Alerts" }).click();
  await events.locator(".alerts li", { hasText: "node-b is offline" }).waitFor();
  await lab.run(["ts", "b", "up"]);
  await row.getByText("up", { exact: true }).waitFor();
  assertEquals(reader.complaints, []);
});
