/**
 * Writes the rule files of `deploy/` from `tools/rules/`: recording rules and alerts for
 * Prometheus, and the same alerts for Grafana. A test fails where a file is not what this tool
 * writes.
 *
 *     deno task rules
 *
 * @module
 */

import { DEVICE_ALERTS, TRAFFIC_ALERTS } from "./rules/device_alerts.ts";
import { EXPORTER_ALERTS } from "./rules/exporter_alerts.ts";
import { renderGrafanaAlerts } from "./rules/grafana.ts";
import { HOST_ALERTS } from "./rules/host_alerts.ts";
import { TAILSCALE_EXPORTER_GROUPS } from "./rules/migration_rules.ts";
import { PART_ALERTS } from "./rules/part_alerts.ts";
import { renderAlerts, renderRecordingRules } from "./rules/prometheus.ts";
import { RECORDING_GROUPS } from "./rules/recording_rules.ts";
import type { Alert, RuleGroup } from "./rules/rule.ts";

/** All alerts, by subject. */
export const ALERT_GROUPS: readonly RuleGroup<Alert>[] = [
  DEVICE_ALERTS,
  TRAFFIC_ALERTS,
  HOST_ALERTS,
  EXPORTER_ALERTS,
  PART_ALERTS,
];

/** Path and content of each file. */
export function renderRuleFiles(): ReadonlyMap<string, string> {
  const made = "Made by `deno task rules` from tools/rules/.";
  return new Map([
    [
      "deploy/prometheus/recording.rules.yml",
      renderRecordingRules(
        `Recording rules of tsmetrics; the alerts need them. ${made}`,
        RECORDING_GROUPS,
      ),
    ],
    [
      "deploy/prometheus/alerts.rules.yml",
      renderAlerts(
        `Alerts of tsmetrics; load recording.rules.yml beside it. docs/runbooks.md says what each ` +
          `means. ${made}`,
        ALERT_GROUPS,
      ),
    ],
    [
      "deploy/prometheus/tailscale-exporter.rules.yml",
      renderRecordingRules(
        `Our metrics under the names of tailscale-exporter, for its dashboards and alerts: ` +
          `docs/migrating.md. ${made}`,
        TAILSCALE_EXPORTER_GROUPS,
      ),
    ],
    ["deploy/grafana/alerts.json", renderGrafanaAlerts(ALERT_GROUPS)],
  ]);
}

if (import.meta.main) {
  for (const [path, content] of renderRuleFiles()) Deno.writeTextFileSync(path, content);
}
