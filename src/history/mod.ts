/**
 * What happened: events, time online, and classes of nodes. Reads the facts; knows neither network
 * nor settings.
 *
 * @module
 */

export {
  EVENT_TYPES,
  type EventDraft,
  type EventNode,
  type EventPage,
  type EventQuery,
  type EventType,
  type NodeEvent,
  SEVERITIES,
  type Severity,
} from "./event.ts";
export { createEventFilter, EventLog, type EventLogOptions } from "./event_log.ts";
export { type FindNode, nodeOf } from "./event_of.ts";
export {
  describeHealth,
  type HealthPoint,
  measureHealth,
  severityOfHealth,
} from "./node_health.ts";
export { History, type HistoryOptions } from "./history.ts";
export {
  HISTORY_DEFINITIONS,
  HISTORY_METRICS,
  STREAM_DEFINITIONS,
  STREAM_METRICS,
} from "./_metric.ts";
export { type ObservedNode, OwnNodeLog, type OwnNodeLogOptions } from "./own_node_log.ts";
export type { DevicePast, Past, PastTrouble, Span, TellPast } from "./past.ts";
export {
  type ClassifierOptions,
  createClassifier,
  type NodeClass,
  type NodeTypeRule,
  OTHER_TYPE,
} from "./node_class.ts";
export {
  TRAFFIC_PATHS,
  TRAFFIC_STEP_MS,
  TrafficLog,
  type TrafficLogOptions,
  type TrafficPath,
  type TrafficSeries,
  type TrafficTotals,
} from "./traffic.ts";
export { type UptimeColumn } from "./_uptime_column.ts";
export {
  BUCKET_S,
  type OnlineHour,
  type Uptime,
  type UptimeBucket,
  type UptimeDay,
  UptimeLog,
  type UptimeLogOptions,
  type UptimeSample,
} from "./uptime.ts";
