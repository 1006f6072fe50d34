/**
 * Where the bearer token of a request comes from: one that was given, or one that an OAuth client
 * is granted and that is renewed before it expires.
 *
 * @module
 */

import type { TokenSource } from "../control/get.ts";
import type { Send } from "../control/request.ts";
import { ApiError } from "../errors.ts";
import { joinText } from "../json/body.ts";
import { isJsonObject, parseJson } from "../json/json.ts";
import type { Redactor } from "../secret/redactor.ts";
import type { Secret } from "../secret/secret.ts";
import { orAborted } from "../time/timeout.ts";
import type { Clock } from "../time/clock.ts";

/** What {@linkcode clientCredentials} needs. */
export interface ClientCredentialsOptions extends Pick<Clock, "elapsed" | "now"> {
  /** The token endpoint. */
  readonly url: URL;
  /** The id of the OAuth client; Tailscale reads it out of the secret. */
  readonly clientId: string;
  /** The secret of the OAuth client. */
  readonly clientSecret: Secret;
  /** Sends the request. */
  readonly send: Send;
  /** Gets each access token, so that it is hidden in messages. */
  readonly redactor: Redactor;
}

/** A token is renewed this long before it expires, or a tenth of its life if that is less. */
const RENEWAL_MS = 5 * 60 * 1000;

/** Lives longer than a year are a mistake of the server's: such a token is used until a 401. */
const MAX_LIFE_SECONDS = 366 * 24 * 3600;

const DOING = "get an access token";

/** The most bytes of a grant: four times the longest token that is taken. */
const MAX_GRANT_BYTES = 64 * 1024;

/** What a header can carry of a bearer token (RFC 6750 section 2.1, and some more). */
const HEADER_TEXT = /^[\x21-\x7E]{1,16384}$/;

interface Grant {
  readonly token: string;
  /** By the monotonic clock. */
  readonly renewAtMs: number;
  /** By the monotonic clock. */
  readonly endsAtMs: number;
  /** Unix seconds. */
  readonly expiresAtSeconds: number | undefined;
}

/** One moment on both clocks. */
interface Moment {
  readonly nowMs: number;
  readonly elapsedMs: number;
}

/** The one request for a token that all callers wait for. */
interface Flight {
  readonly grant: Promise<Grant>;
  readonly controller: AbortController;
  waiting: number;
}

/** The token that was given: an API access token, or an access token made elsewhere. */
export function staticToken(secret: Secret): TokenSource {
  return {
    token() {
      const token = secret.reveal();
      if (HEADER_TEXT.test(token)) return Promise.resolve(token);
      // Said here, because fetch would quote the whole token in its complaint.
      const problem = "OAUTH_TOKEN is empty or holds a character that no header can carry";
      const advice = "look for spaces, line breaks and quotation marks";
      return Promise.reject(
        new ApiError("unauthorized", `Cannot send the token: ${problem}; ${advice}`),
      );
    },
    invalidate() {},
    expiresAtSeconds: () => undefined,
  };
}

/**
 * Tokens of an OAuth client. Callers at the same time share one request; it is given up when all of
 * them have given up. A token that still lives is used while its renewal fails.
 *
 * Source: RFC 6749 section 4.4
 */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  const { redactor, elapsed } = options;
  let current: Grant | undefined;
  let flight: Flight | undefined;

  function join(): Flight {
    if (flight !== undefined) return flight;
    const controller = new AbortController();
    const own: Flight = { grant: requestGrant(options, controller.signal), controller, waiting: 0 };
    const land = () => {
      if (flight === own) flight = undefined;
    };
    own.grant.then((grant) => {
      redactor.add(grant.token);
      current = grant;
      land();
    }, land);
    flight = own;
    return own;
  }

  async function renew(signal?: AbortSignal): Promise<string> {
    const own = join();
    own.waiting++;
    try {
      return (await orAborted(own.grant, signal)).token;
    } finally {
      own.waiting--;
      if (own.waiting === 0 && flight === own) {
        flight = undefined;
        own.controller.abort();
      }
    }
  }

  return {
    async token(signal) {
      signal?.throwIfAborted();
      if (current !== undefined && elapsed() < current.renewAtMs) return current.token;
      try {
        return await renew(signal);
      } catch (error) {
        const isUsable = current !== undefined && elapsed() < current.endsAtMs;
        const isPassing = error instanceof ApiError && error.failure !== "unauthorized";
        if (current !== undefined && isUsable && isPassing) return current.token;
        throw error;
      }
    },
    invalidate(token) {
      if (current?.token === token) current = undefined;
    },
    expiresAtSeconds: () => current?.expiresAtSeconds,
  };
}

async function requestGrant(
  { url, clientId, clientSecret, send, now, elapsed }: ClientCredentialsOptions,
  signal: AbortSignal,
): Promise<Grant> {
  const start = { nowMs: now(), elapsedMs: elapsed() };
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret.reveal(),
    grant_type: "client_credentials",
  });
  const headers = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
  };
  return await send({
    endpoint: "oauth_token",
    doing: DOING,
    url,
    method: "POST",
    headers,
    body: form.toString(),
    maxBytes: MAX_GRANT_BYTES,
    read: async (body) => readGrant(await joinText(body), start, url.host),
  }, signal);
}

/** The body of a grant is never quoted: cut or misspelt, it still holds a token. */
function readGrant(text: string, start: Moment, host: string): Grant {
  let answer: unknown;
  try {
    answer = parseJson(text);
  } catch (cause) {
    throw malformed(`${host} answered ${text.length} characters that are not JSON`, cause);
  }
  if (!isJsonObject(answer)) throw malformed(`${host} answered JSON that is not an object`);
  const { access_token: token, token_type: type, expires_in: expiresIn } = answer;
  if (typeof token !== "string" || !HEADER_TEXT.test(token)) {
    throw malformed(`the answer of ${host} holds no "access_token" that a header can carry`);
  }
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    throw malformed(`the answer of ${host} holds a token that is not of the type "Bearer"`);
  }
  const life = typeof expiresIn === "string" ? Number(expiresIn) : expiresIn;
  if (typeof life !== "number" || !(life > 0 && life <= MAX_LIFE_SECONDS)) {
    return { token, renewAtMs: Infinity, endsAtMs: Infinity, expiresAtSeconds: undefined };
  }
  const endsAtMs = start.elapsedMs + life * 1000;
  const renewAtMs = endsAtMs - Math.min(RENEWAL_MS, life * 100);
  const expiresAtSeconds = Math.floor(start.nowMs / 1000 + life);
  return { token, renewAtMs, endsAtMs, expiresAtSeconds };
}

function malformed(problem: string, cause?: unknown): ApiError {
  const advice = "check TAILSCALE_API_URL, and whether a proxy or a login page stands between";
  const message = `Cannot ${DOING}: ${problem}; ${advice} (HTTPS_PROXY)`;
  return new ApiError("malformed", message, { status: 200, cause });
}
