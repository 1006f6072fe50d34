/**
 * What settings become: alerts, the archive that keeps history and alerts, and what sends alerts.
 *
 * @module
 */

import { Alerts } from "../alerts/mod.ts";
import { Archive, SegmentStore } from "../archive/mod.ts";
import type { History, NodeClass } from "../history/mod.ts";
import { getLogger } from "../log/log.ts";
import { Notifier, NOTIFY_DEFINITIONS } from "../notify/mod.ts";
import type { Registry } from "../page/mod.ts";
import { clockOf } from "../time/clock.ts";
import type { Device } from "../control/mod.ts";
import type { MonitorOptions } from "./_options.ts";

/** Alerts; undefined if they are off. */
export function createAlerts(
  { findDevice, runtime, settings, tokenExpiresAtSeconds }: MonitorOptions,
  classify: (device: Device) => NodeClass,
): Alerts | undefined {
  if (settings.alerts !== "on") return undefined;
  // The token of an OAuth client is renewed every hour; the demo has such a client.
  const isRenewed = settings.oauthClientId !== undefined || settings.testDevices.length > 0;
  return new Alerts({
    offlineMs: settings.alertOfflineMs,
    includesPersonal: settings.alertPersonal,
    classify,
    ...clockOf(runtime),
    makeId: () => crypto.randomUUID(),
    findDevice,
    credentialExpiresAtSeconds: () => isRenewed ? undefined : tokenExpiresAtSeconds(),
  });
}

/** Keeps history and alerts over a restart; undefined if that is not wanted. */
export function createArchive(
  { runtime, settings, storeName }: MonitorOptions,
  history: History,
  alerts: Alerts | undefined,
): Archive | undefined {
  if (settings.historyStore === "off" || storeName === undefined) return undefined;
  return new Archive({
    store: new SegmentStore(() => runtime.caches(), `history of ${storeName}`),
    history,
    alerts,
    keepMs: settings.historyKeepMs,
    maxEvents: settings.historyMaxEvents,
    ...clockOf(runtime),
    owner: crypto.randomUUID(),
    log: getLogger("history"),
  });
}

/** Sends alerts, and adds its metric; undefined where there is no receiver. */
export function createNotifier(
  { fetch, redactor, runtime, settings }: MonitorOptions,
  alerts: Alerts | undefined,
  registry: Registry,
): Notifier | undefined {
  const { alertmanagerUrl, alertWebhookUrl } = settings;
  if (alerts === undefined) return undefined;
  if (alertmanagerUrl === undefined && alertWebhookUrl === undefined) return undefined;
  const sent = registry.counter(NOTIFY_DEFINITIONS.notifications);
  return new Notifier({
    alerts,
    alertmanager: alertmanagerUrl,
    webhook: alertWebhookUrl && { url: alertWebhookUrl, format: settings.alertWebhookFormat },
    cooldownMs: settings.alertCooldownMs,
    ...clockOf(runtime),
    fetch,
    redactor,
    onSent: (receiver, succeeded) => sent.inc(1, receiver, succeeded ? "sent" : "failed"),
    log: getLogger("notify"),
  });
}
