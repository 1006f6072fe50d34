/**
 * The defaults of history, alerts and database, as `/debug` shows them.
 *
 * @module
 */

/** By their variables' names in lower case. */
export const HISTORY_DEFAULTS = {
  history: "on",
  history_keep: "30d",
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
  influx_url: null,
  influx_token: "not set",
  influx_org: null,
  influx_bucket: "analytics",
  influx_database: null,
  influx_username: null,
  influx_password: "not set",
  influx_buffer: 16_000_000,
  influx_access: false,
} as const;
