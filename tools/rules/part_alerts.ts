/**
 * Alerts about the parts of tsmetrics that are switched on by settings or have state: jobs, its own
 * alerts, history, access logs, the database, our own node.
 *
 * @module
 */

import type { NodeState } from "../../src/own_node/node_status.ts";
import { type Alert, COUNT, type RuleGroup } from "./rule.ts";

const WHO = "tsmetrics on {{ $labels.instance }}";

/** States in which our own node is out of the tailnet, mostly until a person acts. */
export const OUT: readonly NodeState[] = [
  "needs_login",
  "needs_approval",
  "key_expired",
  "removed",
];

/** Other states but running: it may recover by itself; in control_away devices may still answer. */
export const UNREADY: readonly NodeState[] = ["starting", "control_away", "stuck", "unreachable"];

/** Alerts about them. */
export const PART_ALERTS: RuleGroup<Alert> = {
  name: "tsmetrics-parts",
  comment: "Jobs, alerts, history, access logs, database and own node of the exporter.",
  rules: [
    {
      alert: "TsmetricsJobLate",
      expr: `time() - max by (instance, job_name) (
  tsmetrics_job_last_success_timestamp_seconds{job_name!~"report|access"}
) > 3600
or
time() - max by (instance, job_name) (
  tsmetrics_job_last_success_timestamp_seconds{job_name=~"report|access"}
) > 3 * 3600`,
      for: "5m",
      severity: "warning",
      summary: `The job {{ $labels.job_name }} of ${WHO} is late`,
      description: `The job {{ $labels.job_name }} of ${WHO} last succeeded ` +
        "{{ $value | humanizeDuration }} ago.",
    },
    {
      alert: "TsmetricsJobFailing",
      expr: `sum by (instance, job_name) (
  max without (job) (increase(tsmetrics_job_failures_total[1h]))
) > 1`,
      for: "15m",
      severity: "warning",
      summary: `The job {{ $labels.job_name }} of ${WHO} fails`,
      description: `The job {{ $labels.job_name }} of ${WHO} has failed ` +
        `${COUNT} times within an hour.`,
    },
    {
      alert: "TsmetricsAlertsNotDelivered",
      expr: `sum by (instance, receiver) (
  max without (job) (increase(tsmetrics_alert_notifications_total{outcome="failed"}[15m]))
) > 0
unless on (instance, receiver)
max without (job) (increase(tsmetrics_alert_notifications_total{outcome="sent"}[15m])) > 0`,
      for: "10m",
      severity: "critical",
      summary: `${WHO} cannot deliver alerts to {{ $labels.receiver }}`,
      description: `${COUNT} requests of ${WHO} to {{ $labels.receiver }} have ` +
        "failed within a quarter of an hour, and none has been taken.",
    },
    {
      alert: "TsmetricsAlertsLeftOut",
      expr: "max by (instance) (tsmetrics_alerts_left_out) > 0",
      for: "15m",
      severity: "warning",
      summary: `${WHO} has more alerts than it keeps`,
      description: `${COUNT} conditions make no alert of ${WHO}, because too many ` +
        "are pending or firing.",
    },
    {
      alert: "TsmetricsHistoryNotSaved",
      expr: `sum by (instance) (
  max without (job) (increase(tsmetrics_history_store_errors_total[1h]))
) > 2`,
      for: "10m",
      severity: "warning",
      summary: `${WHO} cannot save its history`,
      description: `${COUNT} reads and writes of the history of ${WHO} have failed ` +
        "within an hour.",
    },
    {
      alert: "TsmetricsHistoryDamaged",
      expr: "max by (instance) (tsmetrics_history_damaged_segments_total) > 0",
      for: "5m",
      severity: "info",
      summary: `A part of the history of ${WHO} is damaged`,
      description: `${COUNT} segments of the history of ${WHO} could not be read ` +
        "since its start: their events or hours are missing.",
    },
    {
      alert: "TsmetricsAccessLinesDropped",
      expr: `sum by (instance) (
  max without (job) (increase(tsmetrics_access_lines_total{outcome="dropped"}[15m]))
) > 0`,
      for: "15m",
      severity: "warning",
      summary: `${WHO} drops lines of access logs`,
      description: `${WHO} has dropped ${COUNT} lines of access logs within ` +
        "a quarter of an hour, because they come faster than it reads them.",
    },
    {
      alert: "TsmetricsAccessLinesRefused",
      expr: `sum by (instance) (max without (job) (rate(
  tsmetrics_access_lines_total{outcome=~"too_long|format|json|address|status|time"}[15m]
)))
  /
sum by (instance) (max without (job) (rate(tsmetrics_access_lines_total[15m])))
  > 0.05`,
      for: "30m",
      severity: "warning",
      summary: `${WHO} cannot read lines of access logs`,
      description: `${WHO} has refused {{ $value | humanizePercentage }} of the lines of access ` +
        "logs for half an hour; tsmetrics_access_lines_total says why.",
    },
    {
      alert: "TsmetricsPushFailing",
      expr: `max by (instance) (tsmetrics_push_buffered_points) > 0
unless on (instance)
time() - max by (instance) (tsmetrics_push_last_success_timestamp_seconds) < 900`,
      for: "15m",
      severity: "warning",
      summary: `${WHO} cannot write to its database`,
      description: `${COUNT} points of ${WHO} have been waiting for the database of ` +
        "INFLUX_URL for a quarter of an hour; tsmetrics_push_requests_total says why.",
    },
    {
      alert: "TsmetricsPushPointsLost",
      expr: `sum by (instance, outcome) (
  max without (job) (increase(tsmetrics_push_points_total{outcome!="written"}[1h]))
) > 0`,
      for: "5m",
      severity: "warning",
      summary: `Points of ${WHO} are missing in its database: {{ $labels.outcome }}`,
      description: `${COUNT} points of ${WHO} were {{ $labels.outcome }} within an ` +
        "hour.",
    },
    {
      alert: "TsmetricsTsnetNeedsLogin",
      expr: numberOf(OUT),
      for: "5m",
      severity: "critical",
      summary: `The node of ${WHO} is not in the tailnet: ${wordOf(OUT)}`,
      description: `The node of ${WHO} has been out of the tailnet for 5 minutes. It is in state ` +
        `${wordOf(OUT)}; the log says what to do.`,
    },
    {
      alert: "TsmetricsTsnetNotReady",
      expr: numberOf(UNREADY),
      for: "15m",
      severity: "warning",
      summary: `The node of ${WHO} is not ready: ${wordOf(UNREADY)}`,
      description: `The node of ${WHO} has not been ready for a quarter of an hour. It is in ` +
        `state ${wordOf(UNREADY)}.`,
    },
    {
      alert: "TsmetricsTsnetRestarting",
      expr: `sum by (instance) (
  max without (job) (increase(tsmetrics_tsnet_restarts_total[1h]))
) > 2`,
      for: "15m",
      severity: "warning",
      summary: `The node of ${WHO} restarts again and again`,
      description: `The node of ${WHO} has been restarted ${COUNT} times ` +
        "within an hour.",
    },
  ],
};

/**
 * The number of the state that our own node is in, from 1. A label instead would end the alert, and
 * start its `for` again, whenever one of the states follows another.
 */
function numberOf(states: readonly string[]): string {
  const each = states.map((state, at) =>
    `${at + 1} * (tsmetrics_tsnet_state{state="${state}"} == 1)`
  );
  return `max by (instance) (\n  ${each.join("\n  or ")}\n)`;
}

/** The template that writes the name of the state of that number. */
function wordOf(states: readonly string[]): string {
  const cases = states.map((state, at) => `if eq $value ${at + 1}.0 }}${state}`);
  return `{{ ${cases.join("{{ else ")}{{ end }}`;
}
