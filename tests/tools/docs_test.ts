import { assert, assertEquals, assertThrows } from "@std/assert";
import { fillBlock, GENERATED, metricsReference } from "../../tools/docs.ts";
import { textOf } from "../style/tree.ts";

Deno.test("generated documents are what tools/docs.ts writes", async () => {
  for (const { path, fill } of GENERATED) {
    const text = await textOf(path);
    const wanted = fill(text).split("\n");
    const stale = text.split("\n").filter((line, index) => line !== wanted[index]);
    assertEquals(stale.slice(0, 3), [], `${path}: run deno task docs`);
    assertEquals(text.split("\n").length, wanted.length, `${path}: run deno task docs`);
  }
});

Deno.test("metricsReference() writes a row for each metric, grouped by source", () => {
  const lines = metricsReference().split("\n");
  for (
    const line of [
      "## From the Tailscale API",
      "Each series also has the labels `device_id` and `device_name`, except " +
      "`tailscale_device_count`.",
      "| `tailscale_device_user` | gauge | `user_email` | Constant 1; the owner of the device. |",
      "## From each device",
      "Each series also has the labels `device_id` and `device_name`.",
      "| `tailscaled_inbound_packets_total` | counter | `path` | " +
      "Counts the number of packets received from other peers |",
      "| `tailscale_peer_path` | gauge | `state` | Path to the peer: 1 for the current state, 0 for " +
      "the others. |",
      "## From the watchdog",
      "`tailscale_watchdog_peer_state` and `tailscale_watchdog_peer_relay_duration_seconds` also " +
      "have `peer_id` and `peer_name`.",
      "## About the exporter",
      "| `tsmetrics_scrape_errors_total` | counter | `target`, `error_type` | Failed refreshes of " +
      "the device list (api), scrapes of devices (device) and calls of this host's LocalAPI " +
      "(tailscaled), by cause. |",
    ]
  ) assert(lines.includes(line), line);
  assertEquals(lines.filter((line) => line === "| Metric | Type | Labels | Meaning |").length, 12);
});

Deno.test("fillBlock() replaces what is between the marks and keeps the rest", () => {
  const text = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n";
  assertEquals(
    fillBlock(text, "x", "new $& \\1\n"),
    "a\n<!-- begin x -->\n\nnew $& \\1\n\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n",
  );
});

Deno.test("fillBlock() refuses a block that is missing, open, or there twice", () => {
  const block = "<!-- begin x -->\n<!-- end x -->\n";
  const message = 'Cannot fill the block "x": wanted it once, with begin and end';
  const texts = [
    "",
    "<!-- begin x -->\n",
    "<!-- end x -->\n",
    block + block,
    `${block}<!-- end x -->`,
  ];
  for (const text of texts) assertThrows(() => fillBlock(text, "x", ""), SyntaxError, message);
});
