/**
 * Recording rules: what several alerts, dashboards or people ask for. Each drops `job` and the
 * `instance` of a replica before it joins, so that an exporter that is scraped twice counts once.
 *
 * @module
 */

import type { RecordingRule, RuleGroup } from "./rule.ts";

/** The recording rules, by subject. */
export const RECORDING_GROUPS: readonly RuleGroup<RecordingRule>[] = [
  {
    name: "tsmetrics-devices",
    comment: "Devices as the control plane knows them, and their own traffic counters.",
    rules: [
      {
        record: "device:tailscale_device_server:info",
        comment:
          "1 for each device that is run as a server, and so is missed when it is gone: tagged " +
          "(with DEVICE_LABELS=tags), or with a key that does not expire, or on Linux or a BSD. " +
          "Change it here if your laptops run Linux; the alerts follow.",
        expr: `max by (device_id) (
  tailscale_device_info{os=~"linux|freebsd|openbsd|netbsd|illumos|solaris"}
  or tailscale_device_info{tags!=""}
  or (tailscale_device_info unless on (device_id) tailscale_device_machine_key_expiry)
)`,
      },
      {
        record: "device:tailscale_device_abandoned:info",
        comment:
          "1 for each device that has been offline for more than 30 days: retired, most likely, so " +
          "alerts about its connection, key and client leave it out, as the page does. Change the " +
          "time here; the alerts follow.",
        expr: `max by (device_id) (
  time() - tailscale_device_last_seen_timestamp > 30 * 86400
) > bool 0
  unless on (device_id) tailscale_device_online == 1`,
      },
      {
        record: "device:tailscale_device_key_expiry:remaining_seconds",
        comment:
          "Seconds until a device's key expires; negative once it has. Absent if it never does.",
        expr: "max by (device_id, device_name) (tailscale_device_machine_key_expiry) - time()",
      },
      {
        record: "device_route:tailscale_device_routes_unapproved:info",
        comment: "1 for each route that a device advertises and that is not approved.",
        expr: `max by (device_id, device_name, route) (tailscale_device_routes_advertised)
  unless on (device_id, route) tailscale_device_routes_enabled`,
      },
      {
        record: "device_path:tailscaled_inbound_bytes:rate5m",
        comment: "Bytes a second that a device receives, by path.",
        expr: "max without (job, instance) (rate(tailscaled_inbound_bytes_total[5m]))",
      },
      {
        record: "device_path:tailscaled_outbound_bytes:rate5m",
        comment: "Bytes a second that a device sends, by path.",
        expr: "max without (job, instance) (rate(tailscaled_outbound_bytes_total[5m]))",
      },
      {
        record: "device:tailscaled_outbound_bytes_derp:ratio_rate5m",
        comment: "Share of a device's outbound bytes that goes over DERP relays, 0 to 1.",
        expr:
          `sum by (device_id, device_name) (device_path:tailscaled_outbound_bytes:rate5m{path="derp"})
  /
(sum by (device_id, device_name) (device_path:tailscaled_outbound_bytes:rate5m) > 0)`,
      },
      {
        record: "device:tailscaled_outbound_bytes_embedded:rate5m",
        comment:
          "Bytes a second that a device sends to embedded nodes (os js), which only a relay " +
          "reaches: counted by its own tailscaled where that is read, else received by the " +
          "embedded nodes that are scraped.",
        expr: `sum by (device_id) (max by (peer_id, device_id) (
  (rate(tailscale_peer_tx_bytes_total[5m])
    and on (job, instance, peer_id) tailscale_peer_info{os="js"})
    * on (job, instance) group_left (device_id)
      max by (job, instance, device_id) (tailscale_host_info{device_id!=""})
))
  or
sum by (device_id) (max by (node_id, device_id) (
  rate(tailscale_peer_rx_bytes_total[5m])
    * on (job, instance) group_left (node_id)
      max by (job, instance, node_id) (
        tailscale_host_info and on (job, instance) tailscale_version_info{os="js"}
      )
    * on (job, instance, peer_id) group_left (device_id)
      max by (job, instance, peer_id, device_id) (tailscale_peer_info{device_id!=""})
))`,
      },
      {
        record: "device:tailscaled_outbound_bytes_derp_avoidable:rate5m",
        comment:
          "Bytes a second that a device sends over DERP to nodes that could have a direct path. " +
          "A tenth more than goes to embedded nodes is left out, because the two counters are " +
          "read at different moments.",
        expr: `clamp_min(
  sum by (device_id, device_name) (device_path:tailscaled_outbound_bytes:rate5m{path="derp"})
    - on (device_id) group_left () 1.1 * device:tailscaled_outbound_bytes_embedded:rate5m,
  0
)
  or
sum by (device_id, device_name) (device_path:tailscaled_outbound_bytes:rate5m{path="derp"})`,
      },
      {
        record: "device:tailscaled_outbound_bytes_derp_avoidable:ratio_rate5m",
        comment: "Their share of what the device sends to such nodes, 0 to 1.",
        expr: `device:tailscaled_outbound_bytes_derp_avoidable:rate5m
  /
((
  sum by (device_id, device_name) (device_path:tailscaled_outbound_bytes:rate5m{path!="derp"})
    + device:tailscaled_outbound_bytes_derp_avoidable:rate5m
  or device:tailscaled_outbound_bytes_derp_avoidable:rate5m
) > 0)`,
      },
      {
        record: "device_reason:tailscaled_inbound_dropped_packets:rate5m",
        comment: "Inbound packets a second that a device drops, by reason.",
        expr: "max without (job, instance) (rate(tailscaled_inbound_dropped_packets_total[5m]))",
      },
      {
        record: "device_reason:tailscaled_outbound_dropped_packets:rate5m",
        comment: "Outbound packets a second that a device drops, by reason.",
        expr: "max without (job, instance) (rate(tailscaled_outbound_dropped_packets_total[5m]))",
      },
    ],
  },
  {
    name: "tsmetrics-hosts",
    comment: "What hosts see of their peers, joined with what the control plane says. " +
      "Needs LOCALAPI_SOCKET, LOCALAPI_URL or BRIDGE_URL on each host.",
    rules: [
      {
        record: "instance_device:tailscale_peer_path:state",
        comment: "1 for the path from a host (instance) to a device, by state.",
        expr: `(tailscale_peer_path == 1)
  * on (job, instance, peer_id) group_left (device_id)
    max by (job, instance, peer_id, device_id) (tailscale_peer_info{device_id!=""})`,
      },
      {
        record: "instance_device:tailscale_peer_bytes:rate5m",
        comment: "Bytes a second between a host and a device, both ways.",
        expr: `(
    rate(tailscale_peer_rx_bytes_total[5m])
  + rate(tailscale_peer_tx_bytes_total[5m])
)
  * on (job, instance, peer_id) group_left (device_id)
    max by (job, instance, peer_id, device_id) (tailscale_peer_info{device_id!=""})`,
      },
      {
        record: "instance_device:tailscale_device_online:not_direct",
        comment:
          "1 for each device that is connected, as the control plane says, and that a host " +
          "cannot reach or reaches over a relay only. Two replicas may know a device by its old " +
          "and its new name for a cycle: topk takes one.",
        expr:
          `topk by (device_id) (1, max by (device_id, device_name) (tailscale_device_online == 1))
  * on (device_id) group_right (device_name)
    instance_device:tailscale_peer_path:state{state=~"derp|peer_relay|offline"}`,
      },
      {
        record: "instance_peer:tailscale_peer_direct:ratio1d",
        comment:
          "Share of the last day, of the time a peer was in use, that it was on a direct path.",
        expr: `sum by (job, instance, peer_id, peer_name) (
  increase(tailscale_peer_path_seconds_total{state=~"direct_v4|direct_v6"}[1d])
)
  /
sum by (job, instance, peer_id, peer_name) (
  increase(tailscale_peer_path_seconds_total{state!~"idle|offline|expired|unknown"}[1d])
)`,
      },
      {
        record: "instance_peer:tailscale_peer_relayed:active",
        comment:
          "1 for each peer that exchanges traffic with a host over DERP, once for each host and " +
          "peer, however many jobs scrape that host. An embedded node (os js) has no other path, " +
          "so it is left out as a host and as a peer.",
        expr: `max by (instance, peer_id, peer_name) (
  (tailscale_peer_path{state="derp"} == 1)
    and on (job, instance, peer_id) (tailscale_peer_active == 1)
    unless on (job, instance) tailscale_version_info{os="js"}
    unless on (job, instance, peer_id) tailscale_peer_info{os="js"}
)`,
      },
      {
        record: "instance_peer:tailscale_keepalive_rtt_seconds:mean10m",
        comment: "Mean round-trip time of keepalive pings over ten minutes, in seconds.",
        expr:
          `sum by (job, instance, peer_id, peer_name) (rate(tailscale_keepalive_rtt_seconds_sum[10m]))
  /
(sum by (job, instance, peer_id, peer_name) (rate(tailscale_keepalive_rtt_seconds_count[10m])) > 0)`,
      },
      {
        record: "instance_peer:tailscale_keepalive_rtt_seconds:mean1d",
        comment: "The same over a day: the baseline that the alert compares with.",
        expr:
          `sum by (job, instance, peer_id, peer_name) (rate(tailscale_keepalive_rtt_seconds_sum[1d]))
  /
(sum by (job, instance, peer_id, peer_name) (rate(tailscale_keepalive_rtt_seconds_count[1d])) > 0)`,
      },
      {
        record: "instance_peer:tailscale_keepalive_pings_lost:ratio_rate15m",
        comment: "Share of keepalive pings without an answer over a quarter of an hour, 0 to 1.",
        expr:
          `sum by (job, instance, peer_id, peer_name) (rate(tailscale_keepalive_pings_lost_total[15m]))
  /
(sum by (job, instance, peer_id, peer_name) (rate(tailscale_keepalive_pings_total[15m])) > 0)`,
      },
    ],
  },
];
