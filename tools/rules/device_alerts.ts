/**
 * Alerts about devices: what the control plane says of them, and what their own metrics count.
 * Two replicas of the exporter, or two jobs that scrape one, fire each alert once.
 *
 * @module
 */

import type { Alert, RuleGroup } from "./rule.ts";

// Not the recorded one, which may be an evaluation old when another group reads it.
const KEY_REMAINING =
  "max by (device_id, device_name) (tailscale_device_machine_key_expiry) - time()";
const NOT_ABANDONED = "unless on (device_id) device:tailscale_device_abandoned:info";
const SERVER = `and on (device_id) device:tailscale_device_server:info
  ${NOT_ABANDONED}`;

/** Alerts about what the control plane says. */
export const DEVICE_ALERTS: RuleGroup<Alert> = {
  name: "tailscale-devices",
  comment: "Devices, as the control plane knows them.",
  rules: [
    {
      alert: "TailscaleDeviceOffline",
      expr: `max by (device_id, device_name, os) (tailscale_device_info{online="false"} == 1)
  ${NOT_ABANDONED}`,
      for: "5m",
      severity: "warning",
      summary: "Tailscale device {{ $labels.device_name }} is offline",
      description: "{{ $labels.device_name }} ({{ $labels.os }}) has had no connection to the " +
        "control plane for 5 minutes.",
    },
    {
      alert: "TailscaleServerOffline",
      expr: `max by (device_id, device_name) (tailscale_device_online == 0)
  ${SERVER}`,
      for: "10m",
      severity: "critical",
      summary: "Server {{ $labels.device_name }} is offline",
      description: "{{ $labels.device_name }} is run as a server and has had no connection to " +
        "the control plane for 10 minutes, longer than a reboot takes.",
    },
    {
      alert: "TailscaleKeyExpiresSoon",
      expr: `(${KEY_REMAINING}) <= 14 * 86400 > 3 * 86400
  ${SERVER}`,
      for: "1h",
      severity: "warning",
      summary: "The key of {{ $labels.device_name }} expires within 14 days",
      description: "The key of {{ $labels.device_name }} expires in " +
        "{{ $value | humanizeDuration }}. Then the device drops out of the tailnet.",
    },
    {
      alert: "TailscaleKeyExpiresVerySoon",
      expr: `(${KEY_REMAINING}) <= 3 * 86400 > 0
  ${SERVER}`,
      for: "15m",
      severity: "critical",
      summary: "The key of {{ $labels.device_name }} expires within 3 days",
      description: "The key of {{ $labels.device_name }} expires in " +
        "{{ $value | humanizeDuration }}. Then the device drops out of the tailnet.",
    },
    {
      alert: "TailscaleKeyExpired",
      // A key that expired longer ago is given up, as on the page.
      expr: `-(${KEY_REMAINING}) >= 0 <= 30 * 86400
  ${SERVER}`,
      for: "5m",
      severity: "critical",
      summary: "The key of {{ $labels.device_name }} has expired",
      description: "The key of {{ $labels.device_name }} expired " +
        "{{ $value | humanizeDuration }} ago: it reaches no other device.",
    },
    {
      alert: "TailscaleTailnetLockError",
      expr: "max by (device_id, device_name) (tailscale_device_tailnet_lock_error == 1)",
      for: "15m",
      severity: "critical",
      summary: "Tailnet Lock reports an error for {{ $labels.device_name }}",
      description: "{{ $labels.device_name }} has had a Tailnet Lock error for 15 minutes: " +
        "other devices refuse its key.",
    },
    {
      alert: "TailscaleDeviceNotApproved",
      expr: "max by (device_id, device_name) (tailscale_device_authorized == 0)",
      for: "1h",
      severity: "warning",
      summary: "{{ $labels.device_name }} waits for approval",
      description: "{{ $labels.device_name }} has been waiting for an administrator's approval " +
        "for an hour.",
    },
    {
      alert: "TailscaleRoutesNotApproved",
      expr: `count by (device_id, device_name) (
  device_route:tailscale_device_routes_unapproved:info
)`,
      for: "1h",
      severity: "warning",
      summary: "{{ $labels.device_name }} advertises routes that are not approved",
      description: "{{ $labels.device_name }} has advertised " +
        "{{ if eq $value 1.0 }}1 route{{ else }}{{ $value }} routes{{ end }} for an hour without " +
        "approval, so no traffic takes {{ if eq $value 1.0 }}it{{ else }}them{{ end }}.",
    },
    {
      alert: "TailscaleMultipleConnections",
      expr: "max by (device_id, device_name) (tailscale_device_multiple_connections == 1)",
      for: "1h",
      severity: "warning",
      summary: "Several machines connect with the key of {{ $labels.device_name }}",
      description: "Several machines have connected with the key of {{ $labels.device_name }} " +
        "for an hour, as cloned disks do. They take each other's traffic.",
    },
    {
      alert: "TailscaleUpdateAvailable",
      expr: `(max by (device_id, device_name) (
  min_over_time(tailscale_device_update_available[14d])
) == 1)
  and on (device_id) last_over_time(tailscale_device_update_available[1d] offset 14d) == 1
  ${NOT_ABANDONED}`,
      for: "1h",
      severity: "info",
      summary: "A client update for {{ $labels.device_name }} has been available for 14 days",
      description: "A newer client has been available for {{ $labels.device_name }} for at " +
        "least 14 days.",
    },
  ],
};

