/**
 * Checks that a key is sent only to the product that issued it.
 *
 * @module
 */

import { readKeyPrefix } from "../secret/credential_form.ts";
import type { Reading } from "./_reading.ts";
import type { SettingKey } from "./setting_table.ts";

/** Settings of which one names where devices come from: an API, or the demo in its place. */
export const DEVICE_SOURCE_KEYS: readonly SettingKey[] = [
  "testDevices",
  "oauthClientId",
  "oauthClientSecret",
  "oauthToken",
  "headscaleUrl",
  "headscaleApiKey",
];

/** Tailscale's own API. */
const TAILSCALE_HOST = "api.tailscale.com";

/** Refuses a key of headscale's for Tailscale's own API, which would answer 401. */
export function checkIssuer({ config, given, faults }: Reading): void {
  const { oauthClientSecret, oauthToken, tailscaleApiUrl } = config;
  if (tailscaleApiUrl.host !== TAILSCALE_HOST) return;
  for (const [key, secret] of Object.entries({ oauthClientSecret, oauthToken })) {
    const prefix = secret && readKeyPrefix(secret.reveal());
    if (prefix?.issuer !== "headscale") continue;
    const name = given.get(key === "oauthToken" ? "oauthToken" : "oauthClientSecret");
    faults.push(
      `Cannot use ${name}: got a key of headscale's (${prefix.prefix}…) for ${TAILSCALE_HOST}, ` +
        "want it in HEADSCALE_API_KEY with HEADSCALE_URL, or TAILSCALE_API_URL=https://HOST/api/v2 " +
        "of a headscale that has this API.",
    );
  }
}
