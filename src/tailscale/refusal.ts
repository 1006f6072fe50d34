/**
 * What an answer other than 200 means and what to do about it, in words. Pure: from a status and a
 * body to an error.
 *
 * @module
 */

import { ApiError, type ApiFailure } from "../errors.ts";
import { isJsonObject, parseJson } from "./json.ts";
import type { Redactor } from "../redactor.ts";

/** A call of ours, as a bounded label value. */
export type ApiEndpoint =
  /** The device list. */
  | "devices"
  /** The token endpoint of the OAuth client. */
  | "oauth_token";

/** An answer that is not 200. */
export interface Refusal {
  /** Which call was refused. */
  readonly endpoint: ApiEndpoint;
  /** What was to be done, "list the devices of tailnet \"-\"". */
  readonly doing: string;
  /** Who answered, "api.tailscale.com". */
  readonly host: string;
  /** The HTTP status. */
  readonly status: number;
  /** The body, or its beginning. */
  readonly text: string;
  /** The `Location` header. */
  readonly location: string | null;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What the request was signed with: advice differs. */
  readonly credential: "oauth" | "token";
}

/** OAuth errors that say that the client itself is refused (RFC 6749 section 5.2). */
const CLIENT_ERRORS: ReadonlySet<string> = new Set([
  "access_denied",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
]);

/**
 * The error for a refused call.
 *
 * @returns Its message tells what failed, who answered what, the server's own words and the cure.
 */
export function explainRefusal(refusal: Refusal, redactor: Redactor): ApiError {
  const { doing, host, status } = refusal;
  const answer = readAnswer(refusal.text);
  if (status >= 300 && status < 400 && refusal.location !== null) {
    const target = redactor.quote(hostOf(refusal.location) ?? "no address");
    const problem = `${host} answered ${status}, a redirect to ${target}`;
    const advice = "credentials are never sent along; set TAILSCALE_API_URL to the final address";
    return new ApiError("status", `Cannot ${doing}: ${problem}; ${advice}`, { status });
  }
  const failure = failureOf(refusal, answer.code);
  // A grant with an odd status is no refusal, and its body holds an access token.
  const isGrant = refusal.endpoint === "oauth_token" && status >= 200 && status < 300;
  const words = isGrant || refusal.text.trim() === "" ? "" : ` ${redactor.quote(answer.words)}`;
  const advice = adviceFor(refusal, failure, answer.isJson);
  return new ApiError(failure, `Cannot ${doing}: ${host} answered ${status}${words}; ${advice}`, {
    status,
    retryAfterMs: refusal.retryAfterMs,
  });
}

/** An error body taken apart. */
interface Answer {
  readonly isJson: boolean;
  /** RFC 6749's `error`, "invalid_client". */
  readonly code: string | undefined;
  readonly words: string;
}

/** Tailscale's `{message}`, RFC 6749's `{error, error_description}`, or plain text. */
function readAnswer(text: string): Answer {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    return { isJson: false, code: undefined, words: text };
  }
  if (!isJsonObject(body)) return { isJson: false, code: undefined, words: text };
  const { message, error, error_description: description } = body;
  const words = [message, error, description].filter((part) =>
    typeof part === "string" && part !== ""
  );
  return {
    isJson: true,
    code: typeof error === "string" ? error : undefined,
    words: words.length === 0 ? text : words.join(": "),
  };
}

function failureOf({ endpoint, status }: Refusal, code: string | undefined): ApiFailure {
  const isToken = endpoint === "oauth_token";
  if (status === 401 || (isToken && status === 403)) return "unauthorized";
  if (isToken && status === 400 && CLIENT_ERRORS.has(code ?? "")) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server" : "status";
}

function adviceFor(refusal: Refusal, failure: ApiFailure, isJson: boolean): string {
  const { endpoint, credential, status } = refusal;
  switch (failure) {
    case "unauthorized":
      if (endpoint === "oauth_token") {
        return "check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the client is not revoked";
      }
      return credential === "oauth"
        ? "a new access token did not help; check that the OAuth client belongs to this API"
        : "OAUTH_TOKEN is wrong or has ended (they last 90 days at most): make a new one, or " +
          "set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET of an OAuth client, which does not end";
    case "forbidden":
      return "give the credential the scope devices:core:read, and devices:routes:read for routes";
    case "not_found":
      if (endpoint === "oauth_token" || !isJson) {
        return "check TAILSCALE_API_URL: with its path, as in https://api.tailscale.com/api/v2";
      }
      return 'check TAILNET_NAME: "-" is the tailnet that the credential belongs to';
    case "rate_limited":
      return "the API is asked too often; raise SCRAPE_INTERVAL";
    case "server":
      return "the fault is the server's; it is asked again, less often the longer this lasts";
    default:
      return status === 407
        ? "the HTTP proxy wants a login; check HTTPS_PROXY"
        : "wanted 200; check TAILSCALE_API_URL";
  }
}

/** The host of an address, without path, query or user info; undefined if it is none. */
function hostOf(location: string): string | undefined {
  // A relative address stays with the host that sent it.
  const url = URL.parse(location, "http://the.same.host.invalid/");
  if (url === null || url.host === "") return undefined;
  return url.host === "the.same.host.invalid" ? "another path of the same host" : url.host;
}
