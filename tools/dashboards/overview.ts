/**
 * "Tailscale / Overview": what needs attention first, then the tailnet as a whole.
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { board, DEVICE_LINK, deviceVariable, row } from "./board.ts";
import { M } from "./metric.ts";
import { COLOR, graph, stat, table } from "./panel.ts";

const DEVICE = "device_id, device_name";
const FILTER = '{device_name=~"$device"}';

/** Replicas and jobs show the same series: the highest of each counts. */
function once(expr: string): string {
  return `max by (${DEVICE}) (${expr})`;
}

function problem(text: string, expr: string): string {
  return `label_replace(${expr}, "problem", "${text}", "", "")`;
}

/** One row for each thing that is wrong with a device. */
const ATTENTION = [
  problem("offline", `${once(`${M.tailscale_device_online}${FILTER}`)} == 0`),
  problem(
    "key has expired",
    `${once(`${M.tailscale_device_machine_key_expiry}${FILTER}`)} - time() <= 0`,
  ),
  problem(
    "key expires within 14 days",
    `(${once(`${M.tailscale_device_machine_key_expiry}${FILTER}`)} - time() < 14 * 86400) > 0`,
  ),
  problem(
    "Tailnet Lock error",
    `${once(`${M.tailscale_device_tailnet_lock_error}${FILTER}`)} == 1`,
  ),
  problem("waits for approval", `${once(`${M.tailscale_device_authorized}${FILTER}`)} == 0`),
  problem(
    "routes not approved",
    `count by (${DEVICE}) (max by (${DEVICE}, route) ` +
      `(${M.tailscale_device_routes_advertised}${FILTER}) unless on (device_id, route) ` +
      `${M.tailscale_device_routes_enabled})`,
  ),
  problem("metrics cannot be read", `${once(`${M.tsmetrics_device_up}${FILTER}`)} == 0`),
  problem(
    "health messages",
    `sum by (${DEVICE}) (max without (job, instance) ` +
      `(${M.tailscaled_health_messages}${FILTER})) > 0`,
  ),
].join("\nor\n");

const INBOUND = `max without (job, instance) (rate(${M.tailscaled_inbound_bytes_total}` +
  `${FILTER}[$__rate_interval]))`;
const OUTBOUND = `max without (job, instance) (rate(${M.tailscaled_outbound_bytes_total}` +
  `${FILTER}[$__rate_interval]))`;

/** Colours of tailscaled's `path` label. */
export const PATH_COLORS: Readonly<Record<string, string>> = {
  direct_ipv4: COLOR.blue,
  direct_ipv6: COLOR.neutral,
  peer_relay: COLOR.good,
  derp: COLOR.warn,
};

