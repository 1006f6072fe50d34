/**
 * Collects what is learnt about a host and gives snapshots of it.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Clock } from "../time/clock.ts";
import type { TimeSlice } from "../time/slice.ts";
import type { HostFacts, PeerFacts, WatchdogAction } from "./host_facts.ts";

/** Maximum number of actions in a snapshot. */
const MAX_ACTIONS = 100;

/** What a poll of tailscaled found. */
export interface HostAnswer extends
  Pick<
    HostFacts,
    "backend" | "excluded" | "health" | "isConnected" | "name" | "peerCount" | "rejectedCount"
  > {
  /** Its peers; undefined unless tailscaled listed them. */
  readonly peers: Iterable<PeerFacts> | undefined;
}

/** Options for a {@linkcode HostRecord}. */
export interface HostRecordOptions extends Pick<Clock, "elapsed" | "now"> {
  /** The host's key, unique in the process. */
  readonly host: string;
  /** How long an answer is shown after it arrived, in milliseconds. */
  readonly staleAfterMs: number;
  /** Whether the host has no direct paths. Default: false. */
  readonly isRelayed?: boolean | undefined;
  /** Whether it is our own node of the tailnet. Default: false. */
  readonly isOwnNode?: boolean | undefined;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
}

/** What is known about a host, as it is being learnt. */
export class HostRecord {
  readonly #options: HostRecordOptions;
  #answers: boolean | undefined;
  #error: string | undefined;
  #sinceMs: number | undefined;
  #answeredMs: number | undefined;
  #last: Omit<HostAnswer, "peers"> = { backend: undefined, health: [], peerCount: undefined };
  #peers: ReadonlyMap<string, PeerFacts> | undefined;
  #actions: readonly WatchdogAction[] = [];

  /** A record that knows nothing yet. */
  constructor(options: HostRecordOptions) {
    this.#options = options;
  }

  /**
   * Takes the outcome of a poll; undefined if tailscaled did not answer. One at a time: peers are
   * compared in slices, after which a snapshot has the whole answer, and costs nothing.
   *
   * @param error Why it did not answer.
   */
  async polled(answer: HostAnswer | undefined, error?: unknown): Promise<void> {
    const { elapsed, now } = this.#options;
    const peers = answer?.peers && await this.#keepSame(answer.peers);
    const answers = answer !== undefined;
    if (this.#answers !== answers) this.#sinceMs = now();
    this.#answers = answers;
    this.#error = answers ? undefined : describeError(error);
    // Without an answer paths are not known, and the last known peers stay.
    if (answer === undefined) return;
    const { peers: _, ...last } = answer;
    // A tailscaled that is logged out gives no name: the host is still the same.
    const name = last.name ?? this.#last.name;
    this.#last = { ...last, ...name !== undefined && { name } };
    this.#answeredMs = elapsed();
    this.#peers = peers ?? this.#peers;
  }

  /** Takes an action of the watchdog. */
  acted(action: Pick<WatchdogAction, "kind" | "succeeded">): void {
    const number = (this.#actions.at(-1)?.number ?? 0) + 1;
    const noted = { ...action, number, atMs: this.#options.now() };
    this.#actions = [...this.#actions.slice(1 - MAX_ACTIONS), noted];
  }

  /** Whether tailscaled answered the last poll; undefined before the first. */
  get answers(): boolean | undefined {
    return this.#answers;
  }

  /** The state of tailscaled at its last answer. */
  get backend(): HostFacts["backend"] {
    return this.#last.backend;
  }

  /** Number of peers in the last answer. */
  get peerCount(): number | undefined {
    return this.#last.peerCount;
  }

  /** Whether the last answer is recent enough to be shown. */
  get isFresh(): boolean {
    const { elapsed, staleAfterMs } = this.#options;
    return elapsed() - (this.#answeredMs ?? -Infinity) < staleAfterMs;
  }

  /** What is known now. */
  snapshot(): HostFacts {
    const { host, isOwnNode, isRelayed, now } = this.#options;
    return {
      host,
      ...isRelayed === true && { isRelayed },
      ...isOwnNode === true && { isOwnNode },
      atMs: now(),
      answers: this.#answers,
      error: this.#error,
      sinceMs: this.#sinceMs,
      ...this.#last,
      isFresh: this.isFresh,
      peers: this.#peers,
      actions: this.#actions,
    };
  }

  /** The same objects, and the same map, for what did not change. */
  async #keepSame(peers: Iterable<PeerFacts>): Promise<ReadonlyMap<string, PeerFacts>> {
    const { slice } = this.#options;
    const before = this.#peers;
    const kept = new Map<string, PeerFacts>();
    let isSame = true;
    for (const peer of peers) {
      if (slice.isOver) await slice.next();
      const old = before?.get(peer.id);
      const isKept = old?.path === peer.path && old.sinceMs === peer.sinceMs &&
        old.name === peer.name && old.region === peer.region && old.rttMs === peer.rttMs &&
        old.via === peer.via && old.lastContactMs === peer.lastContactMs &&
        old.kind === peer.kind && old.isRelayOnly === peer.isRelayOnly;
      isSame &&= isKept;
      kept.set(peer.id, isKept ? old : peer);
    }
    return before !== undefined && isSame && kept.size === before.size ? before : kept;
  }
}
