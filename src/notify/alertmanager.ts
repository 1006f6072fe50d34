/**
 * Alerts as Alertmanager takes them: `POST /api/v2/alerts`. It deduplicates by labels, and forgets
 * what is not sent again, so that firing alerts are sent once a minute and nothing has to be
 * remembered here.
 *
 * Source: the OpenAPI document of Alertmanager, api/v2/openapi.yaml
 *
 * @module
 */

import { type Alert, RULES } from "../alerts/mod.ts";

/** Time after which Alertmanager takes an alert for resolved that is not sent again. */
const VALID_MS = 5 * 60_000;

/** For how long the end of an alert is sent, in case that a request was lost. */
const ENDED_MS = 10 * 60_000;

/** One alert of a request. */
export interface PostableAlert {
  /** What makes it one alert: name, severity, and what it is about. */
  readonly labels: Readonly<Record<string, string>>;
  /** What people read. */
  readonly annotations: Readonly<Record<string, string>>;
  /** When it began to fire. */
  readonly startsAt: string;
  /** When it ended, or until when it is valid. */
  readonly endsAt: string;
}

/**
 * The alerts to send: those that fire, and those that ended lately. An alert that fired after it
 * was silenced is not sent; one that fired before is sent on, because Alertmanager would take it
 * for resolved and say so. An alert that ended and fires again is sent once, as firing: both have
 * the same labels, and Alertmanager takes the last one of a request for what is so.
 *
 * @param alerts Firing before resolved, the newest first.
 * @param nowMs In milliseconds since 1970.
 */
export function postableAlerts(alerts: Iterable<Alert>, nowMs: number): readonly PostableAlert[] {
  const posted: PostableAlert[] = [];
  const ids = new Set<string>();
  for (const alert of alerts) {
    const { firedMs, id, resolvedMs, rule, severity, silencedSinceMs, state, summary } = alert;
    if (ids.has(id)) continue;
    ids.add(id);
    if (firedMs === undefined || firedMs >= (silencedSinceMs ?? Infinity)) continue;
    if (state === "resolved" && nowMs - (resolvedMs ?? 0) > ENDED_MS) continue;
    posted.push({
      labels: { alertname: alertName(rule), severity, ...alert.labels },
      annotations: { summary, description: RULES[rule].advice },
      startsAt: new Date(firedMs).toISOString(),
      endsAt: new Date(resolvedMs ?? nowMs + VALID_MS).toISOString(),
    });
  }
  return posted;
}

/** "node_offline" → "TsmetricsNodeOffline". */
function alertName(rule: string): string {
  const words = rule.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return `Tsmetrics${words.join("")}`;
}
