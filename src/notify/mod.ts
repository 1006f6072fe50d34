/**
 * Where alerts are sent: Alertmanager, and webhooks.
 *
 * @module
 */

export { NOTIFY_DEFINITIONS, NOTIFY_METRICS } from "./_metric.ts";
export { WEBHOOK_FORMATS, type WebhookFormat } from "./webhook_message.ts";
export { Notifier, type NotifierOptions, type Receiver } from "./notifier.ts";
