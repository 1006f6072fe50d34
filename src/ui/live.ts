/**
 * The stream of events, as the page uses it: tells which answers of the API are worth asking for
 * again, connects anew when it breaks off, and rests while the page is hidden. By `fetch`, because
 * an `EventSource` does not tell a refused login, or too many streams, from a broken connection.
 *
 * @module
 */

import { readMessages } from "./message.ts";

/** How current the page is, as a bounded value. */
export type LiveState =
  /** Changes are told as they happen. */
  | "live"
  /** The stream is being opened, for the first time or again. */
  | "reconnecting"
  /** The page is hidden. */
  | "paused"
  /** There is no stream; views ask every few seconds. */
  | "polling";

/** What a {@linkcode Live} uses of the browser. */
export interface LiveOptions {
  /** Default: the platform's. */
  readonly fetch?: (path: string, init: RequestInit) => Promise<Response>;
  /** Resolves after some milliseconds; rejects when the signal is aborted. Default: a timer. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1, below 1. Default: `Math.random`. */
  readonly random?: () => number;
  /** Clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

const PATH = "api/v1/events/stream";

/** Time without a byte after which a stream is given up; the server sends some every 15 s. */
const SILENCE_MS = 45_000;

/** Wait before the next try where the server has no stream for the page, in milliseconds. */
const POLLING_MS = 60_000;

/** Bounds of the wait after a stream that broke off, in milliseconds. */
const MIN_RETRY_MS = 1_000, MAX_RETRY_MS = 30_000;

/** How an attempt ended: the state until the next one, and the wait; undefined = no next one. */
interface Outcome {
  readonly state: LiveState;
  readonly waitMs: number;
}

/** The stream of one client. */
export class Live {
  readonly #fetch: NonNullable<LiveOptions["fetch"]>;
  readonly #delay: NonNullable<LiveOptions["delay"]>;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #listeners = new Set<(topic: string | undefined) => void>();
  readonly #stateListeners = new Set<() => void>();
  #state: LiveState = "reconnecting";
  #sinceMs = 0;
  #lastEventId = "";
  #failures = 0;
  #isHidden = false;
  /** Ends what is under way when the page is hidden or shown. */
  #turn = new AbortController();

  /** A stream that is not open yet. */
  constructor(options: LiveOptions = {}) {
    this.#fetch = options.fetch ?? ((path, init) => fetch(path, init));
    this.#delay = options.delay ?? delay;
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? (() => performance.now());
  }

  /** How current the page is. */
  get state(): LiveState {
    return this.#state;
  }

  /** Since when the stream is open, by the clock; what was asked before may lack a change. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /**
   * Calls back with a topic that has changed (alerts, devices, events, hosts), or undefined when
   * anything may have.
   *
   * @returns Ends it.
   */
  subscribe(listener: (topic: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back when the state changes; the result ends it. */
  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  /** Closes the stream while the page is hidden, and opens it again. */
  setHidden(isHidden: boolean): void {
    if (this.#isHidden === isHidden) return;
    this.#isHidden = isHidden;
    this.#failures = 0;
    this.#turn.abort();
    this.#turn = new AbortController();
  }

  /** Keeps the stream open until the signal is aborted, or the login is refused. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const turn = AbortSignal.any([signal, this.#turn.signal]);
      if (this.#isHidden) {
        this.#enter("paused");
        await this.#wait(Infinity, turn);
        continue;
      }
      if (this.#state !== "polling") this.#enter("reconnecting");
      const outcome = await this.#follow(turn);
      if (outcome === undefined) return this.#enter("polling");
      if (turn.aborted) continue;
      this.#enter(outcome.state);
      await this.#wait(outcome.waitMs, turn);
    }
  }

  /** Opens a stream and reads it to its end. */
  async #follow(turn: AbortSignal): Promise<Outcome | undefined> {
    const silence = new AbortController();
    const signal = AbortSignal.any([turn, silence.signal]);
    const response = await this.#open(signal);
    if (response === undefined) return this.#failed();
    if (response.status === 401) {
      // The view that asks next shows the login.
      this.#tell(undefined);
      return undefined;
    }
    const type = response.headers.get("content-type") ?? "";
    if (!response.ok || response.body === null || !type.startsWith("text/event-stream")) {
      await response.body?.cancel();
      return this.#refused(response);
    }
    const outcome = { isReady: false, retryMs: MIN_RETRY_MS };
    try {
      await this.#read(response.body, { outcome, silence, signal });
    } catch {
      // Broken off, or given up.
    }
    return outcome.isReady
      ? { state: "reconnecting", waitMs: outcome.retryMs }
      // A proxy that keeps back what it gets has no use.
      : { state: "polling", waitMs: POLLING_MS };
  }

  async #open(signal: AbortSignal): Promise<Response | undefined> {
    const headers = {
      accept: "text/event-stream",
      "x-requested-with": "tsmetrics",
      ...this.#lastEventId !== "" && { "last-event-id": this.#lastEventId },
    };
    const late = new AbortController();
    const endWatch = this.#onSilence(() => late.abort());
    try {
      return await this.#fetch(PATH, {
        headers,
        cache: "no-store",
        credentials: "same-origin",
        signal: AbortSignal.any([signal, late.signal]),
      });
    } catch {
      return undefined;
    } finally {
      endWatch();
    }
  }

