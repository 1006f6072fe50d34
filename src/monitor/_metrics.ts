/**
 * The metrics about history, alerts and event streams.
 *
 * @module
 */

import { ALERT_DEFINITIONS, ALERT_RULES, type Alerts } from "../alerts/mod.ts";
import type { StreamCounts } from "../api/mod.ts";
import type { Archive } from "../archive/mod.ts";
import { type History, HISTORY_DEFINITIONS, STREAM_DEFINITIONS } from "../history/mod.ts";
import { Registry } from "../page/mod.ts";

/** What is measured. */
export interface Measured {
  /** undefined if they are off. */
  readonly alerts: Alerts | undefined;
  /** undefined if nothing is kept over a restart. */
  readonly archive: Archive | undefined;
  /** Events and time online. */
  readonly history: History;
  /** Event streams, which the server counts. */
  readonly streams: StreamCounts;
}

/** The metrics. */
export interface MonitorMetrics {
  /** All of them; jobs add theirs. */
  readonly registry: Registry;
  /** Counts alerts anew, which are not read with each page. */
  readonly count: () => void;
}

/** Makes the metrics. */
export function createMetrics(
  { alerts, archive, history, streams }: Measured,
): MonitorMetrics {
  const registry = new Registry();
  const { events, eventsTotal, nodes } = HISTORY_DEFINITIONS;
  registry.gauge({ ...events, read: () => history.log.size });
  const total = registry.counter(eventsTotal);
  history.log.subscribe(({ severity, type }) => total.inc(1, type, severity));
  registry.gauge({ ...nodes, read: () => history.nodeCount });
  registry.gauge({ ...STREAM_DEFINITIONS.open, read: () => streams.open });
  registry.counter({ ...STREAM_DEFINITIONS.refused, read: () => streams.refused });
  if (archive !== undefined) {
    const { damaged, saveErrors, saved } = HISTORY_DEFINITIONS;
    registry.gauge({
      ...saved,
      read: () => archive.savedMs === undefined ? undefined : archive.savedMs / 1000,
    });
    registry.counter({ ...saveErrors, read: () => archive.errorCount });
    registry.counter({ ...damaged, read: () => archive.damagedCount });
  }
  if (alerts === undefined) return { registry, count: () => {} };
  const current = registry.gauge(ALERT_DEFINITIONS.alerts);
  const transitions = registry.counter(ALERT_DEFINITIONS.transitions);
  alerts.subscribe(({ entry, to }) => transitions.inc(1, entry.rule, to));
  registry.gauge({ ...ALERT_DEFINITIONS.leftOut, read: () => alerts.leftOutCount });
  function count(): void {
    const counts = new Map<string, number>();
    for (const { rule, state } of alerts?.entries() ?? []) {
      counts.set(`${rule} ${state}`, (counts.get(`${rule} ${state}`) ?? 0) + 1);
    }
    for (const rule of ALERT_RULES) {
      for (const state of ["pending", "firing"]) {
        current.set(counts.get(`${rule} ${state}`) ?? 0, rule, state);
      }
    }
  }
  return { registry, count };
}
