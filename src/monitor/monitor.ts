/**
 * What happened and what is wrong, wired together: reads the facts after each cycle, keeps the
 * history and judges alerts. Loaded on demand, because a single collection needs none of it.
 *
 * @module
 */

import { type Alerts, eventOfTransition, type Transition } from "../alerts/mod.ts";
import type { StreamCounts, StreamTopic } from "../api/mod.ts";
import { PatientArchive } from "../archive/mod.ts";
import type { Device } from "../control/mod.ts";
import type { PageSection, Registry } from "../page/mod.ts";
import type { HostFacts, TailnetFacts } from "../facts/mod.ts";
import {
  createClassifier,
  type EventDraft,
  History,
  type NodeClass,
  nodeOf,
  OwnNodeLog,
  TrafficLog,
} from "../history/mod.ts";
import { createNodeJobs, type Job, JOB_DEFINITIONS, JobScheduler } from "../jobs/mod.ts";
import { getLogger } from "../log/log.ts";
import { type Clock, clockOf } from "../time/clock.ts";
import { DAY_MS } from "../time/timestamp.ts";
import { createMetrics } from "./_metrics.ts";
import { createAlerts, createArchive, createNotifier } from "./_wiring.ts";
import type { MonitorOptions } from "./_options.ts";

/** Time between two device lists that counts as observed, in intervals, and at least. */
const GAP_INTERVALS = 3, MIN_GAP_MS = 5 * 60_000;

/** Time between two looks at what is to be sent, in milliseconds. */
const NOTIFY_MS = 5_000;

/** Minimum time between two looks at this host, in milliseconds. */
const MIN_HOST_MS = 10_000;

/** Maximum length of a simulated past, in milliseconds. */
const MAX_PAST_MS = 30 * DAY_MS;

/** Time from the first device list to a simulated past, in milliseconds. */
const PAST_DELAY_MS = 2_000;

/** Keeps what happened, and judges it. */
export class Monitor {
  /** Events and time online. */
  readonly history: History;
  /** Alerts and silences; undefined if they are off. */
  readonly alerts: Alerts | undefined;
  /** Traffic of the last hour by node. */
  readonly traffic: TrafficLog;
  /** The jobs, and how their runs went. */
  readonly jobs: JobScheduler;
  /** The class of a node. */
  readonly classify: (device: Device) => NodeClass;
  /** Whether laptops and phones count as servers do. */
  readonly includesPersonal: boolean;
  /** The metrics about it. */
  readonly section: PageSection;
  /** Counts of event streams, which the server writes. */
  readonly streams: StreamCounts = { open: 0, refused: 0 };
  readonly #archive: PatientArchive | undefined;
  readonly #count: () => void;
  /** The last snapshots, by tailnet. */
  readonly #tailnets = new Map<string, TailnetFacts>();
  /** Alerts that fired or were resolved, and are no events yet. */
  readonly #transitions: Transition[] = [];
  readonly #ownNode: OwnNodeLog | undefined;
  readonly #options: MonitorOptions;
  readonly #clock: Clock;
  #loaded: Promise<void> | undefined;
  #isLoaded = false;
  #deviceRevision = 0;
  #hostRevision = 0;
  /** Ends the wait for a simulated past; undefined before there is one. */
  #pastWait: AbortController | undefined;