  async #read(
    body: ReadableStream<Uint8Array>,
    { outcome, signal, silence }: {
      readonly outcome: { isReady: boolean; retryMs: number };
      readonly signal: AbortSignal;
      readonly silence: AbortController;
    },
  ): Promise<void> {
    let endWatch = this.#onSilence(() => silence.abort());
    const watchAnew = () => {
      endWatch();
      endWatch = this.#onSilence(() => silence.abort());
    };
    try {
      for await (const message of readMessages(body, signal, watchAnew)) {
        if (message.retryMs !== undefined) outcome.retryMs = message.retryMs;
        if (message.id !== undefined) this.#lastEventId = message.id;
        if (message.event === "ready") {
          outcome.isReady = true;
          this.#isReady();
        } else if (message.event === "changed") {
          for (const topic of topicsIn(message.data)) this.#tell(topic);
        } else this.#tell(message.event === "message" ? "events" : undefined);
      }
    } finally {
      endWatch();
    }
  }

  /** Calls back after a silence that a living stream does not have; the result ends the wait. */
  #onSilence(call: () => void): () => void {
    const watch = new AbortController();
    this.#delay(SILENCE_MS, watch.signal).then(call).catch(() => {});
    return () => watch.abort();
  }

  #isReady(): void {
    this.#failures = 0;
    const isFirst = this.#sinceMs === 0;
    this.#sinceMs = this.#now();
    this.#enter("live");
    // Notices of changes are not made up for; of the first stream, views ask anew by themselves.
    if (!isFirst) this.#tell(undefined);
  }

  #failed(): Outcome {
    const waitMs = Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** this.#failures++);
    return { state: "reconnecting", waitMs: waitMs * (0.5 + this.#random() / 2) };
  }

  #refused({ headers, status }: Response): Outcome {
    const seconds = Number(headers.get("retry-after") ?? "");
    if (status === 429 || status === 503) {
      const waitMs = 1_000 * Math.min(Math.max(seconds || 30, 5), 300);
      return { state: "polling", waitMs: waitMs * (1 + this.#random()) };
    }
    // Proxies answer so while the program starts anew.
    if (status === 502 || status === 504) return this.#failed();
    return { state: "polling", waitMs: POLLING_MS };
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#delay(ms, signal).catch(() => {});
  }

  #tell(topic: string | undefined): void {
    for (const listener of [...this.#listeners]) listener(topic);
  }

  #enter(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener();
  }
}

/** The topics that the answer of a path shows; none where the stream does not tell. */
export function topicsOf(path: string): readonly string[] {
  const [name = ""] = path.replace(/^api\/v1\//, "").split("?", 1);
  if (name === "summary") return ["alerts", "devices", "hosts"];
  if (name === "devices" || name === "alerts" || name === "events" || name === "hosts") {
    return [name];
  }
  return name.startsWith("devices/") ? ["alerts", "devices", "events", "hosts"] : [];
}

function topicsIn(data: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(data);
    return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    // A timer of a browser takes no infinity.
    const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
