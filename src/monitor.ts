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
  eventOfTransition,
  type Transition,
} from "./alerts/mod.ts";
import type { StreamCounts, Subject } from "./api/mod.ts";
import { Archive, PatientArchive, SegmentStore } from "./archive/mod.ts";
import type { Config } from "./config/mod.ts";
import type { Device } from "./control/mod.ts";
import { type PageSection, Registry } from "./page/mod.ts";
import type { HostFacts, KnownDevice, TailnetFacts } from "./facts/mod.ts";
import {
  createClassifier,
  type EventDraft,
  History,
  HISTORY_DEFINITIONS,
  type NodeClass,
  nodeOf,
  type ObservedNode,
  OwnNodeLog,
  type TellPast,
  TrafficLog,
  type TrafficTotals,
} from "./history/mod.ts";
import { createNodeJobs, type Job, JOB_DEFINITIONS, JobScheduler } from "./jobs/mod.ts";
import { getLogger } from "./log/log.ts";
import { Notifier, type NotifierOptions, NOTIFY_DEFINITIONS } from "./notify/mod.ts";
import type { Runtime } from "./runtime.ts";
import { type Delay, delay } from "./time/delay.ts";

/** Time between two device lists that counts as observed, in intervals, and at least. */
const GAP_INTERVALS = 3, MIN_GAP_MS = 5 * 60_000;

/** Time between two looks at what is to be sent, in milliseconds. */
const NOTIFY_MS = 5_000;

/** Minimum time between two looks at this host, in milliseconds. */
const MIN_HOST_MS = 10_000;

const DAY_MS = 86_400_000;

/** Maximum length of a simulated past, in milliseconds. */
const MAX_PAST_MS = 30 * DAY_MS;

/** Time from the first device list to a simulated past, in milliseconds. */
const PAST_DELAY_MS = 2_000;

