/**
 * Requests to a time series database that takes InfluxDB's line protocol: InfluxDB 1, 2 and 3,
 * VictoriaMetrics and others. One request at a time, bounded in time, never following a redirect.
 *
 * @module
 */

import { retryAfterMs } from "../control/retry.ts";
import { describeFetchError, tlsAdvice } from "../errors.ts";
import { readText } from "../json/body.ts";
import type { Redactor } from "../secret/redactor.ts";
import type { Secret } from "../secret/secret.ts";
import { type Delay, delay as platformDelay } from "../time/delay.ts";
import { Timeout } from "../time/timeout.ts";
import { VERSION } from "../version.ts";
import { isPersonal } from "./access_point.ts";
import type { Batch } from "./buffer.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** Timeout of one request, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Bytes of an answer that are read. */
const MAX_ANSWER = 16 * 1024;

/** Smaller bodies are sent as they are: compressed, they are hardly smaller. */
const MIN_GZIP = 1_000;

/** Where points are written. */
export type Place =
  /** InfluxDB 2 and 3. */
  | { readonly org: string | undefined; readonly bucket: string }
  /** InfluxDB 1, and VictoriaMetrics. */
  | { readonly database: string };

/** What of a batch is written; without a measurement its points name no users. */
export type WrittenBatch = Pick<Batch, "bytes" | "points"> & Partial<Pick<Batch, "measurement">>;

/** How a {@linkcode DatabaseClient} is reached. */
export interface DatabaseClientOptions {
  /** Base URL, with its path. */
  readonly url: URL;
  /** Where points are written. */
  readonly place: Place;
  /** A token; goes before user name and password. Default: none. */
  readonly token?: Secret | undefined;
  /** A login of InfluxDB 1. Default: none. */
  readonly login?: { readonly username: string; readonly password: Secret } | undefined;
  /** Holds certificates and proxy. Default: the platform's own. */
  readonly client?: Deno.HttpClient | undefined;
  /** Sends a request. Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch;
  /** Waits. Default: the platform's timer. */
  readonly delay?: Delay;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hides secrets in what the database says. */
  readonly redactor: Redactor;
  /** Is told of each request: its HTTP status, "timeout" or "network". */
  readonly onRequest?: (code: string) => void;
}

/** Writes to a database. */
export class DatabaseClient {
  /** Its host and port. */
  readonly host: string;
  readonly #options: DatabaseClientOptions;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** Asks nothing yet. */
  constructor(options: DatabaseClientOptions) {
    this.#options = options;
    this.#url = writeUrl(options);
    this.host = options.url.host;
    const authorization = authorizationOf(options);
    this.#headers = {
      "content-type": "text/plain; charset=utf-8",
      "user-agent": `tsmetrics/${VERSION}`,
      ...authorization !== undefined && { authorization },
    };
  }

  /**
   * Writes a batch; never throws.
   *
   * @param signal Cancels it: the outcome is "failed" then.
   */
  async write(
    { bytes, measurement = "", points }: WrittenBatch,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    const { client, delay = platformDelay, now, onRequest, redactor } = this.#options;
    const doFetch = this.#options.fetch ?? fetch;
    using timeout = new Timeout(TIMEOUT_MS, { signal, delay });
    try {
      const isLong = bytes.length >= MIN_GZIP;
      const response = await doFetch(this.#url, {
        method: "POST",
        headers: { ...this.#headers, ...isLong && { "content-encoding": "gzip" } },
        body: isLong ? await gzip(bytes) : bytes,
        redirect: "manual",
        signal: timeout.signal,
        ...client && { client },
      });
      const { headers, status } = response;
      const answer = {
        status,
        text: await readText(response, MAX_ANSWER),
        location: headers.get("location"),
        retryAfterMs: retryAfterMs(headers.get("retry-after"), headers.get("date"), now()),
      };
      onRequest?.(String(status));
      const target = { ...this.#target, isPersonal: isPersonal(measurement) };
      return outcomeOf(answer, points, target, redactor);
    } catch (error) {
      onRequest?.(timeout.isOver ? "timeout" : "network");
      const reason = timeout.isOver
        ? `no answer within ${TIMEOUT_MS / 1000} s`
        : redactor.hide(describeFetchError(error));
      const advice = tlsAdvice(reason, "INFLUX_URL") ??
        "check the network, INFLUX_URL and HTTPS_PROXY";
      return { kind: "failed", reason: `${reason}; ${advice}`, retryAfterMs: undefined };
    }
  }

  /**
   * Asks whether points would be taken, without writing any: a request without points is checked
   * for token and bucket first.
   *
   * @returns What is wrong and what to do; undefined if nothing is.
   */
  async check(signal?: AbortSignal): Promise<string | undefined> {
    const outcome = await this.write({ bytes: new Uint8Array(), points: 0 }, signal);
    if (outcome.kind === "written") return undefined;
    // InfluxDB 2 says "writing requires points" only to those who may write.
    if (outcome.kind === "rejected" && /points|empty|no data/i.test(outcome.reason)) {
      return undefined;
    }
    return outcome.reason;
  }

  get #target() {
    const { place, token } = this.#options;
    return { isV1: "database" in place, hasToken: token !== undefined };
  }
}

/** The URL of writes; its query holds no secret. */
function writeUrl({ place, url }: DatabaseClientOptions): URL {
  const target = new URL(url);
  const base = target.pathname.replace(/\/+$/, "");
  if ("database" in place) {
    target.pathname = `${base}/write`;
    target.searchParams.set("db", place.database);
    return target;
  }
  target.pathname = `${base}/api/v2/write`;
  if (place.org !== undefined) target.searchParams.set("org", place.org);
  target.searchParams.set("bucket", place.bucket);
  target.searchParams.set("precision", "ns");
  return target;
}

function authorizationOf({ login, token }: DatabaseClientOptions): string | undefined {
  if (token !== undefined) return `Token ${token.reveal()}`;
  if (login === undefined) return undefined;
  const { password, username } = login;
  return `Basic ${new TextEncoder().encode(`${username}:${password.reveal()}`).toBase64()}`;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).arrayBuffer();
}
