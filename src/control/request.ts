/**
 * One request to the API, from deadline to body: bounded in time and size, tried again where that
 * may help, never following a redirect, and failing with a message that holds no secret.
 *
 * @module
 */

import { ApiError, describeFetchError, tlsAdvice } from "../errors.ts";
import { BodyLimitError, readChunks, readText } from "../json/body.ts";
import type { Redactor } from "../secret/redactor.ts";
import { type Delay, delay as platformDelay } from "../time/delay.ts";
import { Timeout } from "../time/timeout.ts";
import { VERSION } from "../version.ts";
import { monotonicMs } from "../time/clock.ts";
import { type Dialect, explainRefusal } from "./refusal.ts";
import { backoffMs, isTransientStatus, MAX_INLINE_WAIT_MS, retryAfterMs } from "./retry.ts";

/** Observes every request; its methods must not throw. */
export interface ApiObserver {
  /** After each attempt; code is the HTTP status, "network" or "timeout". */
  requested?(endpoint: string, code: string, seconds: number): void;
  /** Before each wait for a further attempt: why the last one failed, and how long the wait is. */
  waiting?(endpoint: string, error: ApiError, waitMs: number): void;
  /** Before each further attempt. */
  retried?(endpoint: string): void;
}

/** How requests are sent. */
export interface RequestOptions {
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof fetch;
  /** Holds certificates and proxy. Default: the platform's own. */
  readonly client?: Deno.HttpClient;
  /** Timeout of each attempt in milliseconds, its body included. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Bytes of a body after decompression. Default: 64 MiB. A request may have a lower limit. */
  readonly maxBytes?: number;
  /** Maximum number of attempts; a function is asked before each retry. Default: 3. */
  readonly attempts?: number | (() => number);
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /**
   * Monotonic clock in milliseconds, for durations and deadlines; `now` if that is given, else the
   * platform's.
   */
  readonly elapsed?: () => number;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
  /** Resolves later; rejects when the signal is aborted. */
  readonly delay?: Delay;
  /** Observes every request. */
  readonly observer?: ApiObserver;
  /** Whether the program asks once and exits: advice differs. Default: false. */
  readonly isOneShot?: boolean;
}

/** What is asked, and how the answer is read. */
export interface ApiRequest<T> {
  /** The call as a label value: a constant of the code, so that the label stays bounded. */
  readonly endpoint: string;
  /** Completes "Cannot …" in messages. */
  readonly doing: string;
  /** The scope that the call needs, for advice: "the scope devices:core:read". Default: none. */
  readonly scope?: string;
  /** The address, without user info. */
  readonly url: URL;
  /** The method. */
  readonly method: "GET" | "POST";
  /** Headers, the credential's too. */
  readonly headers: Readonly<Record<string, string>>;
  /** A form. */
  readonly body?: string;
  /** The most bytes of the body of a 200. Default: that of the client. */
  readonly maxBytes?: number;
  /**
   * Reads the body of a 200 while it arrives; an attempt lasts until this is done.
   *
   * @throws {ApiError} If the body is not what is wanted; such a request is not sent again.
   * @throws What the body throws.
   */
  readonly read: (body: AsyncIterable<Uint8Array>) => Promise<T>;
}

/**
 * Sends a request and gives what was read of the body of its 200.
 *
 * @throws {ApiError} For every other outcome.
 * @throws The signal's reason, if the caller gives up.
 */
export type Send = <T>(request: ApiRequest<T>, signal?: AbortSignal) => Promise<T>;

/** The most bytes of an answer that is not 200. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** The longest `Retry-After` that a command which runs once waits for. */
const MAX_ONE_SHOT_WAIT_MS = 5_000;

/** What came of one attempt. */
type Outcome<T> =
  | { readonly value: T }
  | { readonly error: ApiError; readonly isTransient: boolean };

/**
 * Fixes the options once; the function it gives is used for all requests of a client.
 *
 * @param dialect How the API's failures are explained.
 * @param redactor Hides secrets in messages.
 */
export function createSend(
  dialect: Dialect,
  redactor: Redactor,
  options: RequestOptions = {},
): Send {
  const { attempts = 3, random = Math.random, observer = {} } = options;
  const mostAttempts = typeof attempts === "number" ? () => attempts : attempts;
  const now = options.now ?? (() => Date.now());
  const delay = options.delay ?? platformDelay;
  // A command reports a long wait as its error: the user waits for it to end.
  const maxWaitMs = options.isOneShot === true ? MAX_ONE_SHOT_WAIT_MS : MAX_INLINE_WAIT_MS;
  const attempt = createAttempt(dialect, redactor, { ...options, now, delay });

  return async function send(request, signal) {
    for (let count = 1;; count++) {
      const outcome = await attempt(request, signal);
      if ("value" in outcome) return outcome.value;
      const { error, isTransient } = outcome;
      const askedMs = error.retryAfterMs ?? 0;
      const isWorthAWait = isTransient && askedMs <= maxWaitMs;
      if (!isWorthAWait || count >= mostAttempts()) throw error;
      const waitMs = Math.max(askedMs, backoffMs(count, random()));
      observer.waiting?.(request.endpoint, error, waitMs);
      await delay(waitMs, signal);
      observer.retried?.(request.endpoint);
    }
  };
}

