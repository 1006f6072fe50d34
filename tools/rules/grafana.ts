/**
 * Alerts as Grafana-managed rules, in the JSON that Grafana's alerting provisioning reads
 * (`provisioning/alerting/`, Grafana 10 and newer).
 *
 * Source: Grafana documentation, "Use configuration files to provision your alerting resources"
 *
 * @module
 */

import { annotationsOf } from "./prometheus.ts";
import type { Alert, RuleGroup } from "./rule.ts";

/** Prometheus' data source; the name that the shipped provisioning gives it. */
const DATASOURCE_UID = "prometheus";

/**
 * The provisioning file.
 *
 * Shape: RuleGroup[] → one Grafana rule group each; condition C is "the query has an answer"
 */
export function renderGrafanaAlerts(groups: readonly RuleGroup<Alert>[]): string {
  const file = {
    apiVersion: 1,
    groups: groups.map(({ name, rules }) => ({
      orgId: 1,
      name,
      folder: "tsmetrics",
      interval: "1m",
      rules: rules.map(renderRule),
    })),
  };
  return JSON.stringify(file, null, 2) + "\n";
}

function renderRule(alert: Alert): unknown {
  return {
    uid: uidOf(alert.alert),
    title: alert.alert,
    condition: "C",
    data: [
      {
        refId: "A",
        datasourceUid: DATASOURCE_UID,
        relativeTimeRange: { from: 600, to: 0 },
        model: { refId: "A", expr: alert.expr, instant: true, range: false },
      },
      {
        // A series is an alert, whatever its value: 0 of an expired key, too.
        refId: "C",
        datasourceUid: "__expr__",
        relativeTimeRange: { from: 0, to: 0 },
        model: { refId: "C", type: "math", expression: "is_number($A)" },
      },
    ],
    noDataState: "OK",
    execErrState: "Error",
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: grafanaTemplates(annotationsOf(alert)),
  };
}

/** `TailscaleDeviceOffline` → `tsm-tailscale-device-offline`; Grafana takes 40 characters. */
function uidOf(name: string): string {
  const words = name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
  return `tsm-${words}`.slice(0, 40);
}

/** Prometheus' `$value` is a number; Grafana's is a text, and `$values.A.Value` the number. */
function grafanaTemplates(annotations: Record<string, string>): Record<string, string> {
  const entries = Object.entries(annotations);
  return Object.fromEntries(
    entries.map(([name, text]) => [name, text.replaceAll("$value", "$values.A.Value")]),
  );
}
