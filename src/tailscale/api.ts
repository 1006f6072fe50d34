/**
 * The client of the Tailscale API: one call, the device list with all its fields. Routes and
 * latencies are in it, so there is never a call for a single device.
 *
 * @module
 */

import { DeviceDecoder } from "../control/device_list.ts";
import { createGet, type TokenSource } from "../control/get.ts";
import type { ControlPlane, PlaneOptions } from "../control/plane.ts";
import { createSend, elapsedOf } from "../control/request.ts";
import { joinUrl } from "../control/url.ts";
import { Redactor } from "../secret/redactor.ts";
import type { Secret } from "../secret/secret.ts";
import { tailscaleDialect } from "./advice.ts";
import { DEVICE_LIST } from "./device_decoder.ts";
import { TAILSCALE_PROFILE } from "./profile.ts";
import { clientCredentials, staticToken } from "./token.ts";

/** How the client shows who it is. */
export type Credentials =
  /** An OAuth client: access tokens are fetched and renewed. */
  | { readonly kind: "oauth"; readonly clientId: string; readonly clientSecret: Secret }
  /** An API access token, or an access token made elsewhere. */
  | { readonly kind: "token"; readonly token: Secret };

/** Options for {@linkcode createApi}. */
export interface ApiOptions extends PlaneOptions {
  /** With its path, `https://api.tailscale.com/api/v2`; a trailing slash makes no difference. */
  readonly baseUrl: URL;
  /** Name or id of the tailnet; "-" is the one that the credentials belong to. */
  readonly tailnet: string;
  /** An OAuth client or a token. */
  readonly credentials: Credentials;
}

/**
 * A client for one tailnet. It may be used by several callers at a time; opens nothing before the
 * first call.
 *
 * A 401 renews the access token once; a second one is final.
 *
 * Source: Tailscale API v2, `listTailnetDevices` and `/oauth/token`
 *
 * @throws {TypeError} If the base URL holds user info, or the tailnet cannot be part of a path.
 */
export function createApi(options: ApiOptions): ControlPlane {
  const { baseUrl, tailnet, credentials } = options;
  if (baseUrl.username !== "" || baseUrl.password !== "") {
    throw new TypeError("Cannot use the API's base URL: it holds user info");
  }
  const devicesUrl = joinUrl(baseUrl, "tailnet", tailnet, "devices");
  devicesUrl.search = "?fields=all";
  const isOauth = credentials.kind === "oauth";
  const secret = isOauth ? credentials.clientSecret : credentials.token;
  const redactor = options.redactor ?? new Redactor([secret]);
  const decoder = new DeviceDecoder(DEVICE_LIST, redactor);
  const dialect = tailscaleDialect({ tailnet, credential: credentials.kind });
  const send = createSend(dialect, redactor, options);
  const elapsed = elapsedOf(options);
  const tokens: TokenSource = isOauth
    ? clientCredentials({
      url: joinUrl(baseUrl, "oauth", "token"),
      clientId: credentials.clientId,
      clientSecret: credentials.clientSecret,
      send,
      redactor,
      now: options.now ?? (() => Date.now()),
      elapsed,
    })
    : staticToken(credentials.token);
  const get = createGet(send, tokens);

  return {
    profile: TAILSCALE_PROFILE,
    listDevices: (signal) =>
      get({
        endpoint: "devices",
        doing: `list the devices of tailnet ${redactor.quote(tailnet)}`,
        scope: "the scope devices:core:read, and devices:routes:read for routes",
        url: devicesUrl,
        read: (body) => decoder.decode(body, { elapsed }),
      }, signal),
    credentialExpiresAtSeconds: () => tokens.expiresAtSeconds(),
  };
}
