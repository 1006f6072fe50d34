/**
 * What happened and what is wrong, wired together: reads the facts after each cycle, keeps the
 * history and judges alerts. Loaded on demand, because a single collection needs none of it.
 *
 * @module
 */

import {
  ALERT_DEFINITIONS,
  ALERT_RULES,
  Alerts,
  severityOf,
  type Transition,
} from "./alerts/mod.ts";
import type { Config } from "./config/mod.ts";
import type { Device } from "./control/mod.ts";
import { type PageSection, Registry } from "./page/mod.ts";
import type { KnownDevice, TailnetFacts } from "./facts/mod.ts";
import {
  createClassifier,
  History,
  HISTORY_DEFINITIONS,
  type NodeClass,
  nodeOf,
} from "./history/mod.ts";
import type { Host } from "./host.ts";

/** Time between two device lists that counts as observed, in intervals, and at least. */
const GAP_INTERVALS = 3, MIN_GAP_MS = 5 * 60_000;

/** The settings of a {@linkcode Monitor}. */
export type MonitorSettings = Pick<
  Config,
  | "alertOfflineMs"
  | "alertPersonal"
  | "alerts"
  | "criticalNodes"
  | "historyKeepMs"
  | "historyMaxEvents"
  | "nodeTypes"
  | "oauthClientId"
  | "scrapeIntervalMs"
>;

/** What a {@linkcode Monitor} is made of. */
export interface MonitorOptions {
  /** The settings. */
  readonly config: MonitorSettings;
  /** The process. */
  readonly host: Pick<Host, "elapsedMs" | "now">;
  /** The API's device by the stable id of its node. */
  readonly findDevice: (nodeId: string) => KnownDevice | undefined;
  /** When the API's credential expires, in Unix seconds; undefined while that is not known. */
  readonly tokenExpiresAtSeconds: () => number | undefined;
}

/** Keeps what happened, and judges it. */
export class Monitor {
  /** Events and time online. */
  readonly history: History;
  /** Alerts and silences; undefined if they are off. */
  readonly alerts: Alerts | undefined;
  /** The class of a node. */
  readonly classify: (device: Device) => NodeClass;
  /** The metrics about it. */
  readonly section: PageSection;
  readonly #count: () => void;

  /** Starts without a past. */
  constructor(options: MonitorOptions) {
    const { config, findDevice, host } = options;
    this.classify = createClassifier({ types: config.nodeTypes, critical: config.criticalNodes });
    this.history = new History({
      maxEvents: config.historyMaxEvents,
      keepMs: config.historyKeepMs,
      maxGapMs: Math.max(GAP_INTERVALS * config.scrapeIntervalMs, MIN_GAP_MS),
      now: () => host.now(),
      elapsed: () => host.elapsedMs(),
      isCritical: ({ device }) => this.classify(device).isCritical,
      findNode(peerId) {
        const known = findDevice(peerId);
        return known && nodeOf(known);
      },
    });
    this.alerts = config.alerts === "on" ? this.#makeAlerts(options) : undefined;
    this.alerts?.subscribe((transition) => this.#note(transition));
    const { count, section } = createSection(this.history, this.alerts);
    this.section = section;
    this.#count = count;
  }

  /** Reads what is known of a tailnet after a cycle. */
  async cycleEnded(facts: TailnetFacts): Promise<void> {
    await this.history.look(facts);
    await this.alerts?.look(facts);
    this.#count();
  }

  #makeAlerts({ config, findDevice, host, tokenExpiresAtSeconds }: MonitorOptions): Alerts {
    // The token of an OAuth client is renewed every hour.
    const isRenewed = config.oauthClientId !== undefined;
    return new Alerts({
      offlineMs: config.alertOfflineMs,
      includesPersonal: config.alertPersonal,
      classify: this.classify,
      now: () => host.now(),
      elapsed: () => host.elapsedMs(),
      makeId: () => crypto.randomUUID(),
      findDevice,
      credentialExpiresAtSeconds: () => isRenewed ? undefined : tokenExpiresAtSeconds(),
    });
  }

  /** An alert that fires or is resolved is an event. */
  #note(transition: Transition): void {
    const { entry, to } = transition;
    const { firedMs = 0, node, resolvedMs, rule, summary } = entry;
    this.history.note({
      atMs: resolvedMs ?? firedMs,
      type: "alert",
      severity: severityOf(transition),
      node,
      message: `${to === "firing" ? "Alert" : "Resolved"} ${rule}: ${summary}`,
    });
  }
}

/** The metrics, and what brings those up to date that are not read with each page. */
function createSection(
  history: History,
  alerts: Alerts | undefined,
): { readonly section: PageSection; readonly count: () => void } {
  const registry = new Registry();
  const { events, eventsTotal, nodes } = HISTORY_DEFINITIONS;
  registry.gauge({ ...events, read: () => history.log.size });
  const total = registry.counter(eventsTotal);
  history.subscribe(({ severity, type }) => total.inc(1, type, severity));
  registry.gauge({ ...nodes, read: () => history.nodeCount });
  if (alerts === undefined) return { section: registry, count: () => {} };
  const current = registry.gauge(ALERT_DEFINITIONS.alerts);
  const transitions = registry.counter(ALERT_DEFINITIONS.transitions);
  alerts.subscribe(({ entry, to }) => transitions.inc(1, entry.rule, to));
  registry.gauge({ ...ALERT_DEFINITIONS.leftOut, read: () => alerts.leftOutCount });
  function count(): void {
    const counts = new Map<string, number>();
    for (const { rule, state } of alerts?.list({ states: ["pending", "firing"] }) ?? []) {
      counts.set(`${rule} ${state}`, (counts.get(`${rule} ${state}`) ?? 0) + 1);
    }
    for (const rule of ALERT_RULES) {
      for (const state of ["pending", "firing"]) {
        current.set(counts.get(`${rule} ${state}`) ?? 0, rule, state);
      }
    }
  }
  return { section: registry, count };
}
