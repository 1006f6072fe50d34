/**
 * "Tailscale / Paths": how hosts reach their peers. Needs tsmetrics-host, or LOCALAPI_URL.
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { board, hostVariable, row } from "./board.ts";
import { M } from "./metric.ts";
import { COLOR, graph, heatmap, stat, table } from "./panel.ts";

const HOST = '{instance=~"$host"}';
const STATE_COLORS: Readonly<Record<string, string>> = {
  direct_v4: COLOR.blue,
  direct_v6: COLOR.neutral,
  peer_relay: COLOR.good,
  derp: COLOR.warn,
  offline: COLOR.bad,
  expired: COLOR.bad,
  idle: COLOR.grey,
  unknown: COLOR.purple,
};
const NO_HOST = "no host is scraped";

/** Leaves out embedded nodes, as a host and as a peer: all their paths are relayed. */
const CAN_BE_DIRECT = `unless on (job, instance, peer_id) ${M.tailscale_peer_info}{os="js"} ` +
  `unless on (job, instance) ${M.tailscale_version_info}{os="js"}`;

/** The dashboard. */
export function paths(): DashboardBuilder {
  return board({
    uid: "tsmetrics-paths",
    title: "Paths",
    description: "How hosts reach their peers: paths over time, relays, round trips, the watchdog.",
    variables: [hostVariable()],
  })
    .withRow(row("Now"))
    .withPanel(table({
      title: "Peers on a relay",
      description: "Peers whose traffic goes over a DERP relay, and for how long it has. " +
        "Embedded nodes, which have no other path, are left out.",
      width: 14,
      height: 8,
      noData: "no peer is on a relay",
      queries: [
        `time() - (max by (instance, peer_name) (` +
        `${M.tailscale_peer_path_since_timestamp_seconds}${HOST}) and on (instance, peer_name) ` +
        `(${M.tailscale_peer_path}{state="derp",instance=~"$host"} == 1 ${CAN_BE_DIRECT}))`,
      ],
      columns: [
        { field: "instance", title: "Host" },
        { field: "peer_name", title: "Peer" },
        {
          field: "Value",
          title: "For",
          unit: "s",
          steps: [{ color: COLOR.good }, { from: 600, color: COLOR.warn }, {
            from: 3600,
            color: COLOR.bad,
          }],
        },
      ],
      sortBy: { title: "For", desc: true },
    }))
    .withPanel(stat({
      title: "Hosts up",
      description: "Hosts whose tailscaled is in the state Running.",
      width: 5,
      height: 4,
      noData: NO_HOST,
      expr: `sum(max by (instance) (${M.tailscale_up}${HOST}))`,
      steps: [{ color: COLOR.good }],
    }))
    .withPanel(stat({
      title: "Peers in use",
      description: "Pairs of host and peer with traffic at present.",
      width: 5,
      height: 4,
      noData: NO_HOST,
      expr: `sum(max by (instance, peer_id) (${M.tailscale_peer_active}${HOST}))`,
    }))
    .withPanel(stat({
      title: "Direct",
      description: "Share of the pairs in use that are on a direct path, without embedded nodes.",
      width: 5,
      height: 4,
      unit: "percentunit",
      decimals: 0,
      noData: NO_HOST,
      expr: `sum(max by (instance, peer_id) (${M.tailscale_peer_direct}${HOST} * ` +
        `on (job, instance, peer_id) ${M.tailscale_peer_active}${HOST} ${CAN_BE_DIRECT})) / ` +
        `(sum(max by (instance, peer_id) (${M.tailscale_peer_active}${HOST} ${CAN_BE_DIRECT})) > 0)`,
      steps: [{ color: COLOR.bad }, { from: 0.5, color: COLOR.warn }, {
        from: 0.9,
        color: COLOR.good,
      }],
    }))
    .withPanel(stat({
      title: "Restarts asked for",
      description: "Restarts of tailscaled that the watchdog has asked for in the selected time.",
      width: 5,
      height: 4,
      decimals: 0,
      noData: "no watchdog",
      expr:
        `sum(max by (instance) (increase(${M.tailscale_watchdog_restarts_total}${HOST}[$__range])))`,
      steps: [{ color: COLOR.good }, { from: 1, color: COLOR.warn }],
    }))
    .withRow(row("Paths"))
    .withPanel(graph({
      title: "Pairs by path",
      description: "Pairs of host and peer by the path that packets take. idle needs none.",
      width: 12,
      height: 8,
      stacked: true,
      noData: NO_HOST,
      queries: [{
        expr:
          `sum by (state) (max by (instance, peer_id, state) (${M.tailscale_peer_path}${HOST}))`,
        legend: "{{state}}",
      }],
      colors: STATE_COLORS,
    }))
    .withPanel(graph({
      title: "Time by path",
      description: "Share of the time in use that pairs spent on each path.",
      width: 12,
      height: 8,
      unit: "percentunit",
      stacked: true,
      max: 1,
      noData: NO_HOST,
      queries: [{
        expr: `sum by (state) (rate(${M.tailscale_peer_path_seconds_total}` +
          `{state!~"idle|offline|expired|unknown",instance=~"$host"}[$__rate_interval])) / ignoring (state) ` +
          `group_left () (sum(rate(${M.tailscale_peer_path_seconds_total}` +
          `{state!~"idle|offline|expired|unknown",instance=~"$host"}[$__rate_interval])) > 0)`,
        legend: "{{state}}",
      }],
      colors: STATE_COLORS,
    }))
    .withPanel(graph({
      title: "Changes of path",
      description: "How often pairs went from one path to another; many changes are a bad network.",
      width: 12,
      height: 7,
      noData: NO_HOST,
      queries: [{
        expr: `sum by (from, to) (increase(${M.tailscale_peer_path_transitions_total}` +
          `${HOST}[$__rate_interval])) > 0`,
        legend: "{{from}} → {{to}}",
      }],
    }))
    .withPanel(graph({
      title: "Traffic by peer",
      description: "The ten pairs with the most traffic, both ways.",
      width: 12,
      height: 7,
      unit: "Bps",
      noData: NO_HOST,
      queries: [{
        expr: `topk(10, max by (instance, peer_name) (rate(${M.tailscale_peer_rx_bytes_total}` +
          `${HOST}[$__rate_interval]) + rate(${M.tailscale_peer_tx_bytes_total}` +
          `${HOST}[$__rate_interval])))`,
        legend: "{{instance}} ↔ {{peer_name}}",
      }],
    }))
    .withRow(row("Round trips and watchdog"))
    .withPanel(heatmap({
      title: "Round-trip times",
      description: "Pings of the keepalive that were answered.",
      width: 12,
      height: 8,
      noData: "no keepalive",
      expr: `sum by (le) (increase(${M.tailscale_keepalive_rtt_seconds_bucket}` +
        `${HOST}[$__rate_interval]))`,
    }))
    .withPanel(graph({
      title: "Lost pings",
      description: "Share of the keepalive's pings without an answer, by peer.",
      width: 12,
      height: 8,
      unit: "percentunit",
      max: 1,
      noData: "no keepalive",
      queries: [{
        expr: `max by (instance, peer_name) (rate(${M.tailscale_keepalive_pings_lost_total}` +
          `${HOST}[$__rate_interval]) / (rate(${M.tailscale_keepalive_pings_total}` +
          `${HOST}[$__rate_interval]) > 0)) > 0`,
        legend: "{{instance}} → {{peer_name}}",
      }],
    }))
    .withPanel(graph({
      title: "Watchdog actions",
      description: "Steps by kind and outcome, from a ping to a restart.",
      width: 12,
      height: 7,
      noData: "no watchdog, or nothing to do",
      queries: [{
        expr: `sum by (action, outcome) (increase(${M.tailscale_watchdog_actions_total}` +
          `${HOST}[$__rate_interval])) > 0`,
        legend: "{{action}}: {{outcome}}",
      }],
    }))
    .withPanel(graph({
      title: "Time on a relay",
      description: "For how long the watchdog has seen each peer on a relay.",
      width: 12,
      height: 7,
      unit: "s",
      noData: "no peer is on a relay",
      queries: [{
        expr: `max by (instance, peer_name) (` +
          `${M.tailscale_watchdog_peer_relay_duration_seconds}${HOST}) > 0`,
        legend: "{{instance}} → {{peer_name}}",
      }],
    }));
}
