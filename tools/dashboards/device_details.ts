/**
 * "Tailscale / Device Details": everything about one device.
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { board, deviceVariable, row } from "./board.ts";
import { M } from "./metric.ts";
import { PATH_COLORS } from "./overview.ts";
import { COLOR, graph, stat, table, timeline } from "./panel.ts";

const FILTER = '{device_name="$device"}';

function rate(metric: string, by: string): string {
  return `sum by (${by}) (max without (job, instance) ` +
    `(rate(${metric}${FILTER}[$__rate_interval])))`;
}

/** The dashboard. */
export function deviceDetails(): DashboardBuilder {
  return board({
    uid: "tsmetrics-device-details",
    title: "Device Details",
    description: "One device: what the control plane says of it, its traffic by path, its health.",
    variables: [deviceVariable(false)],
  })
    .withRow(row("$device"))
    .withPanel(stat({
      title: "Connection",
      description: "Whether the device is connected to the control plane.",
      width: 4,
      height: 4,
      expr: `max(${M.tailscale_device_online}${FILTER})`,
      values: {
        "1": { text: "online", color: COLOR.good },
        "0": { text: "offline", color: COLOR.bad },
      },
    }))
    .withPanel(stat({
      title: "Approved",
      description: "Whether an administrator has approved the device.",
      width: 4,
      height: 4,
      expr: `max(${M.tailscale_device_authorized}${FILTER})`,
      values: {
        "1": { text: "approved", color: COLOR.good },
        "0": { text: "waits", color: COLOR.bad },
      },
    }))
    .withPanel(stat({
      title: "Key expires in",
      description: "Empty where the key never expires.",
      width: 4,
      height: 4,
      unit: "s",
      decimals: 0,
      noData: "never",
      expr: `max(${M.tailscale_device_machine_key_expiry}${FILTER}) - time()`,
      steps: [
        { color: COLOR.bad },
        { from: 3 * 86_400, color: COLOR.warn },
        { from: 14 * 86_400, color: COLOR.good },
      ],
    }))
    .withPanel(stat({
      title: "Availability",
      description: "Share of the selected time in which the device was connected.",
      width: 4,
      height: 4,
      unit: "percentunit",
      decimals: 2,
      expr: `max(avg_over_time(${M.tailscale_device_online}${FILTER}[$__range]))`,
      steps: [{ color: COLOR.bad }, { from: 0.9, color: COLOR.warn }, {
        from: 0.99,
        color: COLOR.good,
      }],
    }))
    .withPanel(stat({
      title: "Direct traffic",
      description: "Share of what the device sends that takes a direct path, over the last hour. " +
        "What goes to embedded nodes never does.",
      width: 4,
      height: 4,
      unit: "percentunit",
      decimals: 1,
      noData: "no traffic",
      expr: `sum(max without (job, instance) (increase(${M.tailscaled_outbound_bytes_total}` +
        `{device_name="$device",path=~"direct_.*"}[1h]))) / ` +
        `(sum(max without (job, instance) (increase(${M.tailscaled_outbound_bytes_total}` +
        `${FILTER}[1h]))) > 0)`,
      steps: [{ color: COLOR.bad }, { from: 0.5, color: COLOR.warn }, {
        from: 0.9,
        color: COLOR.good,
      }],
    }))
    .withPanel(stat({
      title: "Health messages",
      description: "Things that tailscaled on the device finds wrong with itself.",
      width: 4,
      height: 4,
      noData: "metrics are not read",
      expr: `sum(max without (job, instance) (${M.tailscaled_health_messages}${FILTER}))`,
      steps: [{ color: COLOR.good }, { from: 1, color: COLOR.warn }],
    }))
    .withPanel(table({
      title: "Facts",
      description: "Operating system, client version, owner.",
      width: 24,
      height: 4,
      joinBy: "device_name",
      queries: [
        `max by (device_name, device_id, os, version) (${M.tailscale_device_info}${FILTER})`,
        `max by (device_name, user_email) (${M.tailscale_device_user}${FILTER})`,
        `max by (device_name) (${M.tailscale_device_created_timestamp}${FILTER}) * 1000`,
        `max by (device_name) (${M.tailscale_device_last_seen_timestamp}${FILTER}) * 1000`,
      ],
      columns: [
        { field: "device_name", title: "Device" },
        { field: "device_id", title: "Id" },
        { field: "os", title: "OS" },
        { field: "version", title: "Version" },
        { field: "user_email", title: "Owner" },
        { field: "Value #C", title: "Joined", unit: "dateTimeAsIso" },
        { field: "Value #D", title: "Last seen", unit: "dateTimeAsIso" },
      ],
    }))
    .withRow(row("Connectivity"))
    .withPanel(timeline({
      title: "Online",
      description: "When the device was connected to the control plane, and its metrics readable.",
      width: 12,
      height: 6,
      queries: [
        { expr: `max(${M.tailscale_device_online}${FILTER})`, legend: "connected" },
        { expr: `max(${M.tsmetrics_device_up}${FILTER})`, legend: "metrics" },
      ],
      values: { "1": { text: "yes", color: COLOR.good }, "0": { text: "no", color: COLOR.bad } },
    }))
    .withPanel(graph({
      title: "Latency by DERP region",
      description: "Round-trip times that the device has measured; the home region is marked.",
      width: 12,
      height: 6,
      unit: "ms",
      queries: [{
        expr: `max by (derp_region, preferred) (${M.tailscale_device_latency_ms}${FILTER})`,
        legend: "{{derp_region}} (home: {{preferred}})",
      }],
    }))
    .withPanel(table({
      title: "Routes",
      description: "Routes that the device advertises, and whether they are approved.",
      width: 12,
      height: 6,
      joinBy: "route",
      noData: "advertises no route",
      queries: [
        `max by (route) (${M.tailscale_device_routes_advertised}${FILTER})`,
        `max by (route) (${M.tailscale_device_routes_enabled}${FILTER})`,
      ],
      columns: [
        { field: "route", title: "Route" },
        {
          field: "Value #A",
          title: "Advertised",
          values: { "1": { text: "yes", color: COLOR.blue } },
        },
        {
          field: "Value #B",
          title: "Approved",
          values: { "1": { text: "yes", color: COLOR.good } },
        },
      ],
    }))
    .withPanel(table({
      title: "What the device's network supports",
      description: "As the device has told the control plane; absent where it has not.",
      width: 12,
      height: 6,
      queries: [`max by (feature) (${M.tailscale_device_client_supports}${FILTER})`],
      columns: [
        { field: "feature", title: "Feature" },
        {
          field: "Value",
          title: "Supported",
          values: {
            "1": { text: "yes", color: COLOR.good },
            "0": { text: "no", color: COLOR.grey },
          },
        },
      ],
    }))
    .withRow(row("Traffic"))
    .withPanel(graph({
      title: "Sent by path",
      description: "Bytes that the device sends, by path.",
      width: 12,
      height: 8,
      unit: "Bps",
      stacked: true,
      noData: "metrics are not read",
      queries: [{ expr: rate(M.tailscaled_outbound_bytes_total, "path"), legend: "{{path}}" }],
      colors: PATH_COLORS,
    }))
    .withPanel(graph({
      title: "Received by path",
      description: "Bytes that the device receives, by path.",
      width: 12,
      height: 8,
      unit: "Bps",
      stacked: true,
      noData: "metrics are not read",
      queries: [{ expr: rate(M.tailscaled_inbound_bytes_total, "path"), legend: "{{path}}" }],
      colors: PATH_COLORS,
    }))
    .withPanel(graph({
      title: "Packets by path",
      description: "Packets a second, sent and received.",
      width: 12,
      height: 7,
      unit: "pps",
      noData: "metrics are not read",
      queries: [
        { expr: rate(M.tailscaled_outbound_packets_total, "path"), legend: "sent: {{path}}" },
        { expr: rate(M.tailscaled_inbound_packets_total, "path"), legend: "received: {{path}}" },
      ],
    }))
    .withPanel(graph({
      title: "Dropped packets by reason",
      description: "acl: the tailnet policy forbids them. error: the host could not take it.",
      width: 12,
      height: 7,
      unit: "pps",
      noData: "metrics are not read",
      queries: [
        {
          expr: rate(M.tailscaled_inbound_dropped_packets_total, "reason"),
          legend: "inbound: {{reason}}",
        },
        {
          expr: rate(M.tailscaled_outbound_dropped_packets_total, "reason"),
          legend: "outbound: {{reason}}",
        },
      ],
    }));
}
