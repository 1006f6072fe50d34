import { assertEquals } from "@std/assert";
import { formatDropPattern, parseDropPattern } from "../../src/cardinality.ts";
import { MetricDrop } from "../../src/collectors/_metric_drop.ts";

function makeDrop(...texts: readonly string[]): MetricDrop {
  return new MetricDrop(texts.flatMap((text) => parseDropPattern(text) ?? []));
}

Deno.test("MetricDrop.dropsFamily() goes by globs, and never takes a device's up", () => {
  const drop = makeDrop("tailscaled_serve_*", "tailscale_device_latency_ms", "x{y}");
  const names = ["tailscaled_serve_inbound_bytes_total", "tailscale_device_latency_ms", "x", "y"];
  assertEquals(names.map((name) => drop.dropsFamily(name)), [true, true, false, false]);
  const everything = makeDrop("*");
  assertEquals(everything.dropsFamily("tsmetrics_device_up"), false);
  assertEquals(everything.dropsFamily("tsmetrics_device_scrape_duration_seconds"), true);
});

Deno.test("MetricDrop.dropsLabel() keeps what identifies a series of a known family", () => {
  const drop = makeDrop("{*}");
  const kept = [
    ["tailscaled_inbound_bytes_total", "path"],
    ["tailscale_device_latency_ms", "derp_region"],
    ["tailscale_device_routes_enabled", "route"],
    ["whatever", "device_id"],
    ["whatever", "device_name"],
  ] as const;
  assertEquals(kept.filter(([family, label]) => drop.dropsLabel(family, label)), []);
  const gone = [
    ["tailscale_device_latency_ms", "preferred"],
    ["tailscale_device_info", "version"],
    ["tailscale_device_user", "user_email"],
    ["tailscaled_inbound_bytes_total", "new_in_a_later_version"],
    ["whatever", "path"],
  ] as const;
  assertEquals(gone.filter(([family, label]) => !drop.dropsLabel(family, label)), []);
});

Deno.test("MetricDrop names the labels of known families that stay", () => {
  assertEquals(makeDrop("{route}", "tailscale_device_routes_enabled").kept, [
    { family: "tailscale_device_routes_advertised", label: "route" },
    { family: "tailscale_device_routes_primary", label: "route" },
  ]);
  assertEquals(makeDrop("{preferred}", "{device_name}").kept, []);
});

Deno.test("MetricDrop.touches() spares families that no label can go from", () => {
  assertEquals(makeDrop("{path}").touches("tailscaled_inbound_bytes_total"), false);
  assertEquals(makeDrop("{path}").touches("tailscaled_health_messages"), true);
  assertEquals(makeDrop("{pa*}").touches("tailscaled_inbound_bytes_total"), true);
  assertEquals(makeDrop("a_*{path}").touches("tailscaled_health_messages"), false);
  assertEquals(makeDrop("{device_name}", "a").touches("a"), false);
});

Deno.test("MetricDrop.idle has the patterns that have left nothing out", () => {
  const texts = ["a*", "ab", "no_such", "{k}", "ab{k*}", "{nolabel}", "tsmetrics_device_u?"];
  const drop = makeDrop(...texts, "{device_n*}", "{route}");
  const idle = () => drop.idle.map(formatDropPattern);
  // The name is on every series; the route tells some apart, so its pattern is a known one.
  assertEquals(idle(), texts);
  assertEquals([drop.namesFamily("ab"), idle()], [true, texts]);
  drop.dropsFamily("ab");
  drop.dropsFamily("tsmetrics_device_up");
  drop.dropsLabel("ab", "k");
  drop.dropsLabel("tailscaled_inbound_bytes_total", "path");
  assertEquals(idle(), ["no_such", "{nolabel}", "tsmetrics_device_u?"]);
  assertEquals(makeDrop().idle, []);
});

Deno.test("MetricDrop.dropsName is for all families only", () => {
  assertEquals(makeDrop("{device_name}").dropsName, true);
  assertEquals(makeDrop("{device_*}").dropsName, true);
  assertEquals(makeDrop("a{device_*}", "{name}").dropsName, false);
  assertEquals([makeDrop().isEmpty, makeDrop("a").isEmpty], [true, false]);
});
