/**
 * What happened: reads snapshots of the facts, notes their changes as events, and for how long each
 * node was online. Asks nothing and keeps nothing beyond the process; `src/archive` does.
 *
 * @module
 */

import {
  hostChanges,
  type HostFacts,
  type KnownDevice,
  type TailnetChange,
  tailnetChanges,
  type TailnetFacts,
} from "../facts/mod.ts";
import { AgeClock } from "../time/age_clock.ts";
import { monotonicMs } from "../time/clock.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { type EventDraft, type EventType, SEVERITIES, type Severity } from "./event.ts";
import { EventLog } from "./event_log.ts";
import { eventOfHost, eventOfMetrics, eventOfTailnet, type FindNode } from "./event_of.ts";
import {
  BUCKET_S,
  type OnlineHour,
  type Uptime,
  type UptimeBucket,
  type UptimeDay,
  UptimeLog,
} from "./uptime.ts";

/** Events of one type at one look that are noted one by one; the rest are counted in one. */
const MAX_ALIKE = 200;

/** Options for a {@linkcode History}. */
export interface HistoryOptions extends TimeSliceOptions {
  /** Maximum number of events. */
  readonly maxEvents: number;
  /** How long events and time online are kept, in milliseconds. */
  readonly keepMs: number;
  /** Longest time between two device lists of which the first still tells who is online. */
  readonly maxGapMs: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Whether a node is critical. */
  readonly isCritical: (known: KnownDevice) => boolean;
  /** The node of a host's peer by its stable id; undefined if no device list has it. */
  readonly findNode: FindNode;
}

/** Events and time online of all nodes. */
export class History {
  /** The events; what is no change of the facts is added here. */
  readonly log: EventLog;
  readonly #options: HistoryOptions;
  readonly #uptimes = new Map<string, UptimeLog>();
  readonly #tailnets = new Map<string, TailnetFacts>();
  readonly #hosts = new Map<string, HostFacts>();
  #simulatedUntilMs: number | undefined;

  /** A history of nothing. */
  constructor(options: HistoryOptions) {
    const { elapsed = monotonicMs, keepMs, maxEvents, now } = options;
    this.#options = options;
    const age = new AgeClock({ now, elapsed });
    this.log = new EventLog({ maxAgeMs: keepMs, maxEvents, now: age.now });
  }

  /**
   * For how long a node was online in a window that ends now.
   *
   * @param key Of the device, see `createDeviceKey()`.
   * @param windowMs Length of the window; its begin is moved back to the full hour.
   */
  uptime(key: string, windowMs: number): Uptime {
    return this.#logOf(key).uptime(key, windowMs, this.#options.now());
  }

  /** The same hour by hour, oldest first; hours of which nothing is known are left out. */
  uptimeBuckets(key: string, windowMs: number): readonly UptimeBucket[] {
    return this.#logOf(key).buckets(key, windowMs, this.#options.now());
  }

