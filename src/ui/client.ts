/**
 * Asks the JSON API: relative to the page, so that any path prefix works, and with the entity tag
 * of the last answer, so that what has not changed is not sent again.
 *
 * @module
 */

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

/** What a {@linkcode Client} uses of the browser. */
export interface ClientOptions {
  /** Default: the platform's. */
  readonly fetch?: (path: string, init: RequestInit) => Promise<Response>;
  /** Resolves after some milliseconds. Default: a timer. */
  readonly delay?: (ms: number) => Promise<void>;
}

/** A client of the JSON API. */
export class Client {
  readonly #fetch: NonNullable<ClientOptions["fetch"]>;
  readonly #delay: NonNullable<ClientOptions["delay"]>;
  readonly #kept = new Map<string, Kept>();

  /** A client that has asked nothing yet. */
  constructor(options: ClientOptions = {}) {
    this.#fetch = options.fetch ?? ((path, init) => fetch(path, init));
    this.#delay = options.delay ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /**
   * The answer of a path. The same object while the server says that it has not changed.
   *
   * @param path Relative to the page, such as "api/v1/devices".
   * @throws {RequestError} If there is none.
   */
  async get(path: string): Promise<unknown> {
    const kept = this.#kept.get(path);
    const headers = {
      ...OWN_PAGE,
      accept: "application/json",
      ...kept && { "if-none-match": kept.etag },
    };
    const response = await this.#send(path, { headers, credentials: "same-origin" });
    if (response.status === 304 && kept !== undefined) return kept.value;
    const value: unknown = await response.json();
    const etag = response.headers.get("etag");
    if (etag !== null) this.#keep(path, { etag, value });
    return value;
  }

  /** All pages of a list, handed on one after the other as they arrive. */
  async *pages<T extends { readonly next: string | null }>(path: string): AsyncGenerator<T> {
    for (let cursor: string | null = "";;) {
      const page = await this.get(
        cursor === "" ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
      ) as T;
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

  async #send(path: string, init: RequestInit): Promise<Response> {
    for (let attempt = 1;; attempt++) {
      const response = await this.#fetch(path, init).catch(() => undefined);
      if (response === undefined) throw new RequestError(0, "tsmetrics does not answer.");
      if (response.ok || response.status === 304) return response;
      if (response.status !== 429 || attempt === MAX_ATTEMPTS) {
        const text = (await response.text()).trim().slice(0, 300);
        throw new RequestError(response.status, text === "" ? `Status ${response.status}.` : text);
      }
      await response.body?.cancel();
      await this.#delay(1000 * Number(response.headers.get("retry-after") ?? "1"));
    }
  }

  #keep(path: string, kept: Kept): void {
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
