/**
 * What is known of Tailscale's API without asking it.
 *
 * @module
 */

import { failureReasons, type PlaneProfile } from "../control/plane.ts";

const API_NAME = "Tailscale API";

/** Tailscale's API and those compatible with it. */
export const TAILSCALE_PROFILE: PlaneProfile = {
  apiName: API_NAME,
  missingFields: ["primaryRoutes"],
  emptyListHint:
    "The API lists no device: the tailnet is empty, or TAILNET_NAME is another tailnet " +
    "than the devices are in",
  reasons: failureReasons(API_NAME, {
    forbidden: "The Tailscale API refuses the device list: the credential lacks a scope.",
    malformed: "The answer of the Tailscale API is no device list.",
    not_found: "The Tailscale API does not find the tailnet: check TAILNET_NAME and " +
      "TAILSCALE_API_URL.",
  }),
};
