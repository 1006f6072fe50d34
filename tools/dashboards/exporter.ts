/**
 * "Tailscale / Exporter": tsmetrics itself: is what the others show fresh, and what does it cost?
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { board, DEVICE_LINK, row } from "./board.ts";
import { M } from "./metric.ts";
import { COLOR, graph, stat, table } from "./panel.ts";

/** The dashboard. */
export function exporter(): DashboardBuilder {
  return board({
    uid: "tsmetrics-exporter",
    title: "Exporter",
    description: "tsmetrics itself: freshness, errors, the API's budget, cardinality, resources.",
  })
    .withRow(row("Freshness"))
    .withPanel(stat({
      title: "API",
      description: "Whether the last refresh of the device list succeeded.",
      width: 6,
      height: 4,
      expr: `min(${M.tsmetrics_api_up})`,
      values: {
        "1": { text: "answers", color: COLOR.good },
        "0": { text: "fails", color: COLOR.bad },
      },
    }))
    .withPanel(stat({
      title: "Age of the device list",
      description: "Above three intervals something is wrong.",
      width: 6,
      height: 4,
      unit: "s",
      expr: `max(${M.tsmetrics_collection_age_seconds})`,
      steps: [{ color: COLOR.good }, { from: 120, color: COLOR.warn }, {
        from: 300,
        color: COLOR.bad,
      }],
    }))
    .withPanel(stat({
      title: "Metrics readable",
      description: "Devices whose metrics could be read, of those that were asked.",
      width: 6,
      height: 4,
      unit: "percentunit",
      decimals: 0,
      expr: `avg(max by (device_id) (${M.tsmetrics_device_up}))`,
      steps: [{ color: COLOR.bad }, { from: 0.5, color: COLOR.warn }, {
        from: 0.9,
        color: COLOR.good,
      }],
    }))
    .withPanel(stat({
      title: "Version",
      description: "Instances by version.",
      width: 6,
      height: 4,
      expr: `count by (version) (${M.tsmetrics_build_info})`,
    }))
    .withPanel(graph({
      title: "Duration of collections",
      description: "Mean time of a collection, by what is collected.",
      width: 12,
      height: 7,
      unit: "s",
      queries: [{
        expr: `sum by (instance, target) (rate(${M.tsmetrics_scrape_duration_seconds_sum}` +
          `[$__rate_interval])) / (sum by (instance, target) (rate(` +
          `${M.tsmetrics_scrape_duration_seconds_count}[$__rate_interval])) > 0)`,
        legend: "{{instance}}: {{target}}",
      }],
    }))
    .withPanel(graph({
      title: "Errors by type",
      description: "Failed refreshes of the device list (api) and of devices' metrics (device).",
      width: 12,
      height: 7,
      queries: [{
        expr: `sum by (target, error_type) (increase(${M.tsmetrics_scrape_errors_total}` +
          `[$__rate_interval])) > 0`,
        legend: "{{target}}: {{error_type}}",
      }],
    }))
    .withPanel(table({
      title: "Slowest devices",
      description: "Time to read a device's metrics in the last collection.",
      width: 12,
      height: 8,
      queries: [`topk(20, max by (device_name) (${M.tsmetrics_device_scrape_duration_seconds}))`],
      columns: [
        { field: "device_name", title: "Device", link: DEVICE_LINK },
        { field: "Value", title: "Takes", unit: "s" },
      ],
      sortBy: { title: "Takes", desc: true },
    }))
    .withPanel(table({
      title: "Devices that cannot be read",
      description: "Devices that are asked for their metrics and fail. /debug says why.",
      width: 12,
      height: 8,
      noData: "all can be read",
      queries: [
        `(max by (device_name) (${M.tsmetrics_device_up}) == 0) + on (device_name) group_left () ` +
        `(time() - max by (device_name) (${M.tsmetrics_device_last_success_timestamp_seconds})) or ` +
        `max by (device_name) (${M.tsmetrics_device_up}) == 0`,
      ],
      columns: [
        { field: "device_name", title: "Device", link: DEVICE_LINK },
        {
          field: "Value",
          title: "Not read for",
          unit: "s",
          values: { "0": { text: "never read", color: COLOR.bad } },
        },
      ],
    }))
    .withRow(row("API budget"))
    .withPanel(graph({
      title: "Requests to the API",
      description: "By endpoint and status, retries included.",
      width: 12,
      height: 7,
      unit: "reqps",
      queries: [{
        expr: `sum by (endpoint, code) (rate(${M.tsmetrics_api_requests_total}[$__rate_interval]))`,
        legend: "{{endpoint}} {{code}}",
      }],
    }))
    .withPanel(stat({
      title: "Requests a day",
      description: "As many as there would be at the present rate.",
      width: 6,
      height: 7,
      decimals: 0,
      expr: `sum(rate(${M.tsmetrics_api_requests_total}[1h])) * 86400`,
    }))
    .withPanel(stat({
      title: "Token valid for",
      description: "Tokens of an OAuth client are renewed before they expire.",
      width: 6,
      height: 7,
      unit: "s",
      decimals: 0,
      noData: "not known",
      expr: `min(${M.tsmetrics_api_token_expiry_timestamp_seconds}) - time()`,
      steps: [{ color: COLOR.bad }, { from: 60, color: COLOR.good }],
    }))
    .withRow(row("Cardinality and resources"))
    .withPanel(graph({
      title: "Series a scrape",
      description: "Series that Prometheus takes from tsmetrics.",
      width: 8,
      height: 7,
      queries: [{
        expr: 'sum by (instance) (scrape_samples_scraped{job=~".*tsmetrics.*"})',
        legend: "{{instance}}",
      }],
    }))
    .withPanel(graph({
      title: "Samples left out",
      description: "Samples of devices that were dropped, by reason.",
      width: 8,
      height: 7,
      noData: "none",
      queries: [{
        expr:
          `sum by (reason) (increase(${M.tsmetrics_relay_dropped_total}[$__rate_interval])) > 0`,
        legend: "{{reason}}",
      }],
    }))
    .withPanel(graph({
      title: "Memory",
      description: "Resident memory of the exporter.",
      width: 4,
      height: 7,
      unit: "bytes",
      queries: [{
        expr: `${M.process_resident_memory_bytes} and on (instance) ${M.tsmetrics_build_info}`,
        legend: "{{instance}}",
      }],
    }))
    .withPanel(graph({
      title: "CPU",
      description: "Processors in use.",
      width: 4,
      height: 7,
      queries: [{
        expr: `rate(${M.process_cpu_seconds_total}[$__rate_interval]) and on (instance) ` +
          M.tsmetrics_build_info,
        legend: "{{instance}}",
      }],
    }))
    .withRow(row("Alerts, history, jobs, database"))
    .withPanel(graph({
      title: "Alerts of its own",
      description: "Alerts that fire by the exporter's own rules, silenced ones included.",
      width: 8,
      height: 7,
      noData: "none",
      queries: [{
        expr: `max by (rule) (${M.tsmetrics_alerts}{state="firing"}) > 0`,
        legend: "{{rule}}",
      }],
    }))
    .withPanel(graph({
      title: "Events by type",
      description: "Events that were recorded.",
      width: 8,
      height: 7,
      noData: "none",
      queries: [{
        expr: `sum by (type) (max without (job, instance) (increase(` +
          `${M.tsmetrics_history_events_total}[$__rate_interval]))) > 0`,
        legend: "{{type}}",
      }],
    }))
    .withPanel(table({
      title: "Jobs",
      description: "Jobs that run at intervals: time since the last success, and duration.",
      width: 8,
      height: 7,
      joinBy: "job_name",
      noData: "no job has run",
      queries: [
        `time() - max by (job_name) (${M.tsmetrics_job_last_success_timestamp_seconds})`,
        `max by (job_name) (${M.tsmetrics_job_duration_seconds})`,
        `sum by (job_name) (max without (job) (increase(` +
        `${M.tsmetrics_job_failures_total}[$__range])))`,
      ],
      columns: [
        { field: "job_name", title: "Job" },
        { field: "Value #A", title: "Last success", unit: "s" },
        { field: "Value #B", title: "Took", unit: "s" },
        {
          field: "Value #C",
          title: "Failures",
          steps: [{ color: COLOR.good }, { from: 1, color: COLOR.warn }],
        },
      ],
      sortBy: { title: "Job", desc: false },
    }))
    .withPanel(graph({
      title: "Notifications",
      description: "Requests to Alertmanager and to the webhook.",
      width: 8,
      height: 7,
      noData: "none",
      queries: [{
        expr: `sum by (receiver, outcome) (max without (job) (increase(` +
          `${M.tsmetrics_alert_notifications_total}[$__rate_interval]))) > 0`,
        legend: "{{receiver}} {{outcome}}",
      }],
    }))
    .withPanel(stat({
      title: "Events kept",
      description: "Events in the history; HISTORY_MAX_EVENTS bounds them.",
      width: 4,
      height: 7,
      noData: "HISTORY is off",
      expr: `max(${M.tsmetrics_history_kept_events})`,
    }))
    .withPanel(stat({
      title: "Last saved",
      description: "Time since history or alerts were last written to origin storage.",
      width: 4,
      height: 7,
      unit: "s",
      decimals: 0,
      noData: "never",
      expr: `time() - max(${M.tsmetrics_history_saved_timestamp_seconds})`,
      steps: [{ color: COLOR.good }, { from: 1800, color: COLOR.warn }],
    }))
    .withPanel(graph({
      title: "Points for the database",
      description: "Points for INFLUX_URL a minute, by outcome.",
      width: 8,
      height: 7,
      noData: "INFLUX_URL is not set",
      queries: [{
        expr: `sum by (outcome) (max without (job) (rate(` +
          `${M.tsmetrics_push_points_total}[$__rate_interval]))) * 60`,
        legend: "{{outcome}}",
      }],
    }))
    .withPanel(stat({
      title: "Points that wait",
      description: "Points that the database has not taken yet.",
      width: 4,
      height: 7,
      decimals: 0,
      noData: "INFLUX_URL is not set",
      expr: `sum(max without (job) (${M.tsmetrics_push_buffered_points}))`,
      sparkline: true,
    }))
    .withPanel(graph({
      title: "Event streams",
      description: "Browsers and programs that listen to /api/v1/events/stream.",
      width: 4,
      height: 7,
      noData: "none",
      queries: [{
        expr: `sum by (instance) (max without (job) (${M.tsmetrics_http_event_streams}))`,
        legend: "{{instance}}",
      }],
    }))
    .withPanel(stat({
      title: "Own node",
      description: "State of the node of USE_TSNET, embedded or a sidecar.",
      width: 4,
      height: 7,
      noData: "USE_TSNET is off",
      expr: `max by (instance, state) (${M.tsmetrics_tsnet_state}) == 1`,
      name: "{{state}}",
    }))
    .withPanel(stat({
      title: "Own node restarts",
      description: "Restarts of that node in the selected time.",
      width: 4,
      height: 7,
      decimals: 0,
      noData: "USE_TSNET is off",
      expr: `sum(max by (instance) (increase(${M.tsmetrics_tsnet_restarts_total}[$__range])))`,
      steps: [{ color: COLOR.good }, { from: 1, color: COLOR.warn }],
    }));
}
