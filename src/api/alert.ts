/**
 * Alerts and silences as JSON, and the parameters of a new silence.
 *
 * @module
 */

import { type Alert, ALERT_RULES, type Silence } from "../alerts/mod.ts";
import { deviceIdOf } from "../facts/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { formatOptionalTime, formatTime } from "../time/timestamp.ts";
import type { ApiSource } from "./fact_source.ts";
import {
  integerParameter,
  type Parameter,
  type ParameterFault,
  type Query,
  textParameter,
  wordParameter,
} from "./parameter.ts";
import * as s from "./schema.ts";

const STATES = ["pending", "firing", "resolved"] as const;

/** The parameters of the alert list. */
export const ALERT_PARAMETERS: readonly Parameter[] = [
  wordParameter("state", STATES, "Only alerts in this state.", true),
  wordParameter("rule", ALERT_RULES, "Only alerts of this rule.", true),
];

/** The parameters of a new silence. */
export const SILENCE_PARAMETERS: readonly Parameter[] = [
  wordParameter("rule", ALERT_RULES, "The rule to silence. Default: every rule."),
  textParameter("node", "The nodes to silence: a name, with * and ?. Default: every node."),
  integerParameter("minutes", { min: 1, max: 525_600, fallback: 60 }, "For how long."),
  textParameter("comment", "Why."),
];

const NODE: s.Schema = s.object({ id: s.text("The device's id."), name: s.text("Its name.") });

/** The schema of {@linkcode silenceJson}. */
export const SILENCE: s.Schema = s.object({
  id: s.text("Its id."),
  rule: s.orNull(s.word(ALERT_RULES, "The rule; null for every rule.")),
  node: s.orNull(s.text("The nodes: a name, with * and ?; null for every node.")),
  until: s.time("When it ends."),
  created: s.time("When it was made."),
  comment: s.text("Why."),
}, "A silence.");

/** The schema of {@linkcode endSilence}. */
export const END: s.Schema = s.object({ id: s.text("The silence that has ended.") });

/** The schema of an alert. */
const ALERT: s.Schema = s.object({
  id: s.text("Names rule and subject."),
  rule: s.word(ALERT_RULES, "The rule."),
  severity: s.word(["warning", "critical"], "Severity of the alert."),
  state: s.word(STATES, "State of the alert."),
  node: s.orNull(NODE),
  labels: s.map(s.text("A value."), "What the subject is."),
  summary: s.text("What is wrong, in a sentence."),
  since: s.time("When the condition began to hold."),
  fired: s.orNull(s.time("When it fired; null while it is pending.")),
  resolved: s.orNull(s.time("When it was resolved; null before.")),
  silenced_until: s.orNull(s.time("When the silence ends that keeps it from being sent.")),
}, "An alert.");

/** The schema of {@linkcode alertsJson}. */
export const ALERTS: s.Schema = s.object({
  alerts: s.list(ALERT, "Firing ones first, the most severe first."),
  silences: s.list(SILENCE, "The silences that have not ended."),
});

/** The alerts and silences; both are empty where alerts are off. */
export async function alertsJson(
  source: ApiSource,
  query: Query,
): Promise<Readonly<Record<"alerts" | "silences", readonly JsonObject[]>>> {
  const alerts = source.monitor()?.alerts;
  const [states, rules] = [query.all("state"), query.all("rule")];
  const found = await alerts?.list({
    ...states.length > 0 && { states: STATES.filter((each) => states.includes(each)) },
    ...rules.length > 0 && { rules: ALERT_RULES.filter((each) => rules.includes(each)) },
  }) ?? [];
  return {
    alerts: found.map(alertJson),
    silences: (alerts?.silences() ?? []).map(silenceJson),
  };
}

/**
 * Makes a silence.
 *
 * @returns The silence, or why there is none; undefined where alerts are off.
 */
export function silence(source: ApiSource, query: Query): JsonObject | ParameterFault | undefined {
  const alerts = source.monitor()?.alerts;
  if (alerts === undefined) return undefined;
  try {
    return silenceJson(alerts.silence({
      rule: ALERT_RULES.find((each) => each === query.one("rule")),
      node: query.one("node"),
      untilMs: source.now() + 60_000 * query.integer("minutes", 60),
      comment: query.one("comment"),
    }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { parameter: "minutes", value: query.one("minutes") ?? "", allowed: error.message };
  }
}

/** Ends a silence; undefined if there is none of this id. */
export function endSilence(source: ApiSource, id: string): JsonObject | undefined {
  return source.monitor()?.alerts?.unsilence(id) === true ? { id } : undefined;
}

/** An alert. */
export function alertJson(alert: Alert): JsonObject {
  const { firedMs, id, labels, node, resolvedMs, rule, severity, silencedUntilMs } = alert;
  return {
    id,
    rule,
    severity,
    state: alert.state,
    node: node === undefined ? null : { id: deviceIdOf(node.key), name: node.name },
    labels,
    summary: alert.summary,
    since: formatTime(alert.sinceMs),
    fired: formatOptionalTime(firedMs),
    resolved: formatOptionalTime(resolvedMs),
    silenced_until: formatOptionalTime(silencedUntilMs),
  };
}

/** A silence. */
function silenceJson(
  { comment = "", createdMs, id, node, rule, untilMs }: Silence,
): JsonObject {
  return {
    id,
    rule: rule ?? null,
    node: node ?? null,
    until: formatTime(untilMs),
    created: formatTime(createdMs),
    comment,
  };
}
