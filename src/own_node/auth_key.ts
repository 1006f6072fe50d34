/**
 * Makes an auth key by an OAuth client, where its secret is given in place of one.
 *
 * @module
 */

import { BASE_URL_SETTING, describeFetchError, tlsAdvice } from "../errors.ts";
import { readText } from "../json/body.ts";
import { type ClientSecret, isClientSecret, parseClientSecret } from "../secret/client_secret.ts";
import type { Delay } from "../time/delay.ts";
import { TimeoutError, withTimeout } from "../time/timeout.ts";

/** What {@linkcode resolveAuthKey} is told. */
export interface AuthKeyOptions {
  /** Tags of the new node, with `tag:`. An OAuth client makes keys for tagged nodes only. */
  readonly tags: readonly string[];
  /** Sends the requests. */
  readonly fetch: typeof fetch;
  /** Waits. Default: the platform's timer. */
  readonly delay?: Delay;
}

/** Timeout of all requests together, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Lifetime of a key that is made here: attempts to log in use it at once. Without one the API makes
 * keys for 90 days.
 */
export const KEY_LIFETIME_SECONDS = 600;

/** Where the API takes the client's secret. */
const TOKEN_PATH = "oauth/token";

/** Maximum length of an answer of the API, in bytes. */
const MAX_ANSWER = 65_536;

/** Maximum length of an API's reason in a message. */
const MAX_REASON = 200;

/**
 * An auth key for a secret: itself, unless it is an OAuth client's secret, for which a single-use
 * key is made.
 *
 * Source: `POST /api/v2/oauth/token` and `POST /api/v2/tailnet/-/keys`; scope `auth_keys`
 *
 * @throws {SyntaxError} If an attribute of the secret is wrong.
 * @throws {Error} If the API gives none: why, and what to do about it. Completes "Cannot log in: ".
 */
export async function resolveAuthKey(secret: string, options: AuthKeyOptions): Promise<string> {
  if (!isClientSecret(secret)) return secret;
  const client = parseClientSecret(secret);
  const { delay, fetch, tags } = options;
  try {
    return await withTimeout(TIMEOUT_MS, async (signal) => {
      const setting = client.hasBaseUrl ? BASE_URL_SETTING : undefined;
      return await makeKey(client, tags, { fetch, signal, setting });
    }, { ...delay && { delay } });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    // No cause: its text is the same.
    const problem = `no answer from ${client.baseUrl.host} within ${TIMEOUT_MS / 1000} s`;
    throw new Error(`no auth key: ${problem}; ${ADVICE_ON_NETWORK}`);
  }
}

/** How the requests for one key are sent. */
interface Sending {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** What has the address of the API; undefined if that is Tailscale's. */
  readonly setting: string | undefined;
}

async function makeKey(
  client: ClientSecret,
  tags: readonly string[],
  sending: Sending,
): Promise<string> {
  const { access_token: token } = await post(sending, endpoint(client, TOKEN_PATH), {
    body: new URLSearchParams({
      grant_type: "client_credentials",
      // The API reads the client out of the secret.
      client_id: "tsmetrics",
      client_secret: client.secret,
    }),
  });
  if (typeof token !== "string" || token === "") {
    throw new Error("no auth key: the API's answer has no access token");
  }
  const create = {
    reusable: false,
    ephemeral: client.isEphemeral,
    preauthorized: client.isPreauthorized,
    tags,
  };
  const made = await post(sending, endpoint(client, "tailnet/-/keys"), {
    headers: {
      "authorization": `Bearer ${token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({
      capabilities: { devices: { create } },
      expirySeconds: KEY_LIFETIME_SECONDS,
    }),
  });
  if (typeof made.key === "string" && made.key !== "") return made.key;
  throw new Error("no auth key: the API's answer has none");
}

/** An endpoint of the API, whose address may have a path. */
function endpoint({ baseUrl }: ClientSecret, path: string): URL {
  return new URL(`${baseUrl.href.replace(/\/+$/, "")}/api/v2/${path}`);
}

async function post(
  sending: Sending,
  url: URL,
  init: RequestInit,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await send(sending, url, init);
  if (status !== 200) {
    const reason = text.replace(/\s+/g, " ").trim().slice(0, MAX_REASON);
    throw new Error(
      `no auth key: ${url.pathname} answered ${status}` +
        `${reason === "" ? "" : `: ${reason}`}; ${adviceOn(status, url)}`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Not JSON, which is said below; V8 would quote the text.
  }
  throw new Error(
    `no auth key: the answer of ${url.pathname} is not JSON; ${adviceOn(status, url)}`,
  );
}

async function send(
  { fetch, setting, signal }: Sending,
  url: URL,
  init: RequestInit,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    // A redirect would carry the secret elsewhere.
    const response = await fetch(url, { method: "POST", redirect: "manual", signal, ...init });
    return {
      status: response.ok ? 200 : response.status,
      text: await readText(response, MAX_ANSWER),
    };
  } catch (error) {
    signal.throwIfAborted();
    const reason = describeFetchError(error);
    const advice = tlsAdvice(reason, setting) ?? ADVICE_ON_NETWORK;
    throw new Error(
      `no auth key: no answer from ${url.host}: ${reason}; ${advice}`,
      // The platform's own error has the port of the attempt: each one would be another trouble.
      { cause: new TypeError(reason) },
    );
  }
}

const ADVICE_ON_NETWORK = "check the network";

function adviceOn(status: number, { host, pathname }: URL): string {
  if (status < 400) return `check that only the API, and no captive portal, answers for ${host}`;
  if (status >= 500) return "the fault is the API's";
  if (status === 408 || status === 429) return "the API is busy";
  if (pathname.endsWith(`/${TOKEN_PATH}`)) return "check TS_AUTHKEY";
  return "the OAuth client needs the scope auth_keys and the tags of TSNET_TAGS";
}
