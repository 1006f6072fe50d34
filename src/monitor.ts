/**
 * What happened, wired together: reads the facts after each cycle and keeps the history. Loaded on
 * demand, because a single collection needs none of it.
 *
 * @module
 */

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
  "criticalNodes" | "historyKeepMs" | "historyMaxEvents" | "nodeTypes" | "scrapeIntervalMs"
>;

/** What a {@linkcode Monitor} is made of. */
export interface MonitorOptions {
  /** The settings. */
  readonly config: MonitorSettings;
  /** The process. */
  readonly host: Pick<Host, "elapsedMs" | "now">;
  /** The API's device by the stable id of its node. */
  readonly findDevice: (nodeId: string) => KnownDevice | undefined;
}

/** Keeps what happened. */
export class Monitor {
  /** Events and time online. */
  readonly history: History;
  /** The class of a node. */
  readonly classify: (device: Device) => NodeClass;
  /** The metrics about it. */
  readonly section: PageSection;

  /** Starts without a past. */
  constructor({ config, findDevice, host }: MonitorOptions) {
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
    this.section = createSection(this.history);
  }

  /** Reads what is known of a tailnet after a cycle. */
  async cycleEnded(facts: TailnetFacts): Promise<void> {
    await this.history.look(facts);
  }
}

function createSection(history: History): PageSection {
  const registry = new Registry();
  const { events, eventsTotal, nodes } = HISTORY_DEFINITIONS;
  registry.gauge({ ...events, read: () => history.log.size });
  const total = registry.counter(eventsTotal);
  history.subscribe(({ severity, type }) => total.inc(1, type, severity));
  registry.gauge({ ...nodes, read: () => history.nodeCount });
  return registry;
}
