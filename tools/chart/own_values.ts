/**
 * Which values of the Helm chart stand for settings of the program. All other settings are taken
 * under `settings` and `secretSettings` by the name of their variable.
 *
 * @module
 */

import { SETTING_ROWS } from "../../src/config/setting_table.ts";
import type { Setting } from "../../src/config/setting.ts";

/** Settings that have a value of the chart to themselves, and that value's path. */
export const OWN_VALUES: ReadonlyMap<string, string> = new Map([
  ["OAUTH_CLIENT_ID", "tailscale.oauthClientId"],
  ["OAUTH_CLIENT_SECRET", "tailscale.oauthClientSecret"],
  ["OAUTH_TOKEN", "tailscale.oauthToken"],
  ["TAILNET_NAME", "tailscale.tailnetName"],
  ["HEADSCALE_URL", "headscale.url"],
  ["HEADSCALE_API_KEY", "headscale.apiKey"],
  ["METRICS_TOKEN", "metricsToken.value"],
  ["TLS_CERT_PEM", "tls.secretName"],
  ["TLS_KEY_PEM", "tls.secretName"],
  ["TLS_CLIENT_CA_PEM", "tls.clientCaKey"],
  ["BASIC_AUTH_USERS", "basicAuth.users"],
  ["HISTORY", "history.enabled"],
  ["HISTORY_KEEP", "history.keep"],
  ["ALERTS", "alerts.enabled"],
  ["ALERTMANAGER_URL", "alerts.alertmanagerUrl"],
  ["ALERT_WEBHOOK_URL", "alerts.webhookUrl"],
  ["ALERT_WEBHOOK_FORMAT", "alerts.webhookFormat"],
  ["ACCESS_LISTEN", "access.port"],
  ["INFLUX_URL", "push.url"],
  ["INFLUX_TOKEN", "push.token"],
  ["INFLUX_PASSWORD", "push.password"],
  ["INFLUX_ORG", "push.org"],
  ["INFLUX_BUCKET", "push.bucket"],
  ["INFLUX_DATABASE", "push.database"],
  ["INFLUX_USERNAME", "push.username"],
  ["SHARD", "shards"],
  ["USE_TSNET", "tailscale.tsnet.enabled"],
  ["TSNET_MODE", "tailscale.tsnet.mode"],
  ["TSNET_HOSTNAME", "tailscale.tsnet.hostname"],
  ["TSNET_TAGS", "tailscale.tsnet.tags"],
  ["TSNET_STATE_DIR", "persistence.enabled"],
  ["TS_AUTHKEY", "tailscale.authKey"],
  // What the image calls itself.
  ["VERSION", "image.tag"],
  ["BUILD_TIME", "image.tag"],
]);

/** The settings that `settings` (or, if secret, `secretSettings`) takes. */
export function openSettings(isSecret: boolean): readonly Setting<unknown>[] {
  return SETTING_ROWS.map(([, setting]) => setting).filter((setting) =>
    setting.kind.isSecret === isSecret && !OWN_VALUES.has(setting.variable)
  );
}

/** Secret settings and those that belong to them, by the names of the keys in a Secret. */
export const SECRET_KEYS: readonly string[] = [
  ...SETTING_ROWS.map(([, setting]) => setting)
    .filter(({ kind, variable }) => kind.isSecret && variable !== "TLS_KEY_PEM")
    .map(({ variable }) => variable),
  "OAUTH_CLIENT_ID",
  "TAILNET_NAME",
  "HEADSCALE_URL",
];
