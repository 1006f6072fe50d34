/**
 * Alerts about tsmetrics itself. While no exporter has a fresh device list, what other alerts say
 * of devices may be old: the Alertmanager example inhibits those by `TsmetricsNoFreshDeviceList`.
 *
 * @module
 */

import { type Alert, COUNT, type RuleGroup } from "./rule.ts";

/** Alerts about the exporter. */
export const EXPORTER_ALERTS: RuleGroup<Alert> = {
  name: "tsmetrics",
  comment: "The exporter itself.",
  rules: [
    {
      alert: "TsmetricsDown",
      expr: `max by (instance, shard) (up{job=~".*tsmetrics.*"}) == 0`,
      for: "5m",
      severity: "critical",
      summary: "tsmetrics on {{ $labels.instance }} is down",
      description: "Prometheus has not been able to scrape tsmetrics on {{ $labels.instance }}" +
        "{{ with $labels.shard }}, shard {{ . }},{{ end }} for 5 minutes.",
    },
    {
      alert: "TsmetricsAbsent",
      expr: "absent(tsmetrics_build_info)",
      for: "10m",
      severity: "critical",
      summary: "No tsmetrics is scraped",
      description: "Prometheus has seen no tsmetrics for 10 minutes: no target, or none that " +
        "answers.",
    },
    {
      alert: "TsmetricsApiFailing",
      expr: "max by (instance) (tsmetrics_api_up) == 0",
      for: "10m",
      severity: "critical",
      summary: "tsmetrics on {{ $labels.instance }} cannot refresh the device list",
      description: "tsmetrics on {{ $labels.instance }} has not been able to refresh the device " +
        "list for 10 minutes; tsmetrics_scrape_errors_total and its log say why.",
    },
    {
      alert: "TsmetricsCollectionStale",
      expr: "max by (instance) (tsmetrics_collection_age_seconds) > 300",
      for: "5m",
      severity: "critical",
      summary: "tsmetrics on {{ $labels.instance }} shows an old device list",
      description: "The device list of tsmetrics on {{ $labels.instance }} is " +
        "{{ $value | humanizeDuration }} old.",
    },
    {
      alert: "TsmetricsNoFreshDeviceList",
      // Over all exporters: where one of two replicas fails, alerts about devices come from the
      // other and are right.
      expr: `max(tsmetrics_api_up) == 0
  or min(tsmetrics_collection_age_seconds) > 300`,
      // Before an alert that has been pending can fire on facts that are old.
      for: "2m",
      severity: "info",
      summary: "No tsmetrics has a fresh device list",
      description: "No tsmetrics has been able to refresh its device list for 2 minutes. Alerts " +
        "about devices may rest on old facts.",
    },
    {
      alert: "TsmetricsCredentialExpiresSoon",
      // Access tokens of an OAuth client live for an hour and are renewed. A credential that was
      // the same a day ago is not.
      expr: `(
  max by (instance) (tsmetrics_api_token_expiry_timestamp_seconds)
  == max by (instance) (
    last_over_time(tsmetrics_api_token_expiry_timestamp_seconds[6h] offset 1d)
  )
) - time() < 14 * 86400 > 0`,
      for: "1h",
      severity: "warning",
      summary: "The API key of tsmetrics on {{ $labels.instance }} expires within 14 days",
      description: "The API key of tsmetrics on {{ $labels.instance }} expires in " +
        "{{ $value | humanizeDuration }} and is not renewed by itself.",
    },
    {
      alert: "TsmetricsCredentialExpired",
      expr: "time() - max by (instance) (tsmetrics_api_token_expiry_timestamp_seconds) > 0",
      for: "5m",
      severity: "critical",
      summary: "The API token of tsmetrics on {{ $labels.instance }} has expired",
      description: "The API key or access token of tsmetrics on {{ $labels.instance }} expired " +
        "{{ $value | humanizeDuration }} ago and has not been renewed.",
    },
    {
      alert: "TsmetricsRateLimited",
      expr: `sum by (instance) (
  max without (job) (increase(tsmetrics_api_requests_total{code="429"}[15m]))
) > 0`,
      for: "15m",
      severity: "warning",
      summary: "The Tailscale API limits tsmetrics on {{ $labels.instance }}",
      description: `The Tailscale API has answered ${COUNT} requests of tsmetrics on ` +
        "{{ $labels.instance }} with 429 within a quarter of an hour.",
    },
    {
      alert: "TsmetricsSamplesDropped",
      expr: `sum by (instance, reason) (
  max without (job) (
    increase(tsmetrics_relay_dropped_total{reason=~"family_limit|series_limit|type_conflict"}[1h])
  )
) > 0`,
      for: "1h",
      severity: "info",
      summary: "tsmetrics on {{ $labels.instance }} leaves samples out: {{ $labels.reason }}",
      description: `tsmetrics on {{ $labels.instance }} has left out ${COUNT} ` +
        "samples of devices within an hour, with the reason {{ $labels.reason }}.",
    },
  ],
};