  /** Starts without a past; it is read before the first look. */
  constructor(options: MonitorOptions) {
    const { settings, findDevice, runtime } = options;
    this.#options = options;
    const clock = { ...clockOf(runtime), ...options.delay && { delay: options.delay } };
    this.#clock = clock;
    this.traffic = new TrafficLog(clock);
    this.includesPersonal = settings.alertPersonal;
    this.classify = createClassifier({
      types: settings.nodeTypes,
      critical: settings.criticalNodes,
    });
    this.history = new History({
      maxEvents: settings.historyMaxEvents,
      keepMs: settings.historyKeepMs,
      maxGapMs: Math.max(GAP_INTERVALS * settings.scrapeIntervalMs, MIN_GAP_MS),
      ...clock,
      isCritical: ({ device }) => this.classify(device).isCritical,
      findNode(peerId) {
        const known = findDevice(peerId);
        return known && nodeOf(known);
      },
    });
    this.alerts = createAlerts(options, this.classify);
    this.alerts?.subscribe((transition) => this.#transitions.push(transition));
    const archive = createArchive(options, this.history, this.alerts);
    const { delay } = clock;
    this.#archive = archive && new PatientArchive({ archive, delay, log: getLogger("history") });
    const { count, registry } = createMetrics({
      alerts: this.alerts,
      archive,
      history: this.history,
      streams: this.streams,
    });
    this.section = registry;
    this.#count = count;
    this.jobs = this.#makeJobs(options, registry);
    const { ownNode: node } = options;
    const note = (draft: EventDraft) => this.history.log.add(draft);
    this.#ownNode = node && new OwnNodeLog({ node, now: clock.now, note });
  }

  /**
   * A device list arrived: a simulated past needs nothing more. It is made a little later, so that
   * the devices are shown first, or with the first look, which waits for it and has its failure.
   */
  listed(facts: TailnetFacts): void {
    if (this.#options.tellPast === undefined || facts.listing === undefined) return;
    if (this.#pastWait !== undefined) return;
    this.#pastWait = new AbortController();
    // Rejects when the past is read without waiting, or never; a failure is told at the first look.
    this.#clock.delay(PAST_DELAY_MS, this.#pastWait.signal)
      .then(() => this.#load(facts)).catch(() => {});
  }

  /** Reads what is known of a tailnet after a cycle. */
  async cycleEnded(facts: TailnetFacts): Promise<void> {
    await this.#load(facts);
    this.#tailnets.set(facts.tailnet, facts);
    await this.history.look(facts);
    await this.traffic.look(this.#options.readTraffic());
    await this.alerts?.look(facts);
    this.#noteTransitions();
    this.#count();
    this.#deviceRevision++;
    await this.#archive?.save();
  }

  /** Whether the past has been read from the store, so that ids of events are final. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** A number for each topic that rises when something about it may have changed. */
  revisions(): Readonly<Record<StreamTopic, number>> {
    return {
      alerts: this.alerts?.version ?? 0,
      devices: this.#deviceRevision,
      hosts: this.#hostRevision,
    };
  }

  /** Tells the pages that are open that this host, or our own node, has changed. */
  hostChanged(): void {
    this.#hostRevision++;
  }

  /** Runs the jobs until the signal is aborted, then saves everything. */
  async run(signal: AbortSignal): Promise<void> {
    await this.jobs.run(signal);
    this.#pastWait?.abort();
    // Without a cycle there is nothing new, and the past may not be read yet.
    if (this.#loaded === undefined) return;
    await this.#archive?.saveLast();
  }

  #load(facts?: TailnetFacts): Promise<void> {
    this.#pastWait?.abort();
    return this.#loaded ??= this.#readPast(facts);
  }

  async #readPast(facts: TailnetFacts | undefined): Promise<void> {
    await (this.#archive?.load() ?? this.#simulate(facts));
    this.#isLoaded = true;
    this.#ownNode?.release();
  }

  /** Adds a simulated past, before anything is noted. */
  async #simulate(facts: TailnetFacts | undefined): Promise<void> {
    const { settings, tellPast } = this.#options;
    if (tellPast === undefined || facts?.listing === undefined) return;
    const nowMs = facts.listing.atMs;
    const told = tellPast(nowMs - Math.min(settings.historyKeepMs, MAX_PAST_MS), nowMs);
    if (told === undefined) return;
    const { addPast } = await import("./backfill.ts");
    await addPast(this, told, facts, {
      classify: this.classify,
      includesPersonal: settings.alertPersonal,
      offlineMs: settings.alertOfflineMs,
      host: this.#options.readHost?.()?.host,
      reportMs: settings.reportIntervalMs,
      elapsed: this.#clock.elapsed,
    });
    this.#count();
    this.#deviceRevision++;
    getLogger("history").info("Simulated a past of {days:day|days}: {events:event|events}", {
      days: Math.round((nowMs - told.fromMs) / DAY_MS),
      events: this.history.log.size,
    });
  }

  #makeJobs(options: MonitorOptions, registry: Registry): JobScheduler {
    const { settings, readHost, writeNodes } = options;
    const { delay, elapsed, now } = this.#clock;
    const hosts: readonly Job[] = readHost === undefined ? [] : [{
      name: "hosts",
      intervalMs: Math.max(settings.peersIntervalMs, MIN_HOST_MS),
      run: () => this.#lookAtHost(readHost()),
    }];
    const success = registry.gauge(JOB_DEFINITIONS.success);
    const duration = registry.gauge(JOB_DEFINITIONS.duration);
    const failures = registry.counter(JOB_DEFINITIONS.failures);
    return new JobScheduler({
      jobs: [
        ...createNodeJobs({
          healthMs: settings.healthIntervalMs,
          criticalMs: settings.criticalIntervalMs,
          reportMs: settings.reportIntervalMs,
          tailnets: () => this.#tailnets.values(),
          classify: this.classify,
          includesPersonal: settings.alertPersonal,
          writeNodes: writeNodes &&
            ((devices) => writeNodes(devices, (device) => this.classify(device).type)),
          history: this.history,
          alerts: this.alerts,
          now,
          elapsed,
          log: getLogger("health"),
        }),
        ...hosts,
        ...options.jobs ?? [],
        ...this.#makeNotifyJob(options, registry),
      ],
      delay,
      elapsed,
      random: Math.random,
      observer: {
        ended(job, seconds, succeeded) {
          duration.set(seconds, job);
          failures.inc(succeeded ? 0 : 1, job);
          if (succeeded) success.set(now() / 1000, job);
        },
      },
      log: getLogger("job"),
    });
  }

  /** The job that sends alerts; none where there is no receiver. */
  #makeNotifyJob(options: MonitorOptions, registry: Registry): readonly Job[] {
    const notifier = createNotifier(options, this.alerts, registry);
    if (notifier === undefined) return [];
    return [{
      name: "notify",
      intervalMs: NOTIFY_MS,
      run: async (signal) => {
        // Until the past is read, what was sent before is unknown, and would be sent again.
        if (!this.#isLoaded) return;
        await notifier.run(signal);
        await this.#archive?.save();
      },
    }];
  }

  async #lookAtHost(facts: HostFacts | undefined): Promise<void> {
    if (facts === undefined) return;
    // A simulated past comes with the device list, and before all else.
    if (this.#loaded === undefined && this.#options.tellPast !== undefined) return;
    await this.#load();
    await this.history.lookAtHost(facts);
    await this.alerts?.lookAtHost(facts);
    this.#noteTransitions();
    this.#count();
    this.#hostRevision++;
    await this.#archive?.save();
  }

  #noteTransitions(): void {
    this.history.noteAll(this.#transitions.splice(0).map(eventOfTransition));
  }
}