  /** How many nodes of all tailnets were online, hour by hour, oldest first. */
  async onlineHours(windowMs: number): Promise<readonly OnlineHour[]> {
    const hours = new Map<number, OnlineHour>();
    for (const log of this.#uptimes.values()) {
      for (const hour of await log.totals(windowMs, this.#options.now())) {
        const { nodes = 0, online = 0 } = hours.get(hour.fromMs) ?? {};
        hours.set(hour.fromMs, {
          fromMs: hour.fromMs,
          nodes: nodes + hour.nodes,
          online: online + hour.online,
        });
      }
    }
    return [...hours.values()].sort((a, b) => a.fromMs - b.fromMs);
  }

  /** Number of nodes whose time online is kept. */
  get nodeCount(): number {
    return this.#uptimes.values().reduce((sum, { nodeCount }) => sum + nodeCount, 0);
  }

  /** The logs of time online, by tailnet as it stands in its devices' keys. */
  uptimeLogs(): ReadonlyMap<string, UptimeLog> {
    return this.#uptimes;
  }

  /** Until when events and time online are simulated, in milliseconds; undefined if none are. */
  get simulatedUntilMs(): number | undefined {
    return this.#simulatedUntilMs;
  }

  /** Adds a simulated past, which must come before anything else; listeners are not told. */
  async simulate(
    events: readonly EventDraft[],
    days: readonly UptimeDay[],
    untilMs: number,
  ): Promise<void> {
    this.#simulatedUntilMs = untilMs;
    for (const day of days) await this.uptimeLog(day.tailnet).restore(day);
    const recent = events.slice(-this.#options.maxEvents);
    this.log.restore(recent.map((draft, at) => ({ ...draft, id: at + 1, isSimulated: true })));
  }

  /**
   * Adds what happened at one moment. A control plane that loses all nodes at once must not push
   * everything else out of the log: of many events of one type the rest is counted in one.
   */
  noteAll(drafts: Iterable<EventDraft>): void {
    const counts = new Map<EventType, number>();
    const worst = new Map<EventType, Severity>();
    for (const draft of drafts) {
      const { severity, type } = draft;
      const count = (counts.get(type) ?? 0) + 1;
      counts.set(type, count);
      if (count <= MAX_ALIKE) this.log.add(draft);
      else if (isWorse(severity, worst.get(type))) worst.set(type, severity);
    }
    for (const [type, severity] of worst) {
      const message = `${(counts.get(type) ?? 0) - MAX_ALIKE} more nodes at the same time: ${type}`;
      this.log.add({ atMs: this.#options.now(), type, severity, node: undefined, message });
    }
  }

  /** Notes what changed in a tailnet since the last look. Looks must not overlap. */
  async look(facts: TailnetFacts): Promise<void> {
    const before = this.#tailnets.get(facts.tailnet) ?? nothingKnown(facts);
    this.#tailnets.set(facts.tailnet, facts);
    if (facts.listing !== undefined && facts.listing !== before.listing) {
      const { atMs, devices, elapsedMs } = facts.listing;
      const log = this.uptimeLog(encodeURIComponent(facts.tailnet));
      await log.observe({ nodes: devices, atMs, elapsedMs });
    }
    const changes = await tailnetChanges(before, facts, this.#options);
    if (changes.length > 0) this.noteAll(this.#draftsOf(changes, facts));
  }

  /** Notes what changed at a host since the last look. Looks must not overlap. */
  async lookAtHost(facts: HostFacts): Promise<void> {
    const before = this.#hosts.get(facts.host);
    this.#hosts.set(facts.host, facts);
    if (before === undefined) return;
    const changes = await hostChanges(before, facts, this.#options);
    const drafts = changes.map((change) => eventOfHost(change, this.#options.findNode));
    this.noteAll(drafts.filter((draft) => draft !== undefined));
  }

  /** The log that has a node; keys come from requests, so an unknown one must not make a log. */
  #logOf(key: string): UptimeLog {
    const tailnet = key.slice(0, key.indexOf("/"));
    return this.#uptimes.get(tailnet) ?? NO_UPTIME;
  }

  /** The log of a tailnet's time online; `tailnet` as it stands in its devices' keys. */
  uptimeLog(tailnet: string): UptimeLog {
    const { elapsed, keepMs, maxGapMs, pause } = this.#options;
    let log = this.#uptimes.get(tailnet);
    if (log === undefined) {
      const maxBuckets = Math.ceil(keepMs / 1000 / BUCKET_S) + 1;
      const slices = { ...elapsed && { elapsed }, ...pause && { pause } };
      log = new UptimeLog({ maxBuckets, maxGapMs, ...slices });
      this.#uptimes.set(tailnet, log);
    }
    return log;
  }

  *#draftsOf(changes: readonly TailnetChange[], facts: TailnetFacts): Generator<EventDraft> {
    const { isCritical } = this.#options;
    let byKey: ReadonlyMap<string, KnownDevice> | undefined;
    for (const change of changes) {
      let draft: EventDraft | undefined;
      if (change.kind === "metrics_readable" || change.kind === "metrics_unreadable") {
        byKey ??= new Map(facts.listing?.devices.map((known) => [known.key, known]));
        draft = eventOfMetrics(change, byKey.get(change.key));
      } else draft = eventOfTailnet(change, isCritical);
      if (draft !== undefined) yield draft;
    }
  }
}

function isWorse(severity: Severity, before: Severity | undefined): boolean {
  return before === undefined || SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(before);
}

/** What was known before the first look. */
function nothingKnown({ atMs, tailnet }: TailnetFacts): TailnetFacts {
  const unknown = { sinceMs: undefined, atMs: undefined, lastListMs: undefined, error: undefined };
  return {
    tailnet,
    atMs,
    api: { answers: true, ...unknown },
    listing: undefined,
    isFresh: false,
    scrapes: new Map(),
  };
}

/** Time online where nothing was observed. */
const NO_UPTIME = new UptimeLog({ maxBuckets: 1, maxGapMs: 0 });
