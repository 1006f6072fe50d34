/**
 * Recording rules under the metric names of another exporter, so that its dashboards and alerts
 * keep working after a migration. Nothing of ours needs them.
 *
 * @module
 */

import type { RecordingRule, RuleGroup } from "./rule.ts";

/** 1 for each device, with the labels that all metrics of devices have. */
const DEVICES = "tailscale_device_online";

/** What joins two of our metrics of one device. */
const ON = "on (job, instance, device_id)";

/** Metrics that differ only in name and in the labels `id` and `name`. */
const RENAMED: readonly (readonly [ours: string, theirs: string, comment: string])[] = [
  ["online", "online", "Whether the device is connected."],
  ["authorized", "authorized", "Whether the device is approved."],
  ["external", "external", "Whether the device is shared in."],
  ["update_available", "update_available", "Whether there is a newer client."],
  ["created_timestamp", "created_timestamp", "When the device joined."],
  ["machine_key_expiry", "expires_timestamp", "When the key expires; absent if it never does."],
  [
    "blocks_incoming_connections",
    "blocks_incoming",
    "Whether the device refuses incoming connections.",
  ],
];

/** The rules for tailscale-exporter, whose metrics of devices are called `tailscale_devices_*`. */
export const TAILSCALE_EXPORTER_GROUPS: readonly RuleGroup<RecordingRule>[] = [{
  name: "tailscale-exporter",
  comment:
    "Names and labels of tailscale-exporter. The labels job and instance stay, and so does " +
    "tailnet where it is a label of the target.",
  rules: [
    {
      record: "tailscale_up",
      comment: "The dashboards find job and tailnet by it. A tsmetrics that reads tailscaled has " +
        "a metric of this name, which serves as well.",
      expr: "tsmetrics_api_up unless on (job, instance) tailscale_backend_state",
    },
    {
      record: "tailscale_devices_info",
      comment: "1 for each device, with its system, client and owner. Without host name, " +
        "addresses and keys, which tsmetrics does not show.",
      expr: rename(
        `label_replace(label_replace(
  tailscale_device_info * ${ON} group_left (user_email) tailscale_device_user
  or ${ON} tailscale_device_info
, "client_version", "$1", "version", "(.*)"), "user", "$1", "user_email", "(.*)")`,
        ["online", "version", "user_email"],
      ),
    },
    ...RENAMED.map(([ours, theirs, comment]) => ({
      record: `tailscale_devices_${theirs}`,
      comment,
      expr: rename(`tailscale_device_${ours}`),
    })),
    {
      record: "tailscale_devices_last_seen_timestamp",
      comment: "When the device was last connected: now, while it is.",
      expr: rename(`(${DEVICES} == 1) * time()
or ${ON} tailscale_device_last_seen_timestamp`),
    },
    {
      record: "tailscale_devices_key_expiry_disabled",
      comment: "Whether the device's key never expires.",
      expr: rename(`(${DEVICES} * 0 + 1 unless ${ON} tailscale_device_machine_key_expiry)
or ${ON} ${DEVICES} * 0`),
    },
    ...["advertised", "enabled"].map((kind) => ({
      record: `tailscale_devices_routes_${kind}`,
      comment: `Number of routes that are ${kind}.`,
      expr: rename(`count without (route) (tailscale_device_routes_${kind})
or ${ON} ${DEVICES} * 0`),
    })),
    {
      record: "tailscale_devices_latency_ms",
      comment: "Round-trip time to a DERP region, in milliseconds.",
      expr: rename("tailscale_device_latency_ms", ["preferred"]),
    },
  ],
}];

/** The query with `id` and `name` in place of our labels. */
function rename(expr: string, dropped: readonly string[] = []): string {
  return `max without (${["device_id", "device_name", ...dropped].join(", ")}) (
  label_replace(label_replace(
    ${expr.replaceAll("\n", "\n    ")}
  , "id", "$1", "device_id", "(.*)"), "name", "$1", "device_name", "(.*)")
)`;
}
