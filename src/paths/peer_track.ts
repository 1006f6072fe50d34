/**
 * The record of one peer: its path now, since when, how long it was on each, and how often it went
 * from one to another. Knows no other peer.
 *
 * @module
 */

import { PathEvidence, type PathMemory } from "./evidence.ts";
import { isKnownPath, isRelayPath, PATH_STATES, type PathState } from "./path_state.ts";
import { type Instant, type PeerObservation, readByteCount } from "./observation.ts";
import type { PingVerdict } from "./ping_verdict.ts";

/** What a {@linkcode PeerTrack} goes by. */
export interface PeerTrackOptions {
  /**
   * For how many milliseconds an observation holds. What comes later, until the next one, counts as
   * unknown.
   */
  readonly maxGapMs: number;
  /** Time without an address after which it is a relay, in milliseconds. Default: `GRACE_MS`. */
  readonly graceMs?: number;
}

/** How often a peer went from one path to another. */
export interface PathTransition {
  /** The path that it left. */
  readonly from: PathState;
  /** The path that it took. */
  readonly to: PathState;
  /** How often. */
  readonly count: number;
}

/**
 * One peer's path over time.
 *
 * Time counts for the state that began it. The seconds of all states add up to the time since the
 * first observation without the times when the peer was away; they never fall.
 */
export class PeerTrack {
  readonly #options: PeerTrackOptions;
  readonly #ms: number[] = PATH_STATES.map(() => 0);
  readonly #transitions = new Map<number, number>();
  #peer: PeerObservation;
  #state: PathState | undefined;
  #sinceMs = 0;
  /** Time in the path now, before it was taken. */
  #earlierMs = 0;
  #lastMs = 0;
  #isPresent = false;
  #changeCount = 0;
  readonly #evidence: PathEvidence;

  /**
   * A peer that is seen for the first time.
   *
   * @param memory What an earlier process knew of its path.
   */
  constructor(peer: PeerObservation, at: Instant, options: PeerTrackOptions, memory?: PathMemory) {
    this.#options = options;
    this.#peer = peer;
    this.#evidence = new PathEvidence(at, options.graceMs, memory);
    this.see(peer, at);
  }

  /** The last observation. */
  get peer(): PeerObservation {
    return this.#peer;
  }

  /** The path now. */
  get state(): PathState {
    return this.#state ?? "unknown";
  }

  /** How often the path changed; while it stays, so do all times but those of the path now. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** When the path was taken, in milliseconds since 1970, by the clock of that moment. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Whether the peer was there at the last look. */
  get isPresent(): boolean {
    return this.#isPresent;
  }

  /** When it was last looked at, by the monotonic clock. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Bytes received, as tailscaled counts them; undefined if it says none. */
  get rxBytes(): number | undefined {
    return readByteCount(this.#peer.rxBytes);
  }

  /** Bytes sent, as tailscaled counts them; undefined if it says none. */
  get txBytes(): number | undefined {
    return readByteCount(this.#peer.txBytes);
  }

  /** Seconds in a state, up to the last look. */
  seconds(state: PathState): number {
    return (this.#ms[PATH_STATES.indexOf(state)] ?? 0) / 1000;
  }

  /**
   * For how many milliseconds the path was known before the present one was taken, and for how many
   * of these it was a relay. The same until the path changes.
   */
  get earlier(): { readonly earlierMs: number; readonly earlierRelayMs: number } {
    let [earlierMs, earlierRelayMs] = [0, 0];
    for (const [at, state] of PATH_STATES.entries()) {
      const ms = state === this.#state ? this.#earlierMs : this.#ms[at] ?? 0;
      if (isKnownPath(state)) earlierMs += ms;
      if (isRelayPath(state)) earlierRelayMs += ms;
    }
    return { earlierMs, earlierRelayMs };
  }

  /** Every change that there was, at most one entry for a pair of states. */
  transitions(): readonly PathTransition[] {
    return [...this.#transitions].map(([pair, count]) => ({
      from: PATH_STATES[Math.floor(pair / PATH_STATES.length)] ?? "unknown",
      to: PATH_STATES[pair % PATH_STATES.length] ?? "unknown",
      count,
    }));
  }

  /** Takes an observation. */
  see(peer: PeerObservation, at: Instant): void {
    this.#pass(at);
    this.#peer = peer;
    this.#isPresent = true;
    this.#become(this.#evidence.see(peer, at), at.nowMs);
  }

  /**
   * Takes what came of a ping, as evidence for the next look; undefined where the answer does not
   * tell its path.
   */
  pinged(verdict: PingVerdict | undefined, at: Instant): void {
    this.#evidence.pinged(verdict, at);
  }

  /** Notes a failed look: what follows is unknown, until the next observation. */
  lose(at: Instant): void {
    this.#pass(at);
    this.#become("unknown", at.nowMs);
    this.#evidence.doubt();
  }

  /** Notes that the peer is not there any more; no time counts until it is seen again. */
  leave(at: Instant): void {
    this.lose(at);
    this.#evidence.forget();
    this.#isPresent = false;
  }

  #pass({ elapsedMs, nowMs }: Instant): void {
    const passedMs = elapsedMs - this.#lastMs;
    this.#lastMs = elapsedMs;
    if (!this.#isPresent || !(passedMs > 0)) return;
    const seenMs = Math.min(passedMs, this.#options.maxGapMs);
    this.#count(seenMs);
    const unseenMs = passedMs - seenMs;
    if (unseenMs === 0) return;
    this.#become("unknown", nowMs - unseenMs);
    this.#count(unseenMs);
    this.#evidence.doubt();
  }

  #count(ms: number): void {
    const index = PATH_STATES.indexOf(this.state);
    this.#ms[index] = (this.#ms[index] ?? 0) + ms;
  }

  #become(state: PathState, nowMs: number): void {
    if (state === this.#state) return;
    if (this.#state !== undefined) {
      const pair = PATH_STATES.indexOf(this.#state) * PATH_STATES.length +
        PATH_STATES.indexOf(state);
      this.#transitions.set(pair, (this.#transitions.get(pair) ?? 0) + 1);
      this.#changeCount++;
    }
    this.#state = state;
    this.#sinceMs = nowMs;
    this.#earlierMs = this.#ms[PATH_STATES.indexOf(state)] ?? 0;
  }
}
