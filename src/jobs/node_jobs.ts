/**
 * The jobs about nodes: points for the database, critical nodes, and a report. Each reads the last
 * snapshots; none asks anything.
 *
 * @module
 */

import type { Alerts } from "../alerts/mod.ts";
import type { KnownDevice, TailnetFacts } from "../facts/mod.ts";
import {
  describeHealth,
  type HealthPoint,
  type History,
  measureHealth,
  type NodeClass,
  severityOfHealth,
} from "../history/mod.ts";
import { LineBudget } from "../log/line_budget.ts";
import type { Logger } from "../log/log.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { TroubleLog } from "../log/trouble.ts";
import type { Job } from "./scheduler.ts";

/** The type of nodes whose absence is an error in the log, not a warning. */
const PRODUCTION = "production";

/** Devices between two looks at the clock; to classify one costs some microseconds. */
const DEVICES_A_LOOK = 64;

/** What the jobs work on. */
export interface NodeJobsOptions extends TimeSliceOptions {
  /** From one point of each node to the next, in milliseconds. */
  readonly healthMs: number;
  /** From one look at critical nodes to the next, in milliseconds. */
  readonly criticalMs: number;
  /** From one report to the next, in milliseconds. */
  readonly reportMs: number;
  /** The last snapshot of each tailnet. */
  readonly tailnets: () => Iterable<TailnetFacts>;
  /** The class of a node. */
  readonly classify: (device: KnownDevice["device"]) => NodeClass;
  /** Whether a report counts laptops and phones that are offline as it counts servers. */
  readonly includesPersonal: boolean;
  /** Takes how all nodes are, for the database; undefined if there is none. */
  readonly writeNodes: ((devices: readonly KnownDevice[]) => Promise<void>) | undefined;
  /** Takes the reports. */
  readonly history: History;
  /** For the report; undefined if alerts are off. */
  readonly alerts: Alerts | undefined;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Is told of critical nodes, and reports. */
  readonly log: Logger;
}

/** Makes the jobs. */
export function createNodeJobs(options: NodeJobsOptions): readonly Job[] {
  const { criticalMs, healthMs, reportMs, writeNodes } = options;
  const critical = new CriticalNodes(options);
  return [
    ...writeNodes === undefined ? [] : [{
      name: "health",
      intervalMs: healthMs,
      async run() {
        const devices = await recentDevices(options);
        if (devices !== undefined) await writeNodes(devices);
      },
    }],
    { name: "critical", intervalMs: criticalMs, run: () => critical.look() },
    { name: "report", intervalMs: reportMs, run: () => report(options) },
  ];
}

/**
 * The devices of all lists that are recent; undefined if none is. Classifies them in slices of
 * time: the class of each is remembered, so that a loop over all of them is short afterwards.
 */
async function recentDevices(
  options: NodeJobsOptions,
): Promise<readonly KnownDevice[] | undefined> {
  const recent = [...options.tailnets()].filter(({ isFresh }) => isFresh);
  if (recent.length === 0) return undefined;
  const devices = recent.flatMap(({ listing }) => listing?.devices ?? []);
  const slice = new TimeSlice(options);
  for (const [at, { device }] of devices.entries()) {
    if (at % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
    options.classify(device);
  }
  return devices;
}

async function measure(options: NodeJobsOptions): Promise<HealthPoint | undefined> {
  const devices = await recentDevices(options);
  return devices && measureHealth(devices, options.classify, options.now(), options);
}

async function report(options: NodeJobsOptions): Promise<void> {
  const { alerts, history, log, now } = options;
  const point = await measure(options);
  if (point === undefined) {
    log.warning("Skipped the report: there is no recent device list");
    return;
  }
  const firing = (await alerts?.list({ states: ["firing"] }))?.length ?? 0;
  const tail = firing === 0 ? "" : `; ${firing === 1 ? "1 alert" : `${firing} alerts`} firing`;
  const message = `${describeHealth(point)}${tail}`;
  const severity = severityOfHealth(point);
  history.log.add({ atMs: now(), type: "health_check", severity, node: undefined, message });
  log.info("{message}", { message, ...point });
}

/** Logs which critical nodes are offline: once when it is found, once when it is over. */
class CriticalNodes {
  readonly #options: NodeJobsOptions;
  readonly #lines: LineBudget;
  readonly #trouble: TroubleLog;
  #offline = new Map<string, string>();

  constructor(options: NodeJobsOptions) {
    this.#options = options;
    this.#lines = new LineBudget(options.log, {
      warning: "{count:more critical node is|more critical nodes are} offline: {devices}",
      info: "{count:more critical node is|more critical nodes are} online again: {devices}",
    });
    this.#trouble = new TroubleLog(this.#lines);
  }

  async look(): Promise<void> {
    const devices = await recentDevices(this.#options);
    if (devices === undefined) return;
    const offline = new Map<string, string>();
    const present = new Set<string>();
    for (const { device, isOnline, key } of devices) {
      const { isCritical, type } = this.#options.classify(device);
      if (!isCritical) continue;
      present.add(key);
      if (isOnline) continue;
      offline.set(key, device.name);
      this.#trouble.report(
        key,
        "The critical node {device} ({type}) is offline",
        { device: device.name, type },
        { level: type === PRODUCTION ? "error" : "warning" },
      );
    }
    for (const [key, name] of this.#offline) {
      if (offline.has(key)) continue;
      if (present.has(key)) {
        this.#trouble.over(key, "The critical node {device} is online again", { device: name });
      } else this.#trouble.forget(key);
    }
    this.#offline = offline;
    this.#lines.settle();
  }
}
