/**
 * "Tailscale / Access": who uses which service, by the access logs of its web server. Needs
 * ACCESS_LISTEN or ACCESS_INGEST.
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { board, row, serviceVariable } from "./board.ts";
import { M } from "./metric.ts";
import { COLOR, graph, stat, table } from "./panel.ts";

const SERVICE = '{service=~"$service"}';
const NO_LINES = "no access logs";

/** Two jobs that scrape one exporter count once; processes that share the lines add up. */
function rateOf(metric: string, selector: string): string {
  return `max without (job) (rate(${metric}${selector}[$__rate_interval]))`;
}

function quantile(share: number): string {
  return `histogram_quantile(${share}, sum by (service, le) (` +
    `${rateOf(M.tailscale_access_request_duration_seconds_bucket, SERVICE)}))`;
}

/** Colours of classes of users. */
const USER_COLORS: Readonly<Record<string, string>> = {
  own: COLOR.blue,
  tagged: COLOR.neutral,
  shared: COLOR.good,
  external: COLOR.bad,
  server: COLOR.purple,
  unknown: COLOR.grey,
};

/** Colours of classes of statuses. */
const STATUS_COLORS: Readonly<Record<string, string>> = {
  "2xx": COLOR.good,
  "3xx": COLOR.neutral,
  "4xx": COLOR.warn,
  "5xx": COLOR.bad,
};

