/**
 * The circuit breaker of the API: whether a cycle calls it at all. An API that keeps failing is
 * called with a backoff, and a server's own `Retry-After` is respected. Does no I/O: the caller
 * reports outcomes.
 *
 * @module
 */

import { doubledMs, earlyMs } from "../time/backoff.ts";
import type { Clock } from "../time/clock.ts";

/** State of the circuit breaker, as a bounded label value. */
export type CircuitState =
  /** The API is called in every cycle. */
  | "closed"
  /** It is not called until a wait is over. */
  | "open"
  /** One call, the probe, is under way. */
  | "half_open";

/** Every state, in the order in which they are shown. */
export const CIRCUIT_STATES: readonly CircuitState[] = ["closed", "open", "half_open"];

/** Consecutive failures before the API is asked less often. */
const FAILURES_TO_OPEN = 3;

/** Longest wait in milliseconds that we choose ourselves. */
export const MAX_WAIT_MS = 300_000;

/** What a {@linkcode CircuitBreaker} goes by. */
export interface CircuitBreakerOptions extends Pick<Clock, "elapsed"> {
  /** Milliseconds from one cycle to the next. */
  readonly intervalMs: number;
  /** Longest wait in milliseconds, at least a cycle. Default: {@linkcode MAX_WAIT_MS}. */
  readonly maxWaitMs?: number;
  /** Called with each new state. */
  readonly onChange?: (state: CircuitState) => void;
}

/** Decides whether the API may be called; closed at first. */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #maxWaitMs: number;
  #state: CircuitState = "closed";
  #failures = 0;
  /** Number of waits of our own choice since the last answer, or since the network was back. */
  #waits = 0;
  #calledAtMs = 0;
  /** Whether the network was back after the latest call began. */
  #isHastened = false;
  /** From then on a call may be made; a quarter of a cycle early counts for our own waits. */
  #dueAtMs = 0;
  /** Until then the server has asked for no call. */
  #askedUntilMs = 0;

  /**
   * A breaker of an API that nothing is known about.
   *
   * @param options The cycle, the bound and the clock.
   */
  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#maxWaitMs = Math.max(options.intervalMs, options.maxWaitMs ?? MAX_WAIT_MS);
  }

  /** The state. */
  get state(): CircuitState {
    return this.#state;
  }

  /** How many calls in a row have failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds until the API is asked again; undefined unless the circuit is open. */
  get waitMs(): number | undefined {
    if (this.#state !== "open") return undefined;
    return Math.max(0, this.#dueAtMs - this.#options.elapsed());
  }

  /**
   * Whether the API may be called now. If so, the caller must call it and report the outcome: in an
   * open circuit whose wait is over this is the one probe.
   */
  mayCall(): boolean {
    if (this.#state === "half_open") return false;
    const nowMs = this.#options.elapsed();
    if (this.#state === "open") {
      if (nowMs < this.#dueAtMs) return false;
      this.#become("half_open");
    }
    this.#calledAtMs = nowMs;
    this.#isHastened = false;
    return true;
  }

  /** The API gave a usable answer. */
  succeeded(): void {
    this.#failures = this.#waits = 0;
    this.#become("closed");
  }

  /**
   * The call failed. From the third failure in a row on the wait is two cycles, then twice as long
   * each time, counted from the call's start so that it is whole cycles.
   *
   * @param retryAfterMs What the server asked for: it opens the circuit at once, and is kept to the
   * millisecond.
   */
  failed(retryAfterMs: number = 0): void {
    const { intervalMs, elapsed } = this.#options;
    this.#failures++;
    const isSteady = this.#failures >= FAILURES_TO_OPEN;
    if (!isSteady && retryAfterMs === 0) return;
    // A call that began before the network was back tells nothing of the API.
    const hasOwnWait = isSteady && !this.#isHastened;
    const ownWaitMs = hasOwnWait ? doubledMs(intervalMs, ++this.#waits, this.#maxWaitMs) : 0;
    const ownDueMs = this.#calledAtMs + ownWaitMs - earlyMs(intervalMs);
    this.#askedUntilMs = elapsed() + retryAfterMs;
    this.#dueAtMs = Math.max(ownDueMs, this.#askedUntilMs);
    this.#become("open");
  }

  /**
   * The network is back: the next cycle calls, unless the server has asked for a wait, even if a
   * call that is under way fails. The backoff begins anew.
   */
  hasten(): void {
    this.#isHastened = true;
    this.#waits = 0;
    this.#dueAtMs = Math.min(this.#dueAtMs, this.#askedUntilMs);
  }

  #become(state: CircuitState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onChange?.(state);
  }
}
