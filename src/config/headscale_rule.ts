/**
 * Checks of the settings about headscale that hold together only, and the one that holds for every
 * API.
 *
 * @module
 */

import { isLoopbackHost } from "../range.ts";
import type { Reading } from "./_reading.ts";
import type { SettingKey } from "./setting_table.ts";

/** What names Tailscale's API or a credential for it. */
const TAILSCALE: readonly SettingKey[] = [
  "oauthClientId",
  "oauthClientSecret",
  "oauthToken",
  "tailscaleApiUrl",
];

/** Whether headscale's own API is to be asked. */
export function asksHeadscale({ given }: Reading): boolean {
  return given.has("headscaleUrl") || given.has("headscaleApiKey");
}

/** Checks that headscale is asked with a key, and nothing but headscale. */
export function checkHeadscale(reading: Reading): void {
  const { given, faults, warnings } = reading;
  const url = given.get("headscaleUrl");
  const key = given.get("headscaleApiKey");
  const [other] = TAILSCALE.flatMap((each) => given.get(each) ?? []);
  if (other !== undefined) {
    faults.push(
      `Cannot choose a control plane: got ${url ?? key} and ${other}, want the settings of ` +
        "headscale or those of Tailscale's API, not both.",
    );
  } else if (url === undefined) {
    faults.push(`Cannot use headscale: got ${key} alone, want HEADSCALE_URL with it.`);
  } else if (key === undefined) {
    faults.push(`Cannot use headscale: got ${url} alone, want HEADSCALE_API_KEY with it.`);
  }
  const tailnet = given.get("tailnetName");
  if (tailnet !== undefined) warnings.push(`${tailnet} is not used: headscale has one tailnet.`);
  warnAboutClearText(reading, "headscaleUrl");
}

/** Warns of credentials that go to another machine without TLS. */
export function warnAboutClearText(
  { config, given, warnings }: Reading,
  key: "headscaleUrl" | "influxUrl" | "tailscaleApiUrl",
): void {
  const url = config[key];
  if (url?.protocol !== "http:" || isLoopbackHost(url.hostname)) return;
  warnings.push(`${given.get(key)} is not https: the credentials can be read on the way.`);
}