/** Alerts about what a device counts itself. */
export const TRAFFIC_ALERTS: RuleGroup<Alert> = {
  name: "tailscale-traffic",
  comment: "What devices say of themselves on their own metrics pages.",
  rules: [
    {
      alert: "TailscaleHighPacketLoss",
      expr: `sum by (device_id, device_name) (
  device_reason:tailscaled_inbound_dropped_packets:rate5m
) > 100`,
      for: "2m",
      severity: "critical",
      summary: "High packet loss on {{ $labels.device_name }}",
      description: "{{ $labels.device_name }} drops {{ $value | humanize }} inbound packets a " +
        "second, over all reasons.",
    },
    {
      alert: "TailscalePacketsDropped",
      expr: `device_reason:tailscaled_inbound_dropped_packets:rate5m{reason!="acl"} > 1
  or device_reason:tailscaled_outbound_dropped_packets:rate5m > 1`,
      for: "15m",
      severity: "warning",
      summary: "{{ $labels.device_name }} drops packets: {{ $labels.reason }}",
      description: "{{ $labels.device_name }} has dropped {{ $value | humanize }} packets a " +
        "second for a quarter of an hour, with the reason {{ $labels.reason }}.",
    },
    {
      alert: "TailscaleMostlyRelayed",
      expr: `device:tailscaled_outbound_bytes_derp_avoidable:ratio_rate5m > 0.5
  and device:tailscaled_outbound_bytes_derp_avoidable:rate5m > 10e3
  unless on (device_id)
    (tailscale_host_info and on (job, instance) tailscale_version_info{os="js"})`,
      for: "30m",
      severity: "warning",
      summary: "{{ $labels.device_name }} sends most of its traffic over DERP",
      description: "{{ $labels.device_name }} has sent {{ $value | humanizePercentage }} of its " +
        "traffic over DERP relays for half an hour, more than 10 kB a second, embedded nodes not " +
        "counted.",
    },
    {
      alert: "TailscaleHealthMessages",
      expr: "sum by (device_id, device_name) " +
        "(max without (job, instance) (tailscaled_health_messages)) > 0",
      for: "30m",
      severity: "warning",
      summary: "{{ $labels.device_name }} reports health problems",
      description: "{{ $labels.device_name }} has reported " +
        "{{ if eq $value 1.0 }}1 health message{{ else }}{{ $value }} health messages{{ end }} " +
        "for half an hour; `tailscale status` on it shows them.",
    },
    {
      alert: "TailscaleDeviceUnreadable",
      // An exporter whose own node is out of the tailnet reaches no device, and has its own alert.
      expr: `max by (device_id, device_name) (
  tsmetrics_device_up
    unless on (job, instance) tsmetrics_tsnet_state{state!~"running|control_away"} == 1
) == 0
  and on (device_id) tailscale_device_online == 1`,
      for: "15m",
      severity: "warning",
      summary: "The metrics of {{ $labels.device_name }} cannot be read",
      description: "{{ $labels.device_name }} is online, and no exporter has been able to read " +
        "its metrics for a quarter of an hour.",
    },
  ],
};
