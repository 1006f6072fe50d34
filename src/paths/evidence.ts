/**
 * What looks and pings tell about the path to one peer, collected for {@linkcode classify}: since
 * when it has no address, whether anything comes back from it, and what its last path was. Every
 * part of the program that names a path has it from here.
 *
 * @module
 */

import { classify, GRACE_MS, isDirect, type PathState } from "./path_state.ts";
import { type Instant, isAddressless, type PeerObservation, readByteCount } from "./observation.ts";
import type { PingVerdict } from "./ping_verdict.ts";

/** What an earlier process knew of a peer's path. */
export interface PathMemory {
  /** Whether it was on a DERP relay. */
  readonly wasRelayed: boolean;
  /** For how many milliseconds it had been active without an address. */
  readonly addresslessMs: number;
  /** Whether it did not answer the last ping. */
  readonly isSilent: boolean;
}

/** Tolerated difference between the clocks of two machines, in milliseconds. */
const SKEW_MS = 5_000;

/** Collects evidence about one peer. Times are of the monotonic clock. */
export class PathEvidence {
  readonly #graceMs: number;
  #addresslessSinceMs: number | undefined;
  /** Since when packets got no answer, as looks found it. */
  #unansweredSinceMs: number | undefined;
  /** Since when pings were lost. */
  #lostSinceMs: number | undefined;
  #wasRelayed: boolean;
  #lastDirectMs = -Infinity;
  #last: PeerObservation | undefined;

  /**
   * Evidence about a peer that was not seen before, by this process.
   *
   * @param at Now.
   * @param graceMs Time that a new path has to find an address. Default: `GRACE_MS`.
   */
  constructor(at: Instant, graceMs: number = GRACE_MS, memory?: PathMemory) {
    this.#graceMs = graceMs;
    this.#wasRelayed = memory?.wasRelayed ?? false;
    if (memory === undefined) return;
    this.#addresslessSinceMs = at.elapsedMs - memory.addresslessMs;
    if (memory.isSilent) this.#lostSinceMs = at.elapsedMs - graceMs;
  }

  /** Takes a look at the peer; gives its path. */
  see(peer: PeerObservation, at: Instant): PathState {
    const { elapsedMs } = at;
    this.#compare(peer, elapsedMs);
    this.#last = peer;
    this.#addresslessSinceMs = isAddressless(peer)
      ? Math.min(this.#addresslessSinceMs ?? elapsedMs, elapsedMs)
      : undefined;
    const state = classify(peer, {
      addresslessMs: elapsedMs - (this.#addresslessSinceMs ?? elapsedMs),
      graceMs: this.#graceMs,
      wasRelayed: this.#wasRelayed,
      isUnanswered: this.#unansweredSinceMs !== undefined,
      isSilent: this.#lasts(this.#unansweredSinceMs, elapsedMs) ||
        this.#lasts(this.#lostSinceMs, elapsedMs),
      handshakeMs: this.#handshakeMs(peer, at),
    });
    // A peer that is silent, or whose path is only being made, keeps what it had.
    const isOpen = state === "idle" || (state === "unknown" && isAddressless(peer));
    if (!isOpen) this.#wasRelayed = state === "derp";
    if (isDirect(peer) || state === "peer_relay") {
      this.#lastDirectMs = elapsedMs;
      this.#hear();
    }
    return state;
  }

  /** Takes what came of a ping; undefined where the answer does not tell its path. */
  pinged(verdict: PingVerdict | undefined, { elapsedMs }: Instant): void {
    if (verdict === "none") {
      this.#lostSinceMs ??= elapsedMs;
      return;
    }
    this.#hear();
    // From here on no address answers; the first answer on a new path comes this way, too.
    if (verdict === "derp") this.#addresslessSinceMs ??= elapsedMs;
    if (verdict !== "direct" && verdict !== "peer_relay") return;
    this.#wasRelayed = false;
    this.#lastDirectMs = elapsedMs;
    this.#addresslessSinceMs = undefined;
  }

  /** Forgets what has not been settled: a look failed, so what happened meanwhile is unknown. */
  doubt(): void {
    this.#addresslessSinceMs = undefined;
    this.#hear();
  }

  /** Forgets all: the peer has left, or tailscaled has started anew and makes each path again. */
  forget(): void {
    this.doubt();
    this.#wasRelayed = false;
  }

  /** Takes a sign of life. */
  #hear(): void {
    this.#lostSinceMs = undefined;
    this.#unansweredSinceMs = undefined;
  }

  /** Looks at what came and went since the last look. */
  #compare(peer: PeerObservation, elapsedMs: number): void {
    const last = this.#last;
    if (last === undefined) return;
    const received = growthOf(last.rxBytes, peer.rxBytes);
    const sent = growthOf(last.txBytes, peer.txBytes);
    // A count that fell: tailscaled was restarted.
    if (received < 0 || sent < 0) return this.forget();
    const { lastHandshakeSeconds } = peer;
    const shookHands = lastHandshakeSeconds !== undefined &&
      lastHandshakeSeconds !== last.lastHandshakeSeconds;
    if (received > 0 || shookHands) this.#hear();
    else if (sent > 0 && peer.rxBytes !== undefined) this.#unansweredSinceMs ??= elapsedMs;
  }

  #lasts(sinceMs: number | undefined, elapsedMs: number): boolean {
    return sinceMs !== undefined && elapsedMs - sinceMs >= this.#graceMs;
  }

  /** The age of the last handshake, unless a direct path was seen since. */
  #handshakeMs({ lastHandshakeSeconds }: PeerObservation, at: Instant): number | undefined {
    if (lastHandshakeSeconds === undefined) return undefined;
    const ageMs = at.nowMs - lastHandshakeSeconds * 1000;
    if (ageMs < -SKEW_MS || at.elapsedMs - ageMs <= this.#lastDirectMs) return undefined;
    return Math.max(0, ageMs);
  }
}

/** By how much a count of bytes has grown; 0 where it is not known. */
function growthOf(before: number | undefined, after: number | undefined): number {
  const [from, to] = [readByteCount(before), readByteCount(after)];
  return from === undefined || to === undefined ? 0 : to - from;
}
