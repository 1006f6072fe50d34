/**
 * Alerts: reads snapshots of the facts, keeps the state of each alert, and lists them. Sends
 * nothing; `src/notify` does.
 *
 * @module
 */

import {
  currentPeersOf,
  type HostFacts,
  type KnownDevice,
  type TailnetFacts,
} from "../facts/mod.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type {
  Alert,
  AlertRule,
  AlertState,
  EndedSilence,
  Silence,
  SilenceDraft,
  Told,
} from "./alert.ts";
import { AlertBook, type BookEntry, type Transition } from "./book.ts";
import {
  type Condition,
  conditionOfPeer,
  type ConditionOptions,
  conditionsOfDevice,
  conditionsOfTailnet,
  isStarting,
  scopeOf,
  scopeOfHost,
} from "./condition.ts";
import { SilenceList } from "./silence.ts";

/** Devices, or peers, between two looks at the clock. */
const DEVICES_A_LOOK = 64;

/** Options for {@linkcode Alerts}. */
export interface AlertsOptions extends ConditionOptions, TimeSliceOptions {
  /** How long a node must be offline before that is an alert, in milliseconds. */
  readonly offlineMs: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Makes a unique id. */
  readonly makeId: () => string;
  /** The device of a host's peer by its stable id. */
  readonly findDevice: (peerId: string) => KnownDevice | undefined;
  /** When the API's credential expires, in Unix seconds; undefined if it is renewed or unknown. */
  readonly credentialExpiresAtSeconds: () => number | undefined;
}

/** Which alerts are wanted; an absent field asks for nothing. */
export interface AlertQuery {
  /** In these states. */
  readonly states?: readonly AlertState[] | undefined;
  /** Of these rules. */
  readonly rules?: readonly AlertRule[] | undefined;
  /** About the node of this key. */
  readonly node?: string | undefined;
}

/** What an earlier process knew of alerts. */
export interface AlertsState {
  /** The alerts. */
  readonly entries: readonly BookEntry[];
  /** The silences. */
  readonly silences: readonly Silence[];
  /** Silences that were ended before their time. Default: none. */
  readonly ended?: readonly EndedSilence[];
  /** What receivers were told. */
  readonly told: readonly Told[];
}

/** All alerts and silences. */
export class Alerts {
  readonly #told = new Map<string, Told>();
  #version = 0;
  readonly #options: AlertsOptions;
  readonly #book: AlertBook;
  readonly #silences: SilenceList;
  readonly #listeners = new Set<(transition: Transition) => void>();
  /** Whether there is a recent device list, by tailnet. */
  readonly #isListed = new Map<string, boolean>();

