/**
 * One Worker from start to end: calls with answers, events, and a heartbeat through Go's own
 * scheduler. A link whose Worker is silent, crashed or killed is over; the node opens a new one.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Delay } from "../time/delay.ts";
import { cutMiddle } from "./_head_and_tail.ts";
import {
  type Argument,
  type Call,
  type EventKind,
  type FromWorker,
  type Init,
  KILL,
  type Result,
} from "./_protocol.ts";
import { splitFrames, StreamFrames, type StreamKind } from "./_stream_frame.ts";
import type { StreamLink, StreamReceiver } from "./tailnet_connection.ts";

/** The part of a `Worker` that is used. */
export interface WorkerPort {
  /** Hears the Worker's messages. */
  onmessage: ((event: MessageEvent) => void) | null;
  /** Hears of an error that the Worker's code did not catch. */
  onerror: ((event: ErrorEvent) => void) | null;
  /** Sends a message; buffers of `transfer` are moved. */
  postMessage(message: unknown, transfer: Transferable[]): void;
  /** Ends the Worker, if it is not frozen. */
  terminate(): void;
}

/** How a Worker is opened and watched; the same for each link of a node. */
export interface WorkerOptions {
  /** Starts a Worker with the bundled code. */
  readonly openWorker: () => WorkerPort;
  /** Wait between heartbeats. */
  readonly delay: Delay;
  /** Time between two heartbeats in milliseconds. Default: 2 s. */
  readonly beatMs?: number | undefined;
  /**
   * Intervals without an answer to a heartbeat, after which the Worker is killed; until it is
   * ready, four times as many. Default: 8, which is 16 s.
   */
  readonly maxMissed?: number | undefined;
}

/** What {@linkcode Link} is told. */
export interface LinkOptions extends WorkerOptions {
  /** The first message, without the shared memory. */
  readonly init: Omit<Init, "kill">;
  /** Called when a frozen Worker could not be stopped: it keeps a core, memory and sockets. */
  readonly onStuck: () => void;
  /** Hears events of the Go program. */
  readonly onEvent: (kind: EventKind, json: string) => void;
}

/** Unpacking and compiling takes longer than an answer, on a slow machine many seconds. */
const START_FACTOR = 4;
/** Time for a frozen Worker to obey the kill switch, in milliseconds. */
const OBEY_MS = 1_000;
/** Maximum length of a crash's text: the log cuts the end off what is longer than 2,000. */
const MAX_LAST_WORDS = 1_800;

interface Pending {
  readonly resolve: (value: Result) => void;
  readonly reject: (error: Error) => void;
}

/** A Worker that runs the Go program. */
export class Link implements StreamLink {
  /** Resolves when the Go program takes calls; rejects when the link is over before. */
  readonly ready: Promise<void>;
  /** Resolves once, with the reason why the link is over. */
  readonly gone: Promise<string>;
  readonly #options: LinkOptions;
  readonly #worker: WorkerPort;
  readonly #kill = new Int32Array(new SharedArrayBuffer(12));
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, StreamReceiver>();
  readonly #frames = new StreamFrames();
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<string>();
  readonly #stop = new AbortController();
  #lastId = 0;
  #missed = 0;
  #isReady = false;

  /** Opens the Worker and sends the first message. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.ready = this.#ready.promise;
    this.gone = this.#gone.promise;
    // `gone` reports the same.
    this.ready.catch(() => {});
    this.#worker = options.openWorker();
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.kill(event.message || "the Worker failed");
    };
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.postMessage({ ...options.init, kill: this.#kill } satisfies Init, []);
    // Rejects when the link is over; a Worker that is not watched must not go on.
    this.#watch().catch((error) => this.kill(describeError(error)));
  }

  /**
   * Runs one operation of the Go program.
   *
   * @param timeoutMs Deadline inside the Go program; 0 for none.
   * @throws {Error} What the operation reports, or that the link is over.
   */
  call(op: string, timeoutMs: number, ...args: readonly Argument[]): Promise<Result> {
    if (this.#stop.signal.aborted) return Promise.reject(new Error("The embedded node is gone"));
    this.#flush();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#worker.postMessage({ id, op, timeoutMs, args } satisfies Call, []);
    this.#pending.set(id, { resolve, reject });
    return promise;
  }

  /** From now on the stream's frames go to the receiver. */
  attach(id: number, receiver: StreamReceiver): void {
    if (this.#stop.signal.aborted) receiver.fail(new Error("The embedded node is gone"));
    else this.#streams.set(id, receiver);
  }

  /** No more of them do. */
  detach(id: number): void {
    this.#streams.delete(id);
  }

  /** Sends a frame, together with those that follow before other work is done. */
  send(kind: StreamKind, id: number, payload?: Uint8Array): void {
    if (this.#frames.isEmpty) queueMicrotask(() => this.#flush());
    this.#frames.add(kind, id, payload);
  }

  #flush(): void {
    if (this.#frames.isEmpty) return;
    const frames = this.#frames.take();
    if (!this.#stop.signal.aborted) this.#worker.postMessage(frames, [frames.buffer]);
  }

  #receive(data: FromWorker): void {
    if (this.#stop.signal.aborted) return;
    if (data instanceof Uint8Array) {
      for (const frame of splitFrames(data)) this.#streams.get(frame.id)?.receive(frame);
    } else if ("id" in data) {
      const call = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if ("error" in data) call?.reject(new Error(data.error));
      else call?.resolve(data.value);
    } else if (data.kind === "ready") {
      this.#isReady = true;
      this.#ready.resolve();
    } else if (data.kind === "exit") {
      const last = cutMiddle(data.last.trim(), MAX_LAST_WORDS) || "it wrote nothing";
      this.kill(`the Go program ended: ${last}`);
    } else this.#options.onEvent(data.kind, data.json);
  }

  /**
   * Counts ticks, not time: after this thread was blocked or the machine slept, one late tick is
   * one tick.
   */
  async #watch(): Promise<void> {
    const { beatMs = 2_000, delay, maxMissed = 8 } = this.#options;
    let isBeating = false;
    for (;;) {
      await delay(beatMs, this.#stop.signal);
      if (isBeating) {
        const patience = this.#isReady ? maxMissed : START_FACTOR * maxMissed;
        if (++this.#missed >= patience) {
          return this.kill(`no heartbeat for ${beatMs * patience / 1000} s`);
        }
        continue;
      }
      isBeating = true;
      this.call("ping", 0).then(() => {
        this.#missed = 0;
        isBeating = false;
      }, () => {});
    }
  }

  /** Ends the Worker, and all calls and streams with it. */
  kill(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error(reason));
    Atomics.store(this.#kill, KILL.asked, 1);
    if (this.#missed === 0) this.#worker.terminate();
    else this.#stopFrozen();
    const error = new Error(`The embedded node is gone: ${reason}`);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    for (const receiver of this.#streams.values()) receiver.fail(error);
    this.#streams.clear();
    this.#ready.reject(error);
    this.#gone.resolve(reason);
  }

  async #stopFrozen(): Promise<void> {
    const probe: Call = { id: 0, op: "probe", timeoutMs: 0, args: [] };
    this.#worker.postMessage(probe, []);
    await this.#options.delay(OBEY_MS);
    this.#worker.terminate();
    const hasStopped = Atomics.load(this.#kill, KILL.obeyed) ||
      Atomics.load(this.#kill, KILL.turned);
    if (!hasStopped) this.#options.onStuck();
  }
}