type AttemptOptions = RequestOptions & Required<Pick<RequestOptions, "now" | "delay">>;

function createAttempt(dialect: Dialect, redactor: Redactor, options: AttemptOptions) {
  const { now, delay, client, observer = {} } = options;
  const elapsed = elapsedOf(options);
  const { timeoutMs = 30_000, maxBytes = 64 * 1024 * 1024, isOneShot = false } = options;
  const doFetch = options.fetch ?? fetch;

  return async function attempt<T>(
    request: ApiRequest<T>,
    signal?: AbortSignal,
  ): Promise<Outcome<T>> {
    const { endpoint, doing, url, method, body: form } = request;
    const startMs = elapsed();
    using timeout = new Timeout(timeoutMs, { signal, delay });
    const report = (code: string) => {
      observer.requested?.(endpoint, code, (elapsed() - startMs) / 1000);
    };
    try {
      timeout.signal.throwIfAborted();
      const response = await doFetch(url, {
        method,
        headers: { ...request.headers, "user-agent": `tsmetrics/${VERSION}` },
        ...form !== undefined && { body: form },
        redirect: "manual",
        signal: timeout.signal,
        ...client && { client },
      });
      const { status, headers } = response;
      if (status === 200) {
        const value = await request.read(readChunks(response, request.maxBytes ?? maxBytes));
        report("200");
        return { value };
      }
      const text = await readText(response, MAX_REFUSAL_BYTES);
      report(String(status));
      const location = headers.get("location");
      const waitMs = retryAfterMs(headers.get("retry-after"), headers.get("date"), now());
      const refusal = { status, text, location, retryAfterMs: waitMs, isOneShot };
      const error = explainRefusal({ ...request, ...refusal }, dialect, redactor);
      // A credential does not become valid by itself, whatever the status.
      const isTransient = error.failure !== "unauthorized" && isTransientStatus(status);
      return { error, isTransient };
    } catch (thrown) {
      if (thrown instanceof ApiError || thrown instanceof BodyLimitError) {
        report("200");
        const error = thrown instanceof ApiError ? thrown : tooLarge(request, dialect, thrown);
        return { error, isTransient: false };
      }
      if (timeout.isOver) {
        report("timeout");
        // Not tried again: the deadline is as long as a cycle already.
        return { error: timedOut(doing, url.host, timeoutMs), isTransient: false };
      }
      signal?.throwIfAborted();
      report("network");
      return {
        error: unreachable(request, dialect, redactor.hide(describeFetchError(thrown))),
        isTransient: true,
      };
    }
  };
}

/** The clock for spans of time. */
export function elapsedOf({ elapsed, now }: RequestOptions): () => number {
  return elapsed ?? now ?? monotonicMs;
}

function tooLarge(
  { doing, url }: ApiRequest<unknown>,
  { urlVariable }: Dialect,
  { maxBytes }: BodyLimitError,
): ApiError {
  const problem = `the answer of ${url.host} is larger than ${maxBytes} bytes`;
  const advice = `check ${urlVariable}`;
  return new ApiError("too_large", `Cannot ${doing}: ${problem}; ${advice}`, { status: 200 });
}

function timedOut(doing: string, host: string, ms: number): ApiError {
  const problem = `no whole answer from ${host} within ${ms / 1000} s`;
  const advice = "check the network and HTTPS_PROXY, or raise API_TIMEOUT";
  return new ApiError("timeout", `Cannot ${doing}: ${problem}; ${advice}`);
}

function unreachable(
  { doing, url }: ApiRequest<unknown>,
  { urlVariable }: Dialect,
  reason: string,
): ApiError {
  const advice = tlsAdvice(reason, urlVariable) ??
    `check the network, ${urlVariable} and HTTPS_PROXY`;
  // The platform's own error quotes the address and, for a bad header, its value: it is not kept.
  const cause = new TypeError(reason);
  const message = `Cannot ${doing}: no answer from ${url.host}: ${reason}; ${advice}`;
  return new ApiError("network", message, { cause });
}
