/**
 * The metrics that a control plane's device list gives, in the page's order. Names and labels are
 * those that dashboards out there already use; a gauge whose name ends in `_total` or `_ms` is one
 * of them. The code that fills them is in `device_collector.ts`.
 *
 * @module
 */

import { deviceMetric, gauge, indexOf, type MetricDefinition } from "../metric.ts";

/** The definitions by what the code calls them, in the page's order. */
export const DEVICE_DEFINITIONS = {
  count: gauge(
    "tailscale_device_count",
    "Number of devices in the tailnet that pass the filters.",
  ),
  info: deviceMetric(
    "gauge",
    "tailscale_device_info",
    "Constant 1; whether the device is online, its operating system and client version.",
    ["online", "os", "version"],
    ["online", "os", "version"],
  ),
  online: deviceMetric(
    "gauge",
    "tailscale_device_online",
    "Whether the device is connected to the control server (1) or not (0).",
  ),
  authorized: deviceMetric(
    "gauge",
    "tailscale_device_authorized",
    "Whether the device is approved (1) or waits for approval (0).",
  ),
  lastSeen: deviceMetric(
    "gauge",
    "tailscale_device_last_seen_timestamp",
    "When the device was last connected, in Unix seconds; absent while it is connected.",
  ),
  user: deviceMetric(
    "gauge",
    "tailscale_device_user",
    "Constant 1; the owner of the device.",
    ["user_email"],
    ["user_email"],
  ),
  keyExpiry: deviceMetric(
    "gauge",
    "tailscale_device_machine_key_expiry",
    "When the device's key expires, in Unix seconds; absent if it never does.",
  ),
  updateAvailable: deviceMetric(
    "gauge",
    "tailscale_device_update_available",
    "Whether there is a newer client for the device (1) or not (0).",
  ),
  created: deviceMetric(
    "gauge",
    "tailscale_device_created_timestamp",
    "When the device joined the tailnet, in Unix seconds.",
  ),
  external: deviceMetric(
    "gauge",
    "tailscale_device_external",
    "Whether the device is shared in from another tailnet (1) or not (0).",
  ),
  blocksIncoming: deviceMetric(
    "gauge",
    "tailscale_device_blocks_incoming_connections",
    "Whether the device refuses incoming connections (1) or not (0).",
  ),
  ephemeral: deviceMetric(
    "gauge",
    "tailscale_device_ephemeral",
    "Whether the device is removed once it goes offline (1) or not (0).",
  ),
  multipleConnections: deviceMetric(
    "gauge",
    "tailscale_device_multiple_connections",
    "Whether several machines connect with this device's key (1) or not (0).",
  ),
  lockError: deviceMetric(
    "gauge",
    "tailscale_device_tailnet_lock_error",
    "Whether Tailnet Lock reports an error for the device (1) or not (0).",
  ),
  routesAdvertised: deviceMetric(
    "gauge",
    "tailscale_device_routes_advertised",
    "Constant 1 for each route that the device offers.",
    ["route"],
  ),
  routesEnabled: deviceMetric(
    "gauge",
    "tailscale_device_routes_enabled",
    "Constant 1 for each route of the device that is approved.",
    ["route"],
  ),
  routesPrimary: deviceMetric(
    "gauge",
    "tailscale_device_routes_primary",
    "Constant 1 for each approved route that the device serves now, alone or as the primary of " +
      "several; headscale only.",
    ["route"],
  ),
  exitNode: deviceMetric(
    "gauge",
    "tailscale_device_exit_node",
    "Whether the device is approved as an exit node (1) or not (0).",
  ),
  exitNodeOption: deviceMetric(
    "gauge",
    "tailscale_device_exit_node_option",
    "Whether the device offers to be an exit node (1) or not (0).",
  ),
  subnetRouter: deviceMetric(
    "gauge",
    "tailscale_device_subnet_router",
    "Whether the device offers routes other than those of an exit node (1) or not (0).",
  ),
  latency: deviceMetric(
    "gauge",
    "tailscale_device_latency_ms",
    "Round-trip time to a DERP region in milliseconds; preferred marks the home region.",
    ["derp_region", "preferred"],
    ["preferred"],
  ),
  endpoints: deviceMetric(
    "gauge",
    "tailscale_device_endpoints_total",
    "Number of addresses and ports at which the device may be reached directly.",
  ),
  supports: deviceMetric(
    "gauge",
    "tailscale_device_client_supports",
    "Whether the device's network supports a feature (1) or not (0); absent where unknown.",
    ["feature"],
  ),
  serialNumbers: deviceMetric(
    "gauge",
    "tailscale_device_posture_serial_numbers_total",
    "Number of serial numbers known of the device; absent where posture identity is off.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** How the code calls a metric of a device. */
export type DeviceMetric = keyof typeof DEVICE_DEFINITIONS;

/** All metrics of the API, in the page's order. */
export const DEVICE_METRICS: readonly MetricDefinition[] = Object.values(DEVICE_DEFINITIONS);

/** The place of each metric in {@linkcode DEVICE_METRICS}. */
export const DEVICE_METRIC_INDEX: Readonly<Record<DeviceMetric, number>> = indexOf(
  DEVICE_DEFINITIONS,
);
