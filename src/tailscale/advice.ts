/**
 * What to do about an answer of the Tailscale API that is not 200, by status, body and path. Pure;
 * how the failure is worded is in `control/refusal.ts`.
 *
 * @module
 */

import type { Answer } from "../control/answer.ts";
import { type Dialect, isForeignPage, type Refusal } from "../control/refusal.ts";
import type { ApiFailure } from "../errors.ts";

/** Tailscale's own API. */
const TAILSCALE_HOST = "api.tailscale.com";

const NO_API = "the server has no Tailscale-compatible API there: check TAILSCALE_API_URL; for " +
  "headscale up to 0.29, which has none, set HEADSCALE_URL and HEADSCALE_API_KEY instead";

/** What requests have in common that advice depends on. */
export interface Asked {
  /** The tailnet; "-" is the credential's own. */
  readonly tailnet: string;
  /** What requests are signed with. */
  readonly credential: "oauth" | "token";
}

/** How Tailscale's API and those compatible with it explain their failures. */
export function tailscaleDialect(asked: Asked): Dialect {
  return {
    urlVariable: "TAILSCALE_API_URL",
    advise: (refusal, failure, answer) => advise(asked, refusal, failure, answer),
  };
}

function advise(
  asked: Asked,
  refusal: Refusal,
  failure: ApiFailure,
  answer: Answer,
): string | undefined {
  if (answer.form === "gateway") return noApi(refusal);
  if (isForeignPage(refusal, answer)) return adviseOnPath(refusal);
  switch (failure) {
    case "unauthorized":
      return withPath(refusal, answer, adviseOnCredential(asked, refusal));
    case "forbidden":
      return adviseOnScope(asked, refusal);
    case "not_found":
      return adviseOnNotFound(asked, refusal, answer);
    default:
      return undefined;
  }
}

/** What is wrong with the path of TAILSCALE_API_URL, if anything is. */
function adviseOnPath({ url }: Refusal): string | undefined {
  const path = url.pathname.replace(/\/(?:tailnet\/[^/]*\/devices|oauth\/token)$/, "");
  if (path.endsWith("/api/v2")) return undefined;
  if (path.endsWith("/api/v1")) {
    return "TAILSCALE_API_URL ends with /api/v1, which is headscale's own API: set HEADSCALE_URL " +
      "and HEADSCALE_API_KEY instead";
  }
  return `TAILSCALE_API_URL ${path === "" ? "has no path" : "has another path"}: wanted one that ` +
    `ends with /api/v2, as in https://${TAILSCALE_HOST}/api/v2`;
}

/**
 * Advice for a refusal whose path may be what is wrong. JSON is most likely an API's own answer, at
 * an address with another path than Tailscale's: then both causes are named.
 */
function withPath(refusal: Refusal, { form }: Answer, advice: string): string {
  const onPath = adviseOnPath(refusal);
  if (onPath === undefined) return advice;
  return form === "json" ? `${onPath}; if that path is meant: ${advice}` : onPath;
}

function noApi(refusal: Refusal): string {
  return adviseOnPath(refusal) ?? NO_API;
}

function adviseOnCredential(asked: Asked, refusal: Refusal): string {
  return refusal.endpoint === "oauth_token"
    ? "check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the client is not revoked"
    : adviseOnToken(asked, refusal);
}

function adviseOnToken({ credential }: Asked, { url }: Refusal): string {
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

function adviseOnScope({ credential, tailnet }: Asked, { scope }: Refusal): string {
  const given = `give the credential ${scope ?? "the scope that this call needs"}`;
  const advice = credential === "oauth"
    ? given
    : `${given}, or make it as a user who may see all devices`;
  if (tailnet === "-") return advice;
  return `${advice}, and check that TAILNET_NAME is its tailnet ("-" always is)`;
}

function adviseOnNotFound({ tailnet }: Asked, refusal: Refusal, answer: Answer): string {
  const { endpoint } = refusal;
  // Where "-" is asked for there is a tailnet, so what is missing is the API.
  if (endpoint === "oauth_token" || answer.form !== "json" || tailnet === "-") {
    return noApi(refusal);
  }
  const advice = 'check TAILNET_NAME: "-" is the tailnet that the credential belongs to, and the ' +
    "only one that headscale knows";
  return withPath(refusal, answer, advice);
}
