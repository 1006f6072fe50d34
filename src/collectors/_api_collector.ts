/**
 * Asks an API about one subject: when it is called, how long a cycle waits, for how long an old
 * answer is shown, and what is logged. What is asked, and how it is shown, is the subject's part.
 *
 * @module
 */

import { ApiError, describeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import { earlyMs } from "../time/backoff.ts";
import { monotonicMs } from "../time/clock.ts";
import type { Delay } from "../time/delay.ts";
import { isSettledWithin } from "../time/timeout.ts";
import { TroubleLog } from "../log/trouble.ts";
import { staleAfterMs } from "../time/timing.ts";
import type { Collector } from "./collection_loop.ts";

/** Decides in which cycles the API is called; a `CircuitBreaker` is one. */
export interface Circuit {
  /** Whether the API may be called now; if so, the caller reports how the call ended. */
  mayCall(): boolean;
  /** The call gave a usable answer. */
  succeeded(): void;
  /** The call failed; the server may have asked for a wait, in milliseconds. */
  failed(retryAfterMs?: number): void;
}

/** How an API is asked, whatever the subject. */
export interface ApiCollectorOptions {
  /** The API in a sentence. Default: "Tailscale API". */
  readonly apiName?: string;
  /** The circuit breaker. Default: none, so that each call is made. */
  readonly circuit?: Circuit;
  /** Logs each trouble once. */
  readonly log: Logger;
  /**
   * How long a cycle that has facts waits for a call, which goes on beyond that: an API that hangs
   * must not hold up what comes after. Default: no bound.
   */
  readonly patience?: { readonly ms: number; readonly delay: Delay };
  /** How a refused credential is logged: it does not recover by itself. Default: "error". */
  readonly credentialLevel?: "warning" | "error";
  /** Interval after a usable answer, in milliseconds. Default: each cycle asks. */
  readonly intervalMs?: number;
  /** Monotonic clock in milliseconds. Default: the platform's. */
  readonly elapsed?: () => number;
}

/** What an {@linkcode ApiCollector} asks and shows. */
export interface ApiSubject<T extends object> {
  /** The target that its errors are counted under. */
  readonly name: string;
  /** What is asked for, "device list". */
  readonly title: string;
  /**
   * Makes the call.
   *
   * @throws {ApiError} If there is no usable answer.
   */
  ask(signal: AbortSignal): Promise<T>;
  /** Takes an answer before it is shown. Default: nothing more is done. */
  answered?(facts: T): void | Promise<void>;
  /** Takes a failure. Default: it is logged only. */
  failed?(error: ApiError): void;
  /**
   * What is to be shown: the same object while nothing changed. Default: the last answer, until it
   * is stale by the interval.
   */
  current?(): T | undefined;
  /** Shows facts in place of those before, undefined for none; one call at a time. */
  show(facts: T | undefined): Promise<void>;
}

/** Asks once a cycle at most, and shows what is known. */
export class ApiCollector<T extends object> implements Collector {
  /** The target that its errors are counted under. */
  readonly name: string;
  readonly #subject: ApiSubject<T>;
  readonly #options: ApiCollectorOptions;
  readonly #trouble: TroubleLog;
  /** The call that is under way; it may outlive the cycle that made it. */
  #call: Promise<void> | undefined;
  #isWaiting = false;
  #answer: { readonly facts: T; readonly atMs: number } | undefined;
  /** What is shown, or will be once `#showing` is done; null before the first. */
  #target: T | undefined | null = null;
  #showing: Promise<void> = Promise.resolve();

  /** A collector that has not asked yet. */
  constructor(subject: ApiSubject<T>, options: ApiCollectorOptions) {
    this.name = subject.name;
    this.#subject = subject;
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** One cycle: makes a call if one is due, then shows the facts there are. */
  async collect(signal: AbortSignal): Promise<void> {
    if (this.#call === undefined && this.#isDue() && this.#options.circuit?.mayCall() !== false) {
      this.#call = this.#ask(signal).finally(() => this.#call = undefined);
      this.#reportLate(this.#call, signal);
    }
    try {
      this.#isWaiting = true;
      if (this.#call !== undefined) await this.#waitFor(this.#call);
    } finally {
      this.#isWaiting = false;
      await this.#show(this.#current());
    }
  }

  #isDue(): boolean {
    const { intervalMs = 0 } = this.#options;
    if (this.#answer === undefined) return true;
    return this.#elapsed() - this.#answer.atMs >= intervalMs - earlyMs(intervalMs);
  }

  #current(): T | undefined {
    if (this.#subject.current !== undefined) return this.#subject.current();
    const maxAgeMs = staleAfterMs(this.#options.intervalMs ?? 0);
    const isStale = this.#elapsed() - (this.#answer?.atMs ?? 0) > maxAgeMs;
    return isStale ? undefined : this.#answer?.facts;
  }

  #elapsed(): number {
    return (this.#options.elapsed ?? monotonicMs)();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { apiName = "Tailscale API", circuit, credentialLevel = "error" } = this.#options;
    let facts: T;
    try {
      facts = await this.#subject.ask(signal);
    } catch (error) {
      // After a defect, too: without a report a probe would stay under way for ever.
      circuit?.failed(error instanceof ApiError ? error.retryAfterMs : undefined);
      if (!(error instanceof ApiError)) throw error;
      this.#subject.failed?.(error);
      const { failure, message } = error;
      this.#report(message, { failure }, failure === "unauthorized" ? credentialLevel : "warning");
      return;
    }
    circuit?.succeeded();
    this.#answer = { facts, atMs: this.#elapsed() };
    this.#trouble.over("api", `The ${apiName} answers again`);
    await this.#subject.answered?.(facts);
    await this.#show(facts);
  }

  /** Waits for a call, without facts to its end. */
  async #waitFor(call: Promise<void>): Promise<void> {
    const { patience } = this.#options;
    if (patience === undefined || this.#current() === undefined) await call;
    else await isSettledWithin(patience.ms, call, patience);
  }

  /** Logs the defect of a call that no cycle waits for; one that waits throws it. */
  #reportLate(call: Promise<void>, signal: AbortSignal): void {
    call.catch((error) => {
      if (!this.#isWaiting && !signal.aborted) this.#report(describeError(error));
    });
  }

  #report(reason: string, facts = {}, level: "warning" | "error" = "warning"): void {
    const message = `Cannot refresh the ${this.#subject.title}: {reason}`;
    this.#trouble.report("api", message, { reason, ...facts }, { level });
  }

  /** Shows facts, after those that are being shown. */
  async #show(facts: T | undefined): Promise<void> {
    if (this.#target !== facts) {
      this.#target = facts;
      // A failure was thrown to the caller that waited for it.
      this.#showing = this.#showing.catch(() => {}).then(() => this.#subject.show(facts));
    }
    try {
      await this.#showing;
    } catch (error) {
      this.#target = null;
      throw error;
    }
  }
}