/** What a {@linkcode Monitor} is made of. */
export interface MonitorOptions extends Pick<NotifierOptions, "fetch" | "redactor"> {
  /** The settings. */
  readonly config: Config;
  /** The process. */
  readonly runtime: Pick<Runtime, "caches" | "elapsedMs" | "now">;
  /** What is monitored, whose store it is; undefined = nothing is kept over a restart. */
  readonly subject: string | undefined;
  /** The API's device by the stable id of its node. */
  readonly findDevice: (nodeId: string) => KnownDevice | undefined;
  /** What is known about this host; undefined if its tailscaled is not read. */
  readonly readHost: (() => HostFacts | undefined) | undefined;
  /** Our own node of the tailnet. Default: there is none. */
  readonly ownNode?: ObservedNode | undefined;
  /** Reads the bytes that each node sent and received, from the metrics on the page. */
  readonly readTraffic: () => Iterable<readonly [key: string, totals: TrafficTotals]>;
  /** Takes how all nodes are, for the database. Default: there is none. */
  readonly writeNodes?:
    | ((devices: readonly KnownDevice[], typeOf: (device: Device) => string) => Promise<void>)
    | undefined;
  /** Waits for the store, for jobs and for a simulated past. Default: a timer. */
  readonly delay?: Delay | undefined;
  /** When the API's credential expires, in Unix seconds; undefined while that is not known. */
  readonly tokenExpiresAtSeconds: () => number | undefined;
  /** Tells a simulated past. Default: there is none. */
  readonly tellPast?: TellPast | undefined;
  /** Jobs of other parts. Default: none. */
  readonly jobs?: readonly Job[] | undefined;
}

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
  /** The metrics about it. */
  readonly section: PageSection;
  /** Counts of event streams, which the server writes. */
  readonly streams: StreamCounts = { open: 0, refused: 0 };
  readonly #store: PatientArchive | undefined;
  readonly #count: () => void;
  /** The last snapshots, by tailnet. */
  readonly #tailnets = new Map<string, TailnetFacts>();
  /** Alerts that fired or were resolved, and are no events yet. */
  readonly #transitions: Transition[] = [];
  readonly #ownNode: OwnNodeLog | undefined;
  readonly #options: MonitorOptions;
  #loaded: Promise<void> | undefined;
  #isLoaded = false;
  #deviceRevision = 0;
  #hostRevision = 0;
  /** Ends the wait for a simulated past; undefined before there is one. */
  #pastWait: AbortController | undefined;

  /** Starts without a past; it is read before the first look. */
  constructor(options: MonitorOptions) {
    const { config, findDevice, runtime } = options;
    this.#options = options;
    this.traffic = new TrafficLog({ now: () => runtime.now(), elapsed: () => runtime.elapsedMs() });
    this.classify = createClassifier({ types: config.nodeTypes, critical: config.criticalNodes });
    this.history = new History({
      maxEvents: config.historyMaxEvents,
      keepMs: config.historyKeepMs,
      maxGapMs: Math.max(GAP_INTERVALS * config.scrapeIntervalMs, MIN_GAP_MS),
      now: () => runtime.now(),
      elapsed: () => runtime.elapsedMs(),
      isCritical: ({ device }) => this.classify(device).isCritical,
      findNode(peerId) {
        const known = findDevice(peerId);
        return known && nodeOf(known);
      },
    });
    this.alerts = config.alerts === "on" ? this.#makeAlerts(options) : undefined;
    this.alerts?.subscribe((transition) => this.#transitions.push(transition));
    const archive = this.#makeArchive(options);
    const { delay } = options;
    this.#store = archive && new PatientArchive({ archive, delay, log: getLogger("history") });
    const { count, registry } = createSection(this, archive);
    this.section = registry;
    this.#count = count;
    this.jobs = this.#makeJobs(options, registry);
    const { ownNode: node } = options;
    const note = (draft: EventDraft) => this.history.note(draft);
    this.#ownNode = node && new OwnNodeLog({ node, now: () => runtime.now(), note });
  }

  /**
   * A device list arrived: a simulated past needs nothing more. It is made a little later, so that
   * the devices are shown first, or with the first look, which waits for it and has its failure.
   */
  listed(facts: TailnetFacts): void {
    if (this.#options.tellPast === undefined || facts.listing === undefined) return;
    if (this.#pastWait !== undefined) return;
    this.#pastWait = new AbortController();
    const wait = this.#options.delay ?? delay;
    // Rejects when the past is read without waiting, or never; a failure is told at the first look.
    wait(PAST_DELAY_MS, this.#pastWait.signal).then(() => this.#load(facts)).catch(() => {});
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
    await this.#store?.save();
  }

  /** Whether the past has been read from the store, so that ids of events are final. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** A number for each subject that rises when something about it may have changed. */
  revisions(): Readonly<Record<Subject, number>> {
    return {
      alerts: this.alerts?.version ?? 0,
      devices: this.#deviceRevision,
      hosts: this.#hostRevision,
    };
  }

  /** Runs the jobs until the signal is aborted, then saves everything. */
  async run(signal: AbortSignal): Promise<void> {
    await this.jobs.run(signal);
    this.#pastWait?.abort();
    // Without a cycle there is nothing new, and the past may not be read yet.
    if (this.#loaded === undefined) return;
    await this.#store?.saveLast();
  }

  #load(facts?: TailnetFacts): Promise<void> {
    this.#pastWait?.abort();
    return this.#loaded ??= this.#readPast(facts);
  }

  async #readPast(facts: TailnetFacts | undefined): Promise<void> {
    await (this.#store?.load() ?? this.#simulate(facts));
    this.#isLoaded = true;
    this.#ownNode?.release();
  }

  /** Adds a simulated past, before anything is noted. */
  async #simulate(facts: TailnetFacts | undefined): Promise<void> {
    const { config, runtime, tellPast } = this.#options;
    if (tellPast === undefined || facts?.listing === undefined) return;
    const nowMs = facts.listing.atMs;
    const told = tellPast(nowMs - Math.min(config.historyKeepMs, MAX_PAST_MS), nowMs);
    if (told === undefined) return;
    const { addPast } = await import("./backfill.ts");
    await addPast(this, told, facts, {
      classify: this.classify,
      includesPersonal: config.alertPersonal,
      offlineMs: config.alertOfflineMs,
      host: this.#options.readHost?.()?.host,
      reportMs: config.reportIntervalMs,
      elapsed: () => runtime.elapsedMs(),
    });
    this.#count();
    this.#deviceRevision++;
    getLogger("history").info("Simulated a past of {days:day|days}: {events:event|events}", {
      days: Math.round((nowMs - told.fromMs) / DAY_MS),
      events: this.history.log.size,
    });
  }

  #makeJobs(options: MonitorOptions, registry: Registry): JobScheduler {
    const { config, runtime, readHost, writeNodes } = options;
    const hosts: readonly Job[] = readHost === undefined ? [] : [{
      name: "hosts",
      intervalMs: Math.max(config.peersIntervalMs, MIN_HOST_MS),
      run: () => this.#lookAtHost(readHost()),
    }];
    const success = registry.gauge(JOB_DEFINITIONS.success);
    const duration = registry.gauge(JOB_DEFINITIONS.duration);
    const failures = registry.counter(JOB_DEFINITIONS.failures);
    return new JobScheduler({
      jobs: [
        ...createNodeJobs({
          healthMs: config.healthIntervalMs,
          criticalMs: config.criticalIntervalMs,
          reportMs: config.reportIntervalMs,
          tailnets: () => this.#tailnets.values(),
          classify: this.classify,
          writeNodes: writeNodes &&
            ((devices) => writeNodes(devices, (device) => this.classify(device).type)),
          history: this.history,
          alerts: this.alerts,
          now: () => runtime.now(),
          elapsed: () => runtime.elapsedMs(),
          log: getLogger("health"),
        }),
        ...hosts,
        ...options.jobs ?? [],
        ...this.#makeNotifier(options, registry),
      ],
      elapsed: () => runtime.elapsedMs(),
      delay: options.delay ?? delay,
      random: Math.random,
      observer: {
        ended(job, seconds, succeeded) {
          duration.set(seconds, job);
          failures.inc(succeeded ? 0 : 1, job);
          if (succeeded) success.set(runtime.now() / 1000, job);
        },
      },
      log: getLogger("job"),
    });
  }

  /** The job that sends alerts; none where there is no receiver. */
  #makeNotifier(
    { config, fetch, redactor, runtime }: MonitorOptions,
    registry: Registry,
  ): readonly Job[] {
    const { alertmanagerUrl, alertWebhookUrl } = config;
    const { alerts } = this;
    if (alerts === undefined) return [];
    if (alertmanagerUrl === undefined && alertWebhookUrl === undefined) return [];
    const sent = registry.counter(NOTIFY_DEFINITIONS.notifications);
    const notifier = new Notifier({
      alerts,
      alertmanager: alertmanagerUrl,
      webhook: alertWebhookUrl && { url: alertWebhookUrl, format: config.alertWebhookFormat },
      cooldownMs: config.alertCooldownMs,
      now: () => runtime.now(),
      elapsed: () => runtime.elapsedMs(),
      fetch,
      redactor,
      onSent: (receiver, succeeded) => sent.inc(1, receiver, succeeded ? "sent" : "failed"),
      log: getLogger("notify"),
    });
    return [{
      name: "notify",
      intervalMs: NOTIFY_MS,
      run: async (signal) => {
        // Before the first look nothing is known of what was told.
        if (this.#loaded === undefined) return;
        await notifier.run(signal);
        await this.#store?.save();
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
    await this.#store?.save();
  }

  #makeArchive({ config, runtime, subject }: MonitorOptions): Archive | undefined {
    if (config.historyStore === "off" || subject === undefined) return undefined;
    return new Archive({
      store: new SegmentStore(() => runtime.caches(), `history of ${subject}`),
      history: this.history,
      alerts: this.alerts,
      keepMs: config.historyKeepMs,
      maxEvents: config.historyMaxEvents,
      now: () => runtime.now(),
      elapsed: () => runtime.elapsedMs(),
      owner: crypto.randomUUID(),
      log: getLogger("history"),
    });
  }

  #makeAlerts({ config, findDevice, runtime, tokenExpiresAtSeconds }: MonitorOptions): Alerts {
    // The token of an OAuth client is renewed every hour; the demo has such a client.
    const isRenewed = config.oauthClientId !== undefined || config.testDevices.length > 0;
    return new Alerts({
      offlineMs: config.alertOfflineMs,
      includesPersonal: config.alertPersonal,
      classify: this.classify,
      now: () => runtime.now(),
      elapsed: () => runtime.elapsedMs(),
      makeId: () => crypto.randomUUID(),
      findDevice,
      credentialExpiresAtSeconds: () => isRenewed ? undefined : tokenExpiresAtSeconds(),
    });
  }

  #noteTransitions(): void {
    this.history.noteAll(this.#transitions.splice(0).map(eventOfTransition));
  }
}

/** The metrics, and what brings those up to date that are not read with each page. */
function createSection(
  { alerts, history, streams }: Pick<Monitor, "alerts" | "history" | "streams">,
  archive: Archive | undefined,
): { readonly registry: Registry; readonly count: () => void } {
  const registry = new Registry();
  const { events, eventsTotal, nodes } = HISTORY_DEFINITIONS;
  registry.gauge({ ...events, read: () => history.log.size });
  const total = registry.counter(eventsTotal);
  history.subscribe(({ severity, type }) => total.inc(1, type, severity));
  registry.gauge({ ...nodes, read: () => history.nodeCount });
  registry.gauge({ ...HISTORY_DEFINITIONS.streams, read: () => streams.open });
  registry.counter({ ...HISTORY_DEFINITIONS.streamsRefused, read: () => streams.refused });
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