  /** None yet. */
  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#book = new AlertBook({ offlineMs: options.offlineMs });
    this.#silences = new SilenceList(options);
  }

  /** Rises with each change of what {@linkcode Alerts.state} gives. */
  get version(): number {
    return this.#version + this.#book.version;
  }

  /** What receivers were told, by alert: kept here, because it is restored with the alerts. */
  get told(): ReadonlyMap<string, Told> {
    return this.#told;
  }

  /** Notes what receivers were told of an alert. */
  noteTold(told: Told): void {
    this.#version++;
    this.#told.set(told.id, told);
  }

  /** Forgets what receivers were told of an alert. */
  forgetTold(id: string): void {
    if (this.#told.delete(id)) this.#version++;
  }

  /** Conditions that found no room at the last look. */
  get leftOutCount(): number {
    return this.#book.leftOutCount;
  }

  /**
   * The alerts that match: firing before pending before resolved, the most severe first. Silences
   * are judged in slices of time; what changes meanwhile is not seen.
   */
  async list({ node, rules, states }: AlertQuery = {}): Promise<readonly Alert[]> {
    const entries = this.#book.entries().filter((entry) =>
      (states === undefined || states.includes(entry.state)) &&
      (rules === undefined || rules.includes(entry.rule)) &&
      (node === undefined || entry.node?.key === node)
    ).toArray();
    const silencing = await this.#silences.judge(entries, this.#options);
    const alerts = entries.map(({ clearSinceMs: _, scope: __, ...alert }): Alert => {
      const { sinceMs, untilMs } = silencing(alert) ?? {};
      return { ...alert, silencedSinceMs: sinceMs, silencedUntilMs: untilMs };
    });
    return alerts.sort((a, b) =>
      STATE_RANKS[a.state] - STATE_RANKS[b.state] ||
      SEVERITY_RANKS[a.severity] - SEVERITY_RANKS[b.severity] ||
      (b.firedMs ?? b.sinceMs) - (a.firedMs ?? a.sinceMs)
    );
  }

  /** All alerts in no order, and without what silences add: for counts. */
  entries(): Iterable<BookEntry> {
    return this.#book.entries();
  }

  /** The silences that have not ended. */
  silences(): readonly Silence[] {
    return this.#silences.list();
  }

  /**
   * Keeps alerts from being sent for a time.
   *
   * @throws {RangeError} If the draft is out of bounds; the message says what was wanted.
   */
  silence(draft: SilenceDraft): Silence {
    this.#version++;
    return this.#silences.add(draft);
  }

  /** Ends a silence; false if there is none of this id. */
  unsilence(id: string): boolean {
    this.#version++;
    return this.#silences.remove(id);
  }

  /**
   * Calls back with each alert that begins to fire or is resolved.
   *
   * @returns Ends it.
   */
  subscribe(listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Judges a tailnet and its devices. Without a recent list, alerts of nodes stay as they are. */
  async look(facts: TailnetFacts): Promise<void> {
    const scope = scopeOf(facts.tailnet);
    this.#isListed.set(facts.tailnet, facts.isFresh);
    if (isStarting(facts)) return;
    const expiry = this.#options.credentialExpiresAtSeconds();
    this.#update(`${scope} itself`, [...conditionsOfTailnet(facts, expiry)]);
    if (!facts.isFresh || facts.listing === undefined) return;
    const conditions: Condition[] = [];
    const slice = new TimeSlice(this.#options);
    let at = 0;
    for (const known of facts.listing.devices) {
      if (++at % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
      conditions.push(...conditionsOfDevice(known, facts, this.#options));
    }
    this.#update(scope, conditions);
  }

  /**
   * Judges a host's peers. Without an answer of tailscaled, or a recent device list to tell which
   * peers are servers, their alerts stay. A tailscaled that is not up, or a host without direct
   * paths, has none.
   */
  async lookAtHost(facts: HostFacts): Promise<void> {
    const { answers, host, isFresh, isRelayed = false } = facts;
    const isListed = this.#isListed.size === 0 || this.#isListed.values().some((is) => is);
    if (answers !== true || !isFresh || !isListed) return;
    const conditions: Condition[] = [];
    const slice = new TimeSlice(this.#options);
    let at = 0;
    for (const peer of isRelayed ? [] : currentPeersOf(facts)?.values() ?? []) {
      if (++at % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
      const condition = conditionOfPeer(peer, host, this.#options.findDevice, this.#options);
      if (condition !== undefined) conditions.push(condition);
    }
    this.#update(scopeOfHost(host), conditions);
  }

  /** What a later process needs to go on. */
  state(): AlertsState {
    return {
      entries: [...this.#book.entries()],
      silences: this.#silences.list(),
      ended: this.#silences.ended(),
      told: [...this.#told.values()],
    };
  }

  /** Goes on where an earlier process was; best before anything is judged. */
  restore({ ended, entries, silences, told }: AlertsState): void {
    for (const each of told) if (!this.#told.has(each.id)) this.#told.set(each.id, each);
    this.#book.restore(entries);
    this.#silences.restore(silences, ended);
  }

  #update(scope: string, conditions: readonly Condition[]): void {
    for (const transition of this.#book.update(scope, conditions, this.#options.now())) {
      for (const listener of [...this.#listeners]) listener(transition);
    }
  }
}

const STATE_RANKS: Readonly<Record<AlertState, number>> = { firing: 0, pending: 1, resolved: 2 };

const SEVERITY_RANKS: Readonly<Record<Alert["severity"], number>> = { critical: 0, warning: 1 };
