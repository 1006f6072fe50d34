/**
 * What to do about an answer that is not 200, by status, body and path. Pure; how the failure is
 * worded is in `refusal.ts`.
 *
 * @module
 */

import type { ApiFailure } from "../errors.ts";
import { isJsonObject, parseJson } from "./json.ts";

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
  /** What was asked. */
  readonly url: URL;
  /** The tailnet that was asked for; "-" is the credential's own. */
  readonly tailnet: string;
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
  /** Whether the program asks once and ends, so that nothing is asked again. */
  readonly isOneShot: boolean;
}

/** An error body taken apart. */
export interface Answer {
  /** Who wrote it, by its form. */
  readonly form:
    /** Tailscale's `{message}`, RFC 6749's `{error}`, or other JSON. */
    | "json"
    /** headscale's gateway, which has `code`, `message` and `details` of gRPC. */
    | "gateway"
    /** A web page: of a proxy, a firewall or a login. */
    | "html"
    /** Text, or nothing. */
    | "text";
  /** RFC 6749's `error`, "invalid_client". */
  readonly code: string | undefined;
  /** What the server says, to be quoted. */
  readonly words: string;
  /** The title of a web page. */
  readonly title: string | undefined;
}

/** Tailscale's `{message}`, RFC 6749's `{error, error_description}`, a web page or plain text. */
export function readAnswer(text: string): Answer {
  if (/^\s*</.test(text)) {
    const title = /<title[^>]{0,200}>([^<]{1,400})/i.exec(text)?.[1];
    return { form: "html", code: undefined, words: text, title };
  }
  const other: Answer = { form: "text", code: undefined, words: text, title: undefined };
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    return other;
  }
  if (!isJsonObject(body)) return other;
  const { code, details, message, error, error_description: description } = body;
  const words = [message, error, description].filter((part) =>
    typeof part === "string" && part !== ""
  );
  return {
    form: typeof code === "number" && Array.isArray(details) ? "gateway" : "json",
    code: typeof error === "string" ? error : undefined,
    words: words.length === 0 ? text : words.join(": "),
    title: undefined,
  };
}

/** Tailscale's own API. */
const TAILSCALE_HOST = "api.tailscale.com";

const NO_API = "the server has no Tailscale-compatible API there (headscale has it from version " +
  "0.30 on): check TAILSCALE_API_URL";

const NOT_THE_API = "that is no answer of the API but of a proxy, a firewall or a login page: " +
  "check TAILSCALE_API_URL and HTTPS_PROXY";

const SCOPES = "the scope devices:core:read, and devices:routes:read for routes";

/** What to do. */
export function adviceFor(refusal: Refusal, failure: ApiFailure, answer: Answer): string {
  const { endpoint, status } = refusal;
  if (status === 407) return "the HTTP proxy wants a login; check HTTPS_PROXY";
  if (answer.form === "gateway") return noApi(refusal);
  if (answer.form === "html" && status < 500 && status !== 429) {
    return adviseOnPath(refusal) ?? NOT_THE_API;
  }
  switch (failure) {
    case "unauthorized":
      return adviseOnPath(refusal) ??
        (endpoint === "oauth_token"
          ? "check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the client is not revoked"
          : adviseOnToken(refusal));
    case "forbidden":
      return adviseOnScope(refusal);
    case "not_found":
      return adviseOnNotFound(refusal, answer);
    case "rate_limited":
      return adviseOnRate(refusal);
    case "server":
      return refusal.isOneShot
        ? "the fault is the server's; try again later"
        : "the fault is the server's; it is asked again, less often the longer this lasts";
    default:
      return "wanted 200; check TAILSCALE_API_URL";
  }
}

/** What is wrong with the path of TAILSCALE_API_URL, if anything is. */
function adviseOnPath({ url }: Refusal): string | undefined {
  const path = url.pathname.replace(/\/(?:tailnet\/[^/]*\/devices|oauth\/token)$/, "");
  if (path.endsWith("/api/v2")) return undefined;
  if (path.endsWith("/api/v1")) {
    return "TAILSCALE_API_URL ends with /api/v1, which is headscale's own API: wanted its " +
      "Tailscale-compatible one, /api/v2, which headscale has from version 0.30 on";
  }
  return `TAILSCALE_API_URL ${path === "" ? "has no path" : "has another path"}: wanted one that ` +
    `ends with /api/v2, as in https://${TAILSCALE_HOST}/api/v2`;
}

function noApi(refusal: Refusal): string {
  return adviseOnPath(refusal) ?? NO_API;
}

function adviseOnToken({ credential, url }: Refusal): string {
  if (credential === "oauth") {
    return "a new access token did not help; check that the OAuth client belongs to this API";
  }
  const problem = "OAUTH_TOKEN is wrong, revoked or expired";
  if (url.host !== TAILSCALE_HOST) {
    return `${problem}, or of another server: make a new one there (headscale: \`headscale ` +
      "apikeys create`)";
  }
  return `${problem} (they last 90 days at most): make a new one, or set OAUTH_CLIENT_ID and ` +
    "OAUTH_CLIENT_SECRET of an OAuth client, which does not expire";
}

function adviseOnScope({ credential, tailnet }: Refusal): string {
  const scope = credential === "oauth"
    ? `give the credential ${SCOPES}`
    : `give the credential ${SCOPES}, or make it as a user who may see all devices`;
  if (tailnet === "-") return scope;
  return `${scope}, and check that TAILNET_NAME is its tailnet ("-" always is)`;
}

function adviseOnNotFound(refusal: Refusal, { form }: Answer): string {
  const { endpoint, tailnet } = refusal;
  // Where "-" is asked for there is a tailnet, so what is missing is the API.
  if (endpoint === "oauth_token" || form !== "json" || tailnet === "-") return noApi(refusal);
  return adviseOnPath(refusal) ??
    'check TAILNET_NAME: "-" is the tailnet that the credential belongs to, and the only one ' +
      "that headscale knows";
}

function adviseOnRate({ isOneShot, retryAfterMs }: Refusal): string {
  const problem = "the API is asked too often";
  if (!isOneShot) return `${problem}; raise SCRAPE_INTERVAL`;
  const wait = retryAfterMs === undefined
    ? "a minute"
    : `${Math.max(1, Math.ceil(retryAfterMs / 1000))} s`;
  return `${problem}, by this or by another program with the same credential; try again in ${wait}`;
}