/** The dashboard. */
export function overview(): DashboardBuilder {
  return board({
    uid: "tsmetrics-overview",
    title: "Overview",
    description: "Devices of the tailnet, those that need attention, and traffic by path.",
    variables: [deviceVariable(true)],
  })
    .withRow(row("Devices that need attention"))
    .withPanel(table({
      title: "Devices that need attention",
      description: "One line for each thing that is wrong with a device. Laptops and phones that " +
        "are switched off are offline, too. A click on the name shows the device.",
      width: 16,
      height: 9,
      noData: "nothing needs attention",
      queries: [ATTENTION],
      columns: [
        { field: "device_name", title: "Device", link: DEVICE_LINK },
        { field: "problem", title: "Problem" },
      ],
      sortBy: { title: "Problem", desc: false },
    }))
    .withPanel(stat({
      title: "Devices",
      description: "Devices of the tailnet that pass the exporter's filters.",
      width: 4,
      height: 3,
      expr: `max(${M.tailscale_device_count})`,
    }))
    .withPanel(stat({
      title: "Online",
      description: "Devices that are connected to the control plane.",
      width: 4,
      height: 3,
      expr: `sum(${once(M.tailscale_device_online)})`,
      steps: [{ color: COLOR.good }],
    }))
    .withPanel(stat({
      title: "Availability",
      description: "Share of the selected time in which devices were connected, over all devices.",
      width: 4,
      height: 3,
      unit: "percentunit",
      decimals: 1,
      expr:
        `avg(max by (${DEVICE}) (avg_over_time(${M.tailscale_device_online}${FILTER}[$__range])))`,
      steps: [{ color: COLOR.bad }, { from: 0.5, color: COLOR.warn }, {
        from: 0.9,
        color: COLOR.good,
      }],
    }))
    .withPanel(stat({
      title: "Latency to home DERP",
      description: "Mean round-trip time of devices to their home DERP region.",
      width: 4,
      height: 3,
      unit: "ms",
      decimals: 0,
      expr: `avg(${
        once(`${M.tailscale_device_latency_ms}{preferred="true",device_name=~"$device"}`)
      })`,
      steps: [{ color: COLOR.good }, { from: 100, color: COLOR.warn }, {
        from: 250,
        color: COLOR.bad,
      }],
    }))
    .withPanel(stat({
      title: "Bandwidth",
      description: "Bytes that devices send per second, over all paths.",
      width: 4,
      height: 3,
      unit: "Bps",
      decimals: 1,
      expr: `sum(${OUTBOUND})`,
      sparkline: true,
    }))
    .withPanel(stat({
      title: "Sent over DERP",
      description: "Share of what devices send that goes over DERP relays. What goes to embedded " +
        "nodes always does, and counts here.",
      width: 4,
      height: 3,
      unit: "percentunit",
      decimals: 1,
      noData: "no traffic",
      expr: `sum(max without (job, instance) (rate(${M.tailscaled_outbound_bytes_total}` +
        `{path="derp",device_name=~"$device"}[$__rate_interval]))) / (sum(${OUTBOUND}) > 0)`,
      steps: [{ color: COLOR.good }, { from: 0.1, color: COLOR.warn }, {
        from: 0.5,
        color: COLOR.bad,
      }],
    }))
    .withRow(row("Traffic"))
    .withPanel(graph({
      title: "Traffic by path",
      description: "Bytes that devices send, by the path that packets take. DERP and peer relays " +
        "are slower than direct paths.",
      width: 12,
      height: 8,
      unit: "Bps",
      stacked: true,
      queries: [{ expr: `sum by (path) (${OUTBOUND})`, legend: "{{path}}" }],
      colors: PATH_COLORS,
    }))
    .withPanel(graph({
      title: "Devices with the most traffic",
      description: "The ten devices that send and receive the most.",
      width: 12,
      height: 8,
      unit: "Bps",
      queries: [{
        expr: `topk(10, sum by (device_name) (${OUTBOUND}) + sum by (device_name) (${INBOUND}))`,
        legend: "{{device_name}}",
      }],
    }))
    .withPanel(graph({
      title: "Dropped packets by reason",
      description: "Packets that devices drop. acl: the tailnet policy forbids them.",
      width: 12,
      height: 7,
      unit: "pps",
      queries: [
        {
          expr: `sum by (reason) (max without (job, instance) (rate(` +
            `${M.tailscaled_inbound_dropped_packets_total}${FILTER}[$__rate_interval])))`,
          legend: "inbound: {{reason}}",
        },
        {
          expr: `sum by (reason) (max without (job, instance) (rate(` +
            `${M.tailscaled_outbound_dropped_packets_total}${FILTER}[$__rate_interval])))`,
          legend: "outbound: {{reason}}",
        },
      ],
    }))
    .withPanel(graph({
      title: "Devices by state of their metrics",
      description: "Devices by the state of their scrape. untagged: not scraped.",
      width: 12,
      height: 7,
      stacked: true,
      queries: [{
        expr: `max by (state) (${M.tsmetrics_devices}) > 0`,
        legend: "{{state}}",
      }],
      colors: { up: COLOR.good, down: COLOR.bad, untagged: COLOR.grey, offline: COLOR.warn },
    }))
    .withRow(row("Inventory"))
    .withPanel(table({
      title: "Devices",
      description: "All devices. Days until the key expires are empty where it never does.",
      width: 24,
      height: 10,
      joinBy: "device_name",
      queries: [
        `max by (device_name, os, version) (${M.tailscale_device_info}${FILTER})`,
        `max by (device_name) (${M.tailscale_device_online}${FILTER})`,
        `(max by (device_name) (${M.tailscale_device_machine_key_expiry}${FILTER}) - time()) / 86400`,
        `max by (device_name) (${M.tailscale_device_update_available}${FILTER})`,
        `max by (device_name, user_email) (${M.tailscale_device_user}${FILTER})`,
      ],
      columns: [
        { field: "device_name", title: "Device", link: DEVICE_LINK },
        {
          field: "Value #B",
          title: "Online",
          values: {
            "1": { text: "online", color: COLOR.good },
            "0": { text: "offline", color: COLOR.warn },
          },
          width: 90,
        },
        { field: "os", title: "OS", width: 100 },
        { field: "version", title: "Version" },
        {
          field: "Value #D",
          title: "Update",
          values: {
            "1": { text: "available", color: COLOR.warn },
            "0": { text: "up to date", color: COLOR.good },
          },
          width: 110,
        },
        {
          field: "Value #C",
          title: "Key expires in",
          unit: "d",
          steps: [{ color: COLOR.bad }, { from: 3, color: COLOR.warn }, {
            from: 14,
            color: COLOR.good,
          }],
          width: 130,
        },
        { field: "user_email", title: "Owner" },
      ],
      sortBy: { title: "Device", desc: false },
    }))
    .withPanel(table({
      title: "Exit nodes and subnet routers",
      description: "Routes that devices advertise, and whether they are approved.",
      width: 12,
      height: 8,
      joinBy: "key",
      noData: "no device advertises routes",
      queries: [
        `label_join(max by (device_name, route) (${M.tailscale_device_routes_advertised}${FILTER}), ` +
        `"key", " ", "device_name", "route")`,
        `max by (key) (label_join(${M.tailscale_device_routes_enabled}${FILTER}, ` +
        `"key", " ", "device_name", "route"))`,
      ],
      columns: [
        { field: "device_name", title: "Device", link: DEVICE_LINK },
        { field: "route", title: "Route" },
        {
          field: "Value #B",
          title: "Approved",
          values: { "1": { text: "yes", color: COLOR.good } },
          width: 100,
        },
      ],
    }))
    .withPanel(graph({
      title: "Latency to home DERP by device",
      description: "The ten devices with the longest round trips to their home region.",
      width: 12,
      height: 8,
      unit: "ms",
      queries: [{
        expr: `topk(10, max by (device_name, derp_region) (${M.tailscale_device_latency_ms}` +
          `{preferred="true",device_name=~"$device"}))`,
        legend: "{{device_name}} → {{derp_region}}",
      }],
    }));
}
