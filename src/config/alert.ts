/**
 * Settings of alerts: what is one, and where alerts are sent.
 *
 * @module
 */

import { duration } from "./duration.ts";
import type { Secret } from "../secret/secret.ts";
import { apiUrl } from "./address.ts";
import { boolean, type Kind, oneOf, onOff, secret } from "./kind.ts";
import type { SettingsOf } from "./setting.ts";

/** What is an alert. */
export interface AlertConfig {
  /** Whether alerts are judged at all; they need the history. */
  readonly alerts: "off" | "on";
  /** How long a node must be offline before that is an alert. Units: milliseconds. */
  readonly alertOfflineMs: number;
  /** Whether laptops and phones count as servers do, for alerts and for the hourly report. */
  readonly alertPersonal: boolean;
  /** Base URL of Alertmanager; absent = none. */
  readonly alertmanagerUrl?: URL;
  /** Webhook that alerts are sent to; absent = none. */
  readonly alertWebhookUrl?: Secret;
  /** Shape of its messages. */
  readonly alertWebhookFormat: "json" | "slack" | "discord" | "ntfy" | "telegram";
  /** How long an alert that fires again is not told again. Units: milliseconds. */
  readonly alertCooldownMs: number;
}

/** What is an alert. */
export const ALERT_SETTINGS: SettingsOf<AlertConfig> = {
  alerts: {
    variable: "ALERTS",
    kind: onOff(),
    default: "on",
    help: "Evaluate the built-in alert rules (docs/history.md lists them); needs HISTORY=on.",
  },
  alertOfflineMs: {
    variable: "ALERT_OFFLINE_AFTER",
    kind: duration(0, 86_400_000),
    default: "2m",
    help: "How long a node must be offline before that is an alert.",
  },
  alertPersonal: {
    variable: "ALERT_PERSONAL_DEVICES",
    kind: boolean(),
    default: "false",
    help: "Alert about personal devices as about servers, and let one that is offline make a " +
      "health_check a warning: nodes without a tag on iOS, tvOS, Android, macOS and Windows, " +
      "ephemeral nodes, and those shared in.",
  },
  alertmanagerUrl: {
    variable: "ALERTMANAGER_URL",
    kind: apiUrl("http://alertmanager:9093"),
    help: "Send alerts to this Alertmanager, by its API v2.",
    example: "http://alertmanager:9093",
  },
  alertWebhookUrl: {
    variable: "ALERT_WEBHOOK_URL",
    kind: webhookUrl(),
    help:
      "Send alerts to this webhook, once when one fires and once when it is resolved. For ntfy " +
      "https://ntfy.sh/TOPIC, for Telegram https://api.telegram.org/botTOKEN/sendMessage?chat_id=ID.",
    example: "https://hooks.slack.com/services/…",
  },
  alertWebhookFormat: {
    variable: "ALERT_WEBHOOK_FORMAT",
    kind: oneOf("json", "slack", "discord", "ntfy", "telegram"),
    default: "json",
    help: "Shape of the messages to ALERT_WEBHOOK_URL.",
  },
  alertCooldownMs: {
    variable: "ALERT_COOLDOWN",
    kind: duration(0, 86_400_000),
    default: "15m",
    help: "Minimum time before the webhook is told again of an alert that was resolved and fires " +
      "again.",
  },
};

/** A URL that is a secret: who knows it may write. */
function webhookUrl(): Kind<Secret> {
  const { parse, ...rest } = secret();
  return {
    ...rest,
    placeholder: "URL",
    wanted: "an http or https URL",
    parse: (text) => /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) ? parse(text) : undefined,
  };
}
