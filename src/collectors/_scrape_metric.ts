/**
 * The metrics of devices' own pages: those that tailscaled is known to have, those that we add
 * about each scrape, and the names that no page may use.
 *
 * @module
 */

import { deviceMetric, type MetricDefinition } from "../metric.ts";

/**
 * What tailscaled 1.102 offers, with its own help texts, in the page's order. Families that are not
 * here are passed on too, after these.
 */
export const CLIENT_METRICS: readonly MetricDefinition[] = [
  deviceMetric(
    "gauge",
    "tailscaled_advertised_routes",
    "Number of advertised network routes (e.g. by a subnet router)",
  ),
  deviceMetric(
    "gauge",
    "tailscaled_approved_routes",
    "Number of approved network routes (e.g. by a subnet router)",
  ),
  deviceMetric(
    "gauge",
    "tailscaled_health_messages",
    "Number of health messages broken down by type.",
    ["type"],
  ),
  deviceMetric(
    "gauge",
    "tailscaled_home_derp_region_id",
    "DERP region ID of this node's home relay server",
  ),
  deviceMetric(
    "counter",
    "tailscaled_inbound_bytes_total",
    "Counts the number of bytes received from other peers",
    ["path"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_inbound_dropped_packets_total",
    "Counts the number of dropped packets received by the node from other peers",
    ["reason"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_inbound_packets_total",
    "Counts the number of packets received from other peers",
    ["path"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_outbound_bytes_total",
    "Counts the number of bytes sent to other peers",
    ["path"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_outbound_dropped_packets_total",
    "Counts the number of packets dropped while being sent to other peers",
    ["reason"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_outbound_packets_total",
    "Counts the number of packets sent to other peers",
    ["path"],
  ),
  deviceMetric(
    "gauge",
    "tailscaled_peer_relay_endpoints",
    "Number of allocated Peer Relay endpoints",
    ["state"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_peer_relay_forwarded_bytes_total",
    "Number of bytes forwarded via Peer Relay",
    ["transport_in", "transport_out"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_peer_relay_forwarded_packets_total",
    "Number of packets forwarded via Peer Relay",
    ["transport_in", "transport_out"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_serve_inbound_bytes_total",
    "Bytes received from peers on Serve connections for Tailscale Services, labeled by Tailscale " +
      "Service name.",
    ["service"],
  ),
  deviceMetric(
    "counter",
    "tailscaled_serve_outbound_bytes_total",
    "Bytes sent to peers on Serve connections for Tailscale Services, labeled by Tailscale " +
      "Service name.",
    ["service"],
  ),
];

/** What we add about the scrape of each device, in the page's order. */
export const SCRAPE_METRICS: readonly MetricDefinition[] = [
  deviceMetric(
    "gauge",
    "tsmetrics_device_up",
    "Whether the last scrape of the device succeeded (1) or not (0); only for devices that are " +
      "scraped.",
  ),
  deviceMetric(
    "gauge",
    "tsmetrics_device_last_success_timestamp_seconds",
    "When a scrape of the device last succeeded, in Unix seconds.",
  ),
  deviceMetric(
    "gauge",
    "tsmetrics_device_scrape_duration_seconds",
    "Duration of the device's last scrape, in seconds.",
  ),
];

/** The places of {@linkcode SCRAPE_METRICS}. */
export const SCRAPE_METRIC_INDEX = { up: 0, lastSuccess: 1, duration: 2 } as const;

/** Whether a family is ours, or the server's own, so that no device's page may bring it. */
export function isReservedFamily(name: string): boolean {
  // A summary named "process" would bring "process_count".
  // What a server writes of its alerts, and dashboards and alerts on alerts read.
  if (name === "up" || name === "ALERTS" || name === "ALERTS_FOR_STATE") return true;
  return /^(?:tsmetrics|tailscale|process|scrape)(?:_|$)/.test(name);
}
