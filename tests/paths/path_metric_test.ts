import { assertEquals } from "@std/assert";
import { Page, Registry } from "../../src/page/mod.ts";
import { type MetricDefinition, PEER_LABELS } from "../../src/metric.ts";
import { isLabelName } from "../../src/exposition/mod.ts";
import {
  KEEPALIVE_METRICS,
  PATH_METRICS,
  RTT_BUCKETS,
  WATCHDOG_METRICS,
} from "../../src/paths/mod.ts";

const ALL: readonly MetricDefinition[] = [
  ...PATH_METRICS,
  ...KEEPALIVE_METRICS,
  ...WATCHDOG_METRICS,
];

Deno.test("the metrics of this folder are these", () => {
  const offered = ALL.map(({ name, type, labels }) => `${type} ${name}{${labels.join(", ")}}`);
  assertEquals(offered, [
    "gauge tailscale_peer_path{peer_id, peer_name, state}",
    "gauge tailscale_peer_path_since_timestamp_seconds{peer_id, peer_name}",
    "counter tailscale_peer_path_seconds_total{peer_id, peer_name, state}",
    "counter tailscale_peer_path_transitions_total{peer_id, peer_name, from, to}",
    "histogram tailscale_keepalive_rtt_seconds{peer_id, peer_name, path}",
    "gauge tailscale_keepalive_path{peer_id, peer_name, path}",
    "counter tailscale_keepalive_pings_total{peer_id, peer_name}",
    "counter tailscale_keepalive_pings_lost_total{peer_id, peer_name}",
    "counter tailscale_keepalive_failures_total{}",
    "counter tailscale_keepalive_rounds_total{}",
    "counter tailscale_keepalive_left_out_total{}",
    "gauge tailscale_keepalive_postponed_peers{}",
    // The six that dashboards out there know, with their types.
    "counter tailscale_watchdog_restarts_total{}",
    "counter tailscale_watchdog_relay_detections_total{}",
    "counter tailscale_watchdog_recoveries_total{}",
    "gauge tailscale_watchdog_peer_state{peer_id, peer_name}",
    "gauge tailscale_watchdog_peer_relay_duration_seconds{peer_id, peer_name}",
    "gauge tailscale_watchdog_last_run_timestamp_seconds{}",
    "counter tailscale_watchdog_actions_total{action, outcome}",
  ]);
});

Deno.test("the metrics of this folder follow the rules, and stand on one page", () => {
  const registry = new Registry();
  for (const { name, type, help, labels } of ALL) {
    const isTotal = name.endsWith("_total");
    assertEquals(isTotal, type === "counter", name);
    assertEquals(/^[A-Z].*\.$/.test(help), true, help);
    assertEquals(labels.every(isLabelName), true, name);
    const aboutPeer = labels.length === 0 || labels[0] === "action"
      ? true
      : labels.slice(0, 2).join() === PEER_LABELS.join();
    assertEquals(aboutPeer, true, name);
    const options = { name, help, labels };
    const values = labels.map((label) => `a ${label}`);
    if (type === "counter") registry.counter(options).inc(1, ...values);
    if (type === "gauge") registry.gauge(options).set(1, ...values);
    if (type === "histogram") {
      registry.histogram({ ...options, buckets: RTT_BUCKETS }).observe(0.02, ...values);
    }
  }
  const view = new Page([registry]).view();
  for (const format of ["text", "openmetrics"] as const) {
    assertEquals(view.text(format).match(/^# TYPE /gm)?.length, ALL.length);
  }
});
