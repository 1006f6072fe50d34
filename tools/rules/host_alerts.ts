/**
 * Alerts about hosts: what a host's tailscaled says of itself and of the paths to its peers.
 *
 * One broken machine must not fire one alert for each of its peers: a peer that many hosts reach
 * over a relay, and a host that reaches most of its peers over one, have an alert of their own,
 * and the pairs stay quiet. Nor does our own node fire alerts as a host while it is out of the
 * tailnet: that state has an alert of its own, which says what to do.
 *
 * @module
 */

import { OUT } from "./part_alerts.ts";
import type { Alert, RuleGroup } from "./rule.ts";

const RELAYED = "instance_peer:tailscale_peer_relayed:active";
const MANY_HOSTS = `count by (peer_id, peer_name) (${RELAYED}) >= 3`;
const MANY_PEERS = `count by (instance) (${RELAYED}) >= 3`;

/** Leaves out the embedded node, whose states have alerts of their own. */
const NOT_EMBEDDED = 'unless on (job, instance) tailscale_version_info{os="js"}';

/**
 * Leaves out our own node while it is out of the tailnet, for TsmetricsTsnetNeedsLogin. It is this
 * host's tailscaled if it is a sidecar, which alone has the state "unreachable", or if this host is
 * the embedded node. A tailscaled beside an embedded node keeps its alerts.
 */
const NOT_OUT = `unless on (instance) (
    tsmetrics_tsnet_state{state=~"${OUT.join("|")}"} == 1
    and on (instance) (
      tsmetrics_tsnet_state{state="unreachable"} or tailscale_version_info{os="js"}
    )
  )`;

/** Whether the tailscaled of each host is up; one host may be scraped by several jobs. */
const UP = `max by (instance) (tailscale_up ${NOT_EMBEDDED})`;

/** Alerts about hosts. */
export const HOST_ALERTS: RuleGroup<Alert> = {
  name: "tailscale-hosts",
  comment: "Hosts that run tsmetrics-host: their tailscaled, and the paths to their peers.",
  rules: [
    {
      alert: "TailscaledNotRunning",
      expr: `${UP} == 0
  ${NOT_OUT}`,
      for: "5m",
      severity: "critical",
      summary: "tailscaled on {{ $labels.instance }} is not up",
      description: "tailscaled on {{ $labels.instance }} has not been in the state Running for " +
        "5 minutes.",
    },
    {
      alert: "TailscaleHostCutOff",
      expr: `max by (instance) (tailscale_host_online ${NOT_EMBEDDED}) == 0
  and on (instance) ${UP} == 1
  ${NOT_OUT}`,
      for: "10m",
      severity: "warning",
      summary: "{{ $labels.instance }} has lost its control plane",
      description: "tailscaled on {{ $labels.instance }} runs, and has had no connection to its " +
        "control plane for 10 minutes: it learns nothing new of its peers.",
    },
    {
      alert: "TailscaledHealthIssues",
      expr: `max by (instance) (tailscale_health_issues) > 0
  ${NOT_OUT}`,
      for: "30m",
      severity: "warning",
      summary: "tailscaled on {{ $labels.instance }} reports health issues",
      description: "tailscaled on {{ $labels.instance }} has reported " +
        "{{ if eq $value 1.0 }}1 health issue{{ else }}{{ $value }} health issues{{ end }} for " +
        "half an hour; tailscale_health_warning names them.",
    },
    {
      alert: "TailscaleHostKeyExpiresSoon",
      expr: `max by (instance) (tailscale_host_key_expiry_timestamp_seconds) - time() < 14 * 86400
  ${NOT_OUT}`,
      for: "1h",
      severity: "warning",
      summary: "The key of {{ $labels.instance }} " +
        "{{ if lt $value 0.0 }}has expired{{ else }}expires within 14 days{{ end }}",
      description: "The key of {{ $labels.instance }} {{ if lt $value 0.0 }}has expired" +
        "{{ else }}expires in {{ $value | humanizeDuration }}{{ end }}.",
    },
    {
      alert: "TailscaleExitNodeOffline",
      expr: `max by (instance) (tailscale_exit_node_in_use) == 1
  and on (instance) max by (instance) (tailscale_exit_node_online) == 0`,
      for: "5m",
      severity: "critical",
      summary: "The exit node of {{ $labels.instance }} is offline",
      description: "{{ $labels.instance }} sends its traffic through an exit node that has been " +
        "offline for 5 minutes.",
    },
    {
      alert: "TailscalePeerRelayed",
      expr: `${RELAYED}
  unless on (peer_id) (${MANY_HOSTS})
  unless on (instance) (${MANY_PEERS})`,
      for: "30m",
      severity: "warning",
      summary: "{{ $labels.instance }} reaches {{ $labels.peer_name }} over a relay",
      description: "{{ $labels.instance }} has exchanged traffic with {{ $labels.peer_name }} " +
        "over a DERP relay for half an hour.",
    },
    {
      alert: "TailscalePeerRelayedEverywhere",
      expr: MANY_HOSTS,
      for: "30m",
      severity: "warning",
      summary: "Many hosts reach {{ $labels.peer_name }} over a relay",
      description: "{{ $value }} hosts have exchanged traffic with {{ $labels.peer_name }} over " +
        "a DERP relay for half an hour: look at that machine first.",
    },
    {
      alert: "TailscaleHostRelayed",
      expr: MANY_PEERS,
      for: "30m",
      severity: "warning",
      summary: "{{ $labels.instance }} reaches many peers over a relay",
      description: "{{ $labels.instance }} has exchanged traffic with {{ $value }} peers over a " +
        "DERP relay for half an hour: its network probably blocks UDP.",
    },
    {
      alert: "TailscalePeerSlow",
      expr: `max by (instance, peer_id, peer_name) (
  instance_peer:tailscale_keepalive_rtt_seconds:mean10m
    > 2 * (instance_peer:tailscale_keepalive_rtt_seconds:mean1d offset 1h) + 0.02
)`,
      for: "15m",
      severity: "warning",
      summary: "{{ $labels.peer_name }} answers {{ $labels.instance }} slowly",
      description: "Pings from {{ $labels.instance }} to {{ $labels.peer_name }} take " +
        "{{ $value | humanizeDuration }}, more than twice what they took over the last day.",
    },
    {
      alert: "TailscalePingsLost",
      expr: `max by (instance, peer_id, peer_name) (
  instance_peer:tailscale_keepalive_pings_lost:ratio_rate15m
) > 0.2`,
      for: "15m",
      severity: "warning",
      summary: "Pings from {{ $labels.instance }} to {{ $labels.peer_name }} are lost",
      description: "{{ $value | humanizePercentage }} of the pings from {{ $labels.instance }} " +
        "to {{ $labels.peer_name }} have had no answer for a quarter of an hour.",
    },
    {
      alert: "TailscaleWatchdogRestarting",
      expr: "max by (instance) (increase(tailscale_watchdog_restarts_total[1h])) > 0",
      for: "0m",
      severity: "warning",
      summary: "The watchdog restarted tailscaled on {{ $labels.instance }}",
      description: "The watchdog has asked for a restart of tailscaled on " +
        "{{ $labels.instance }} within the last hour, because peers were stuck on a relay.",
    },
  ],
};
