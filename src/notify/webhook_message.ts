/**
 * Messages to webhooks, in the shapes that chat services take.
 *
 * Source: Slack, incoming webhooks; Discord, execute webhook; ntfy, publish as JSON; Telegram Bot
 * API, sendMessage
 *
 * @module
 */

import { type Alert, RULES } from "../alerts/mod.ts";

/** The shape of a message. */
export type WebhookFormat = "json" | "slack" | "discord" | "ntfy" | "telegram";

/** Every shape. */
export const WEBHOOK_FORMATS: readonly WebhookFormat[] = [
  "json",
  "slack",
  "discord",
  "ntfy",
  "telegram",
];

/** Alerts that one text names; the rest are counted. */
const MAX_LINES = 20;

/** Longest text: Discord takes 2000 characters, the others more. */
const MAX_TEXT = 1_900;

/** A request to a webhook. */
export interface WebhookRequest {
  /** Where to. */
  readonly url: string;
  /** JSON. */
  readonly body: string;
}

/**
 * One message for some alerts.
 *
 * @param url The webhook. Of ntfy the last part of its path is the topic; of Telegram its query has
 * the chat, `?chat_id=…`.
 * @param alerts Firing or resolved; at least one.
 */
export function renderMessage(
  format: WebhookFormat,
  url: string,
  alerts: readonly Alert[],
): WebhookRequest {
  if (format === "json") {
    return { url, body: JSON.stringify({ version: 1, alerts: alerts.map(describeAlert) }) };
  }
  const text = renderText(alerts);
  if (format === "slack") return { url, body: JSON.stringify({ text: escapeSlack(text) }) };
  if (format === "discord") {
    // No name in a message must call anyone.
    return { url, body: JSON.stringify({ content: text, allowed_mentions: { parse: [] } }) };
  }
  const target = new URL(url);
  if (format === "telegram") {
    const chat = target.searchParams.get("chat_id") ?? "";
    target.search = "";
    const body = { chat_id: chat, text, disable_web_page_preview: true };
    return { url: target.href, body: JSON.stringify(body) };
  }
  const [, base = "/", topic = ""] = /^(.*\/)([^/]*)$/.exec(target.pathname) ?? [];
  target.pathname = base;
  const isUrgent = alerts.some(({ severity, state }) =>
    severity === "critical" && state === "firing"
  );
  const body = {
    topic: decode(topic),
    title: titleOf(alerts),
    message: text,
    priority: isUrgent ? 5 : 3,
  };
  return { url: target.href, body: JSON.stringify(body) };
}

/** A percent-encoded part of a path; as it is if a percent sign in it stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An alert as the JSON shape has it; `id` and `fired` together name one occurrence. */
function describeAlert(alert: Alert): Record<string, unknown> {
  const { firedMs, id, labels, node, resolvedMs, rule, severity, sinceMs, state, summary } = alert;
  return {
    id,
    rule,
    severity,
    state,
    node: node?.name ?? null,
    summary,
    advice: RULES[rule].advice,
    labels,
    since: timeOf(sinceMs),
    fired: timeOf(firedMs),
    resolved: timeOf(resolvedMs),
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function renderText(alerts: readonly Alert[]): string {
  const lines = alerts.slice(0, MAX_LINES).map(({ rule, severity, state, summary }) =>
    `${
      state === "resolved" ? "✅ Resolved" : severity === "critical" ? "🔴 Critical" : "🟠 Warning"
    }: ` +
    `${summary} (${rule})`
  );
  const rest = alerts.length - lines.length;
  const text = [...lines, ...rest > 0 ? [`… and ${rest} more`] : []].join("\n");
  // Half of a character beyond U+FFFF would make the services refuse the message.
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}

function titleOf(alerts: readonly Alert[]): string {
  const firing = alerts.filter(({ state }) => state === "firing").length;
  const resolved = alerts.length - firing;
  return [
    ...firing > 0 ? [`${firing} firing`] : [],
    ...resolved > 0 ? [`${resolved} resolved`] : [],
  ].join(", ");
}

/** The three characters that Slack's markup gives a meaning. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
