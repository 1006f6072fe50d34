import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fillBlock, fillReadme } from "../../tools/readme.ts";
import { textOf } from "../style/tree.ts";

const EMPTY = "# A\n\n<!-- begin settings -->\n<!-- end settings -->\n\nB\n\n" +
  "<!-- begin metrics -->\n<!-- end metrics -->\n";

Deno.test("README.md holds the tables that tools/readme.ts writes", async () => {
  const readme = await textOf("README.md");
  const wanted = fillReadme(readme).split("\n");
  const stale = readme.split("\n").filter((line, index) => line !== wanted[index]);
  assertEquals(stale.slice(0, 3), [], "run tools/readme.ts");
  assertEquals(readme.split("\n").length, wanted.length);
});

Deno.test("fillReadme() writes a row for each metric, grouped by source", () => {
  const filled = fillReadme(EMPTY);
  const lines = filled.split("\n").map((line) => line.replaceAll(/ +/g, " "));
  for (
    const line of [
      "# A",
      "| `PORT` | `9100` | TCP port to listen on; 0 takes any free one. " +
      "Takes a whole number from 0 to 65535. |",
      "B",
      "**From the Tailscale API**; each series also has the labels `device_id` and " +
      "`device_name`, except `tailscale_device_count`",
      "| `tailscale_device_user` | gauge | `user_email` | Constant 1; who owns the device. |",
      "**From each device's own page**; each series also has the labels `device_id` and " +
      "`device_name`",
      "| `tailscaled_inbound_packets_total` | counter | `path` | " +
      "Counts the number of packets received from other peers |",
      "| `tailscale_peer_path` | gauge | `state` | The path that packets to the peer take: 1 for " +
      "the state it is in, 0 for all others. |",
      "**From the watchdog**; those of `tailscale_watchdog_peer_state`, " +
      "`tailscale_watchdog_peer_relay_duration_seconds` also have `peer_id` and `peer_name`",
      "**About the exporter**",
      "| `tsmetrics_scrape_errors_total` | counter | `target`, `error_type` | Failed refreshes of " +
      "the device list (api) and of devices' pages (device), by cause. |",
    ]
  ) assertEquals(lines.filter((each) => each === line), [line]);
  assertEquals(lines.filter((line) => line === "| Metric | Type | Labels | Meaning |").length, 7);
});

Deno.test("fillReadme() changes nothing that it has written itself", () => {
  const filled = fillReadme(EMPTY);
  assertEquals(fillReadme(filled), filled);
  assertStringIncludes(filled, "<!-- end settings -->\n\nB\n\n<!-- begin metrics -->\n\n");
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
