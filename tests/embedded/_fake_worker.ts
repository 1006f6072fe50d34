/**
 * A Worker that plays the Go program, and a wait that a test ends.
 *
 * @module
 */

import type { Call, EventKind, Init, Result } from "../../src/embedded/_protocol.ts";
import { KILL } from "../../src/embedded/_protocol.ts";
import { splitFrames, type StreamFrame } from "../../src/embedded/_stream_frame.ts";
import type { WorkerPort } from "../../src/embedded/link.ts";
import type { Delay } from "../../src/time/delay.ts";

/** Answers operations; an Error is a refusal, "never" no answer. */
export type Program = (call: Call) => Result | Error | "never" | Promise<Result>;

/** The Worker's side of a link. */
export class FakeWorker implements WorkerPort {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  init: Init | undefined;
  isTerminated = false;
  /** Whether nothing is answered, not even the heartbeat. */
  isFrozen = false;
  /** Whether the event loop still turns while frozen. */
  turns = false;
  readonly calls: Call[] = [];
  /** The messages of stream frames, in the order of their coming. */
  readonly frames: (readonly StreamFrame[])[] = [];
  readonly #program: Program;
  readonly #isSlow: boolean;

  constructor(program: Program, isSlow = false) {
    this.#program = program;
    this.#isSlow = isSlow;
  }

  postMessage(message: Init | Call | Uint8Array): void {
    if (message instanceof Uint8Array) this.frames.push([...splitFrames(message)]);
    else if ("module" in message) {
      this.init = message;
      if (!this.#isSlow) queueMicrotask(() => this.send({ kind: "ready" }));
    } else if (message.op === "probe") {
      if (this.turns && this.init !== undefined) Atomics.store(this.init.kill, KILL.turned, 1);
    } else {
      this.calls.push(message);
      if (!this.isFrozen) queueMicrotask(() => this.#answer(message));
    }
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Sends a message to the main thread. */
  send(data: unknown): void {
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  /** Sends an event of the Go program. */
  emit(kind: EventKind, value: unknown): void {
    this.send({ kind, json: JSON.stringify(value) });
  }

  /** The names of the operations so far, without heartbeats. */
  get ops(): readonly string[] {
    return this.calls.map(({ op }) => op).filter((op) => op !== "ping");
  }

  async #answer(call: Call): Promise<void> {
    const { id } = call;
    try {
      const value = call.op === "ping" ? null : await this.#program(call);
      if (value === "never") return;
      this.send(value instanceof Error ? { id, error: value.message } : { id, value });
    } catch (error) {
      this.send({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}

interface Wait {
  readonly ms: number;
  readonly end: () => void;
}

/** Waits that end when the test says so. */
export class FakeWaits {
  readonly #waits = new Set<Wait>();

  /** The wait to hand in. */
  readonly delay: Delay = (ms, signal) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const wait: Wait = { ms, end: resolve };
    this.#waits.add(wait);
    signal?.addEventListener("abort", () => {
      this.#waits.delete(wait);
      reject(signal.reason);
    }, { once: true });
    return promise;
  };

  /** The lengths of the waits under way. */
  get lengths(): readonly number[] {
    return [...this.#waits].map(({ ms }) => ms);
  }

  /** Ends each wait of that length, and lets follow what hangs on it. */
  async end(ms: number): Promise<void> {
    for (const wait of [...this.#waits]) {
      if (wait.ms !== ms) continue;
      this.#waits.delete(wait);
      wait.end();
    }
    await settle();
  }
}

/** Lets all promises that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A LocalAPI answer. */
export function answerOf(value: unknown): Result {
  return { status: 200, body: new TextEncoder().encode(JSON.stringify(value)) };
}
