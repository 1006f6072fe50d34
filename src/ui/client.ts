/**
 * Asks the JSON API: relative to the page, so that any path prefix works, and with the entity tag
 * of the last answer, so that what has not changed is not sent again.
 *
 * @module
 */

import { Live } from "./live.ts";

/** Why there is no answer. */
export class RequestError extends Error {
  /** The status of the answer; 0 if there was none. */
  readonly status: number;

  /** What failed, for the reader of the page. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What was thrown, as a reason that is shown. */
export function requestErrorOf(cause: unknown): RequestError {
  return cause instanceof RequestError ? cause : new RequestError(0, String(cause));
}

interface Kept {
  readonly etag: string;
  readonly value: unknown;
}

/** Shows that the page made the request, not another site. */
const OWN_PAGE = { "x-requested-with": "tsmetrics" } as const;

/** Maximum number of answers that are kept. */
const MAX_KEPT = 64;

/** How often a request is repeated that came too often. */
const MAX_ATTEMPTS = 5;

/**
 * Requests of the page: a burst, then five a second. The server's default is twice that, so a
 * person who clicks fast waits a moment for the view instead of being refused.
 */
const BURST = 10, INTERVAL_MS = 200;

/** Wait after a refusal that tells no time, and the longest, in milliseconds. */
const RETRY_MS = 1_000, MAX_RETRY_MS = 60_000;

/** What a {@linkcode Client} uses of the browser. */
export interface ClientOptions {
  /** Default: the platform's. */
  readonly fetch?: (path: string, init: RequestInit) => Promise<Response>;
  /** Resolves after some milliseconds. Default: a timer. */
  readonly delay?: (ms: number) => Promise<void>;
  /** Clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** The stream of events. Default: one of its own. */
  readonly live?: Live;
}

/** A client of the JSON API. */
export class Client {
  /** The stream that tells what to ask for again. */
  readonly live: Live;
  readonly #fetch: NonNullable<ClientOptions["fetch"]>;
  readonly #delay: NonNullable<ClientOptions["delay"]>;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #waiting: {
    readonly signal: AbortSignal | undefined;
    readonly resolve: () => void;
  }[] = [];
  /** When a whole burst may be sent again. */
  #fullMs = -Infinity;
  /** The server wants none before this time. */
  #notBeforeMs = 0;

  /** A client that has asked nothing yet. */
  constructor(options: ClientOptions = {}) {
    this.#fetch = options.fetch ?? ((path, init) => fetch(path, init));
    this.#delay = options.delay ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.#now = options.now ?? (() => performance.now());
    this.live = options.live ?? new Live();
  }

  /** The last answer of a path, whose type the caller knows; undefined if there is none. */
  kept<T>(path: string): T | undefined {
    return this.#kept.get(path)?.value as T | undefined;
  }

  /**
   * The answer of a path, whose type the caller knows. The same object while the server says that
   * it has not changed.
   *
   * @param path Relative to the page, such as "api/v1/devices".
   * @param signal Aborted when the answer is of no use any more; a request that waits is not sent.
   * @throws {RequestError} If there is none.
   */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const kept = this.#kept.get(path);
    const headers = {
      ...OWN_PAGE,
      accept: "application/json",
      ...kept && { "if-none-match": kept.etag },
    };
    await this.#pace(signal);
    const response = await this.#send(path, {
      headers,
      credentials: "same-origin",
      ...signal && { signal },
    });
    if (response.status === 304 && kept !== undefined) return kept.value as T;
    const value: T = await response.json();
    const etag = response.headers.get("etag");
    if (etag !== null) this.#keep(path, { etag, value });
    return value;
  }

  /** All pages of a list, handed on one after the other as they arrive. */
  async *pages<T extends { readonly next: string | null }>(
    path: string,
    signal?: AbortSignal,
  ): AsyncGenerator<T> {
    for (let cursor: string | null = "";;) {
      const page: T = await this.get(
        cursor === "" ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
        signal,
      );
      yield page;
      cursor = page.next;
      if (cursor === null) return;
    }
  }

  /** Sends a request that changes something; the header shows that no other site sent it. */
  async post(path: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#send(path, {
      method: "POST",
      headers: { ...OWN_PAGE, ...headers },
      credentials: "same-origin",
    });
  }

  /** Waits for a request's turn, so that many at once do not meet the server's limit. */
  async #pace(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ signal, resolve });
    if (this.#waiting.length === 1) this.#letPass();
    await promise;
    signal?.throwIfAborted();
  }

  /** Lets those that wait pass one by one; what is of no use any more costs no turn. */
  async #letPass(): Promise<void> {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const nowMs = this.#now();
      const fullMs = Math.max(this.#fullMs, nowMs);
      const waitMs = fullMs - nowMs - (BURST - 1) * INTERVAL_MS;
      if (first.signal?.aborted !== true) {
        if (waitMs > 0) {
          await this.#delay(waitMs);
          continue;
        }
        this.#fullMs = fullMs + INTERVAL_MS;
      }
      this.#waiting.shift();
      first.resolve();
    }
  }

  /** Waits until the server takes requests again: all of them, not only the one it refused. */
  async #waitForServer(signal: AbortSignal | null | undefined): Promise<void> {
    for (;;) {
      const waitMs = this.#notBeforeMs - this.#now();
      if (waitMs <= 0) return;
      await this.#delay(waitMs);
      signal?.throwIfAborted();
    }
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    for (let attempt = 1;; attempt++) {
      await this.#waitForServer(init.signal);
      const response = await this.#fetch(path, init).catch(() => undefined);
      init.signal?.throwIfAborted();
      if (response === undefined) throw new RequestError(0, "tsmetrics does not answer.");
      if (response.ok || response.status === 304) return response;
      if (response.status !== 429 || attempt === MAX_ATTEMPTS) {
        const text = (await response.text()).trim().slice(0, 300);
        throw new RequestError(response.status, text === "" ? `Status ${response.status}.` : text);
      }
      await response.body?.cancel();
      const waitMs = 1_000 * Number(response.headers.get("retry-after") ?? "") || RETRY_MS;
      this.#notBeforeMs = this.#now() + Math.min(waitMs, MAX_RETRY_MS);
    }
  }

  #keep(path: string, kept: Kept): void {
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
