/**
 * What to do about an answer of headscale's API v1 that is not 200. Pure; how the failure is worded
 * is in `control/refusal.ts`.
 *
 * @module
 */

import type { Answer } from "../control/answer.ts";
import { type Dialect, isForeignPage, type Refusal } from "../control/refusal.ts";
import type { ApiFailure } from "../errors.ts";

/** How headscale's API v1 explains its failures. */
export const HEADSCALE_DIALECT: Dialect = {
  urlVariable: "HEADSCALE_URL",
  advise,
  // headscale 0.26 says so of a key that it does not know.
  reclassify: ({ status, text }) =>
    status === 500 && text.trim() === "Unauthorized" ? "unauthorized" : undefined,
};

const NEW_KEY = "make a new one with `headscale apikeys create`";

/** What HEADSCALE_URL is meant to be. */
const WANTED_URL = "set HEADSCALE_URL to the server_url of headscale's configuration";

function advise(refusal: Refusal, failure: ApiFailure, answer: Answer): string | undefined {
  if (isForeignPage(refusal, answer)) {
    return `that is a web page, of a web interface, a proxy or a login: ${WANTED_URL}`;
  }
  switch (failure) {
    case "unauthorized":
      return "HEADSCALE_API_KEY is wrong, deleted or expired (keys last 90 days unless made with " +
        `--expiration): ${NEW_KEY}`;
    case "forbidden":
      // headscale itself never answers 403: its keys may do everything.
      return "a proxy in front of headscale refuses the request: let the path /api/v1 through";
    case "not_found":
      return answer.form === "gateway"
        ? "this headscale is older than 0.23: wanted 0.26 or newer"
        : `no headscale answers there: ${WANTED_URL}, which has /api/v1 below it`;
    default:
      return undefined;
  }
}
