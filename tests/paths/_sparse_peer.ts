/**
 * A peer on a relay with little traffic, for the tests of this folder.
 *
 * @module
 */

import type { PeerObservation } from "../../src/paths/observation.ts";
import { at, makePeer } from "./_peer.ts";

/** For how long tailscaled calls a peer active after a packet went to it. */
export const ACTIVE_MS = 45_000;

/** Age at which WireGuard makes a new session for the next packet. */
const REKEY_MS = 120_000;

/** A peer on a relay with one request every now and then, as tailscaled shows it. */
export class SparsePeer {
  readonly #periodMs: number;

  /**
   * A peer that is sent a request at once, and then always after this time.
   *
   * @param periodMs More than 0.
   */
  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Whether packets went to it lately. */
  isActive(ms: number): boolean {
    return ms % this.#periodMs < ACTIVE_MS;
  }

  /** Age of its session, in milliseconds. */
  sessionMs(ms: number): number {
    return ms % (Math.ceil(REKEY_MS / this.#periodMs) * this.#periodMs);
  }

  /** What tailscaled says of it so long after the first request. */
  at(ms: number): PeerObservation {
    const requests = Math.floor(ms / this.#periodMs) + 1;
    return makePeer({
      currentAddress: undefined,
      isActive: this.isActive(ms),
      lastHandshakeSeconds: at(ms - this.sessionMs(ms)).nowMs / 1000,
      rxBytes: 500 * requests,
      txBytes: 300 * requests,
    });
  }
}