/** The dashboard. */
export function access(): DashboardBuilder {
  return board({
    uid: "tsmetrics-access",
    title: "Access",
    description:
      "Requests to services by user, device and endpoint, from access logs of web servers; needs " +
      "ACCESS_LISTEN or ACCESS_INGEST.",
    variables: [serviceVariable()],
  })
    .withRow(row("Today"))
    .withPanel(stat({
      title: "Users today",
      description: "Distinct users who made a request since midnight UTC.",
      width: 4,
      height: 4,
      noData: NO_LINES,
      expr: `max(${M.tailscale_access_users})`,
    }))
    .withPanel(stat({
      title: "Devices today",
      description: "Distinct devices that made a request since midnight UTC.",
      width: 4,
      height: 4,
      noData: NO_LINES,
      expr: `max(${M.tailscale_access_devices})`,
    }))
    .withPanel(stat({
      title: "Requests",
      description: "Requests a second at present.",
      width: 4,
      height: 4,
      unit: "reqps",
      decimals: 2,
      noData: NO_LINES,
      expr: `sum(${rateOf(M.tailscale_access_requests_total, SERVICE)})`,
      sparkline: true,
    }))
    .withPanel(stat({
      title: "Server errors",
      description: "Share of requests that were answered with a status of 500 or above.",
      width: 4,
      height: 4,
      unit: "percentunit",
      decimals: 1,
      noData: "no requests",
      expr: `(sum(${
        rateOf(M.tailscale_access_requests_total, '{service=~"$service",status_class="5xx"}')
      }) or vector(0)) / (sum(${rateOf(M.tailscale_access_requests_total, SERVICE)}) > 0)`,
      steps: [{ color: COLOR.good }, { from: 0.01, color: COLOR.warn }, {
        from: 0.05,
        color: COLOR.bad,
      }],
    }))
    .withPanel(stat({
      title: "From outside the tailnet",
      description: "Share of requests from addresses outside the tailnet (user_class external).",
      width: 4,
      height: 4,
      unit: "percentunit",
      decimals: 1,
      noData: "no requests",
      expr: `(sum(${
        rateOf(M.tailscale_access_requests_total, '{service=~"$service",user_class="external"}')
      }) or vector(0)) / (sum(${rateOf(M.tailscale_access_requests_total, SERVICE)}) > 0)`,
      steps: [{ color: COLOR.good }, { from: 0.01, color: COLOR.warn }],
    }))
    .withPanel(stat({
      title: "Lines refused or dropped",
      description: "Share of the lines of access logs that could not be counted.",
      width: 4,
      height: 4,
      unit: "percentunit",
      decimals: 1,
      noData: NO_LINES,
      expr: `1 - sum(${
        rateOf(M.tsmetrics_access_lines_total, '{outcome=~"counted|ignored"}')
      }) / (sum(${rateOf(M.tsmetrics_access_lines_total, "")}) > 0)`,
      steps: [{ color: COLOR.good }, { from: 0.01, color: COLOR.warn }, {
        from: 0.05,
        color: COLOR.bad,
      }],
    }))
    .withRow(row("Services"))
    .withPanel(graph({
      title: "Requests by service",
      description: "Requests a second to each service.",
      width: 12,
      height: 8,
      unit: "reqps",
      stacked: true,
      noData: NO_LINES,
      queries: [{
        expr: `sum by (service) (${rateOf(M.tailscale_access_requests_total, SERVICE)})`,
        legend: "{{service}}",
      }],
    }))
    .withPanel(graph({
      title: "Requests by status",
      description: "Requests a second by class of status.",
      width: 12,
      height: 8,
      unit: "reqps",
      stacked: true,
      noData: NO_LINES,
      queries: [{
        expr: `sum by (status_class) (${rateOf(M.tailscale_access_requests_total, SERVICE)})`,
        legend: "{{status_class}}",
      }],
      colors: STATUS_COLORS,
    }))
    .withPanel(graph({
      title: "Duration by service",
      description: "Duration of requests whose line tells it: the median and the slowest 5 %.",
      width: 12,
      height: 8,
      unit: "s",
      noData: "no line tells its duration",
      queries: [
        { expr: quantile(0.5), legend: "{{service}} p50" },
        { expr: quantile(0.95), legend: "{{service}} p95" },
      ],
    }))
    .withPanel(graph({
      title: "Bytes by service",
      description: "Bytes a second of the responses of each service.",
      width: 12,
      height: 8,
      unit: "Bps",
      noData: NO_LINES,
      queries: [{
        expr: `sum by (service) (${rateOf(M.tailscale_access_response_bytes_total, SERVICE)})`,
        legend: "{{service}}",
      }],
    }))
    .withRow(row("Users"))
    .withPanel(graph({
      title: "Requests by class of user",
      description:
        "own: a user of the tailnet. tagged: a tagged device. shared: a device that is " +
        "shared in. server: the machine of tsmetrics itself. external: not of the tailnet. " +
        "unknown: an address of the tailnet whose device is not known.",
      width: 12,
      height: 8,
      unit: "reqps",
      stacked: true,
      noData: NO_LINES,
      queries: [{
        expr: `sum by (user_class) (${rateOf(M.tailscale_access_requests_total, SERVICE)})`,
        legend: "{{user_class}}",
      }],
      colors: USER_COLORS,
    }))
    .withPanel(mostRequests("user", "User", M.tailscale_access_user_requests_total))
    .withPanel(mostRequests("device", "Device", M.tailscale_access_device_requests_total))
    .withPanel(table({
      title: "Endpoints with the most requests",
      description: "Requests in the selected time; only with ACCESS_LABELS=endpoint.",
      width: 12,
      height: 8,
      noData: "ACCESS_LABELS does not name endpoint",
      queries: [
        `topk(20, sum by (service, endpoint) (max without (job) (increase(` +
        `${M.tailscale_access_endpoint_requests_total}${SERVICE}[$__range])))) > 0`,
      ],
      columns: [
        { field: "service", title: "Service" },
        { field: "endpoint", title: "Endpoint" },
        { field: "Value", title: "Requests" },
      ],
      sortBy: { title: "Requests", desc: true },
    }))
    .withPanel(graph({
      title: "Lines by outcome",
      description: "Lines of access logs a second. dropped: they come too fast. stale: too old. " +
        "Other words say why a line is refused.",
      width: 6,
      height: 8,
      noData: NO_LINES,
      queries: [{
        expr: `sum by (outcome) (${rateOf(M.tsmetrics_access_lines_total, "")}) > 0`,
        legend: "{{outcome}}",
      }],
    }))
    .withPanel(graph({
      title: "Whois lookups",
      description: "Lookups of client addresses at this host's tailscaled, by outcome.",
      width: 6,
      height: 8,
      noData: "none",
      queries: [{
        expr: `sum by (outcome) (${rateOf(M.tsmetrics_access_whois_total, "")})`,
        legend: "{{outcome}}",
      }],
    }));
}

/** The values of a label with the most requests, of all services. */
function mostRequests(label: string, title: string, metric: string) {
  return table({
    title: `${title}s with the most requests`,
    description:
      `Requests in the selected time, of all services; only with ACCESS_LABELS=${label}.`,
    width: 6,
    height: 8,
    noData: `ACCESS_LABELS does not name ${label}`,
    queries: [
      `topk(20, sum by (${label}) (max without (job) (increase(${metric}[$__range])))) > 0`,
    ],
    columns: [{ field: label, title }, { field: "Value", title: "Requests" }],
    sortBy: { title: "Requests", desc: true },
  });
}
