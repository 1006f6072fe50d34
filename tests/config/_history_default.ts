/**
 * The defaults of history and alerts, as `/debug` shows them.
 *
 * @module
 */

/** By their variables' names in lower case. */
export const HISTORY_DEFAULTS = {
  history: "on",
  history_keep: "720h",
  history_max_events: 10_000,
  history_store: "on",
  health_interval: "5m",
  critical_interval: "2m",
  report_interval: "1h",
  node_types: ["git=*git*", "development=*dev*", "production=chocolate-factory*"],
  critical_nodes: ["type:git", "type:development", "type:production"],
  alerts: "on",
  alert_offline_after: "2m",
  alert_personal_devices: false,
  alertmanager_url: null,
  alert_webhook_url: "not set",
  alert_webhook_format: "json",
  alert_cooldown: "15m",
} as const;
