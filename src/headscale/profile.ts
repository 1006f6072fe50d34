/**
 * What is known of headscale's API without asking it.
 *
 * @module
 */

import { failureReasons, type PlaneProfile } from "../control/plane.ts";

const API_NAME = "headscale API";

/** headscale's API v1. */
export const HEADSCALE_PROFILE: PlaneProfile = {
  apiName: API_NAME,
  missingFields: [
    "os",
    "clientVersion",
    "keyExpiryDisabled",
    "isExternal",
    "updateAvailable",
    "blocksIncomingConnections",
    "multipleConnections",
    "tailnetLockError",
    "connectivity",
    "serialNumberCount",
  ],
  emptyListHint: "headscale lists no node: none has joined it yet",
  reasons: failureReasons(API_NAME, {
    forbidden: "A proxy in front of headscale refuses the request: let /api/v1 through.",
    malformed: "The answer is no node list of headscale 0.26 or newer: check HEADSCALE_URL.",
    not_found: "There is no API of headscale 0.26 or newer: check HEADSCALE_URL.",
  }),
};
