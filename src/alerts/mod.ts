/**
 * Alerts of the exporter itself: rules over the facts, their state, silences.
 *
 * @module
 */

export { ALERT_DEFINITIONS, ALERT_METRICS } from "./_metric.ts";
export {
  type Alert,
  ALERT_RULES,
  type AlertRule,
  type AlertState,
  type EndedSilence,
  type Silence,
  type SilenceDraft,
  type Told,
} from "./alert.ts";
export { type AlertQuery, Alerts, type AlertsOptions, type AlertsState } from "./alerts.ts";
export { type BookEntry, eventOfTransition, type Transition } from "./book.ts";
export { type RuleDefinition, RULES } from "./rule.ts";
