/**
 * What an answer other than 200 means and what to do about it, in words. Pure: from a status and a
 * body to an error.
 *
 * @module
 */

import { ApiError, type ApiFailure } from "../errors.ts";
import type { Redactor } from "../redactor.ts";
import { adviceFor, type Answer, type ApiEndpoint, readAnswer, type Refusal } from "./advice.ts";

export type { ApiEndpoint, Refusal };

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
  const { doing, location, status, url } = refusal;
  const problem = `Cannot ${doing}: ${url.host} answered ${status}`;
  if (status >= 300 && status < 400 && location !== null) {
    return new ApiError("status", `${problem}, ${describeRedirect(location, url, redactor)}`, {
      status,
    });
  }
  const answer = readAnswer(refusal.text);
  const failure = failureOf(refusal, answer.code);
  const advice = adviceFor(refusal, failure, answer);
  const message = `${problem}${quoteAnswer(refusal, answer, redactor)}; ${advice}`;
  return new ApiError(failure, message, { status, retryAfterMs: refusal.retryAfterMs });
}

function quoteAnswer(
  { endpoint, status, text }: Refusal,
  { title, words }: Answer,
  redactor: Redactor,
): string {
  // A grant with an odd status is no refusal, and its body holds an access token.
  const isGrant = endpoint === "oauth_token" && status >= 200 && status < 300;
  if (isGrant || text.trim() === "") return "";
  if (title !== undefined) return ` with the page ${redactor.quote(title)}`;
  return ` ${redactor.quote(words)}`;
}

/** Where a redirect leads, no more of it than its host, and what to do. */
function describeRedirect(location: string, from: URL, redactor: Redactor): string {
  const target = URL.parse(location, from);
  const host = target?.host ?? "";
  const isSameHost = host === from.host;
  const name = host === ""
    ? "no address"
    : isSameHost && URL.parse(location) === null
    ? "another path of the same host"
    : host;
  const what = `a redirect to ${redactor.quote(name)}; credentials are never sent along`;
  if (isSameHost && from.protocol === "http:" && target?.protocol === "https:") {
    return `${what}; set TAILSCALE_API_URL to its https address`;
  }
  return isLogin(target)
    ? `${what}; that is a login page: let the API's path through without a login, or set ` +
      "TAILSCALE_API_URL to an address behind it"
    : `${what}; set TAILSCALE_API_URL to the final address`;
}

/** Whether an address looks like where people log in. */
function isLogin(target: URL | null): boolean {
  if (target === null) return false;
  return /\b(?:log-?in|sign-?in|sso|saml|auth|oauth2?|authorize|authelia|cloudflareaccess)\b/i
    .test(`${target.host}${target.pathname}`);
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
