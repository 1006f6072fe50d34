/**
 * What an answer other than 200 means and what to do about it, in words. Pure: from a status and a
 * body to an error.
 *
 * @module
 */

import { ApiError, type ApiFailure } from "../errors.ts";
import type { Redactor } from "../secret/redactor.ts";
import { type Answer, readAnswer } from "./answer.ts";

/** An answer that is not 200. */
export interface Refusal {
  /** Which call was refused. */
  readonly endpoint: string;
  /** The scope that the call needs, "the scope devices:core:read". Default: none is known. */
  readonly scope?: string;
  /** What was to be done, "list the devices of tailnet \"-\"". */
  readonly doing: string;
  /** What was asked. */
  readonly url: URL;
  /** The HTTP status. */
  readonly status: number;
  /** The body, or its beginning. */
  readonly text: string;
  /** The `Location` header. */
  readonly location: string | null;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the program asks once and exits, so that nothing is asked again. */
  readonly isOneShot: boolean;
}

/** How one control plane's API explains its failures; what holds for every API is here. */
export interface Dialect {
  /** The variable that holds the API's base URL, "TAILSCALE_API_URL". */
  readonly urlVariable: string;
  /**
   * What to do about an answer, by the rules of this API.
   *
   * @returns undefined where the advice for every API holds.
   */
  readonly advise: (refusal: Refusal, failure: ApiFailure, answer: Answer) => string | undefined;
  /** The kind of a failure whose status says something else; undefined where the status holds. */
  readonly reclassify?: (refusal: Refusal) => ApiFailure | undefined;
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
export function explainRefusal(
  refusal: Refusal,
  dialect: Dialect,
  redactor: Redactor,
): ApiError {
  const { doing, location, status, url } = refusal;
  const problem = `Cannot ${doing}: ${url.host} answered ${status}`;
  if (status >= 300 && status < 400 && location !== null) {
    const target = describeRedirect(location, url, dialect.urlVariable, redactor);
    return new ApiError("status", `${problem}, ${target}`, { status });
  }
  const answer = readAnswer(refusal.text);
  const failure = dialect.reclassify?.(refusal) ?? failureOf(refusal, answer.code);
  const advice = adviceFor(refusal, failure, answer, dialect);
  const message = `${problem}${quoteAnswer(refusal, answer, redactor)}; ${advice}`;
  return new ApiError(failure, message, { status, retryAfterMs: refusal.retryAfterMs });
}

/** What to do. */
function adviceFor(
  refusal: Refusal,
  failure: ApiFailure,
  answer: Answer,
  { advise, urlVariable }: Dialect,
): string {
  const { status } = refusal;
  if (status === 407) return "the HTTP proxy wants a login; check HTTPS_PROXY";
  const own = advise(refusal, failure, answer);
  if (own !== undefined) return own;
  if (isForeignPage(refusal, answer)) {
    return "that is no answer of the API but of a proxy, a firewall or a login page: check " +
      `${urlVariable} and HTTPS_PROXY`;
  }
  switch (failure) {
    case "rate_limited":
      return adviseOnRate(refusal);
    case "server":
      return refusal.isOneShot
        ? "the fault is the server's; try again later"
        : "the fault is the server's; it is asked again, less often the longer this lasts";
    default:
      return `wanted 200; check ${urlVariable}`;
  }
}

/** Whether the answer is a web page, but no error page of an overloaded or failing server. */
export function isForeignPage({ status }: Refusal, { form }: Answer): boolean {
  return form === "html" && status < 500 && status !== 429;
}

function adviseOnRate({ isOneShot, retryAfterMs }: Refusal): string {
  const problem = "the API is asked too often, by this or by another program with the same " +
    "credential";
  if (!isOneShot) return `${problem}; raise SCRAPE_INTERVAL`;
  const wait = retryAfterMs === undefined
    ? "a minute"
    : `${Math.max(1, Math.ceil(retryAfterMs / 1000))} s`;
  return `${problem}; try again in ${wait}`;
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
function describeRedirect(
  location: string,
  from: URL,
  urlVariable: string,
  redactor: Redactor,
): string {
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
    return `${what}; set ${urlVariable} to its https address`;
  }
  return isLogin(target)
    ? `${what}; that is a login page: let the API's path through without a login, or set ` +
      "TAILSCALE_API_URL to an address behind it"
    : `${what}; set ${urlVariable} to the final address`;
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
