/**
 * The client of the Tailscale API: one call, the device list with all its fields. Routes and
 * latencies are in it, so there is never a call for a single device.
 *
 * @module
 */

import { ApiError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { DeviceList } from "./device.ts";
import { DeviceDecoder } from "./device_list.ts";
import { Redactor } from "../redactor.ts";
import { createSend, elapsedOf, isTimeout, type RequestOptions } from "./request.ts";
import { clientCredentials, staticToken, type TokenSource } from "./token.ts";

export type { ApiEndpoint } from "./refusal.ts";
export type { ApiObserver } from "./request.ts";

/** How the client shows who it is. */
export type Credentials =
  /** An OAuth client: access tokens are fetched and renewed. */
  | { readonly kind: "oauth"; readonly clientId: string; readonly clientSecret: Secret }
  /** An API access token, or an access token made elsewhere. */
  | { readonly kind: "token"; readonly token: Secret };

/** What {@linkcode createApi} is told. */
export interface ApiOptions extends RequestOptions {
  /** With its path, `https://api.tailscale.com/api/v2`; a trailing slash makes no difference. */
  readonly baseUrl: URL;
  /** Name or id of the tailnet; "-" is the one that the credentials belong to. */
  readonly tailnet: string;
  /** An OAuth client or a token. */
  readonly credentials: Credentials;
  /** Knows the credential's secret, and whatever else must not be shown; made here unless given. */
  readonly redactor?: Redactor;
}

/** What we ask of a tailnet. */
export interface TailnetApi {
  /**
   * All devices of the tailnet, in one call.
   *
   * @throws {ApiError} For every failure; its message tells what failed and what to do.
   * @throws The signal's reason, if the caller gives up for another reason than a timeout.
   */
  listDevices(signal?: AbortSignal): Promise<DeviceList>;
}

/** A client, and what it knows about its own credential. */
export interface ApiClient extends TailnetApi {
  /** Unix seconds at which the access token ends; undefined for a token that was given. */
  tokenExpiresAtSeconds(): number | undefined;
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
export function createApi(options: ApiOptions): ApiClient {
  const { baseUrl, tailnet, credentials } = options;
  if (baseUrl.username !== "" || baseUrl.password !== "") {
    throw new TypeError("Cannot use the API's base URL: it holds user info");
  }
  const devicesUrl = join(baseUrl, ["tailnet", tailnet, "devices"]);
  devicesUrl.search = "?fields=all";
  const isOauth = credentials.kind === "oauth";
  const secret = isOauth ? credentials.clientSecret : credentials.token;
  const redactor = options.redactor ?? new Redactor([secret]);
  const decoder = new DeviceDecoder(redactor);
  const send = createSend(redactor, options);
  const elapsed = elapsedOf(options);
  const tokens: TokenSource = isOauth
    ? clientCredentials({
      url: join(baseUrl, ["oauth", "token"]),
      clientId: credentials.clientId,
      clientSecret: credentials.clientSecret,
      send,
      redactor,
      now: options.now ?? (() => Date.now()),
      elapsed,
    })
    : staticToken(credentials.token);

  function getDevices(token: string, signal?: AbortSignal): Promise<DeviceList> {
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    return send({
      endpoint: "devices",
      doing: `list the devices of tailnet ${redactor.quote(tailnet)}`,
      url: devicesUrl,
      method: "GET",
      headers,
      tailnet,
      credential: credentials.kind,
      read: (body) => decoder.decode(body, { elapsed }),
    }, signal);
  }

  async function getDevicesWithAnyToken(signal?: AbortSignal): Promise<DeviceList> {
    const token = await tokens.token(signal);
    try {
      return await getDevices(token, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure !== "unauthorized") throw error;
      tokens.invalidate(token);
      const renewed = await tokens.token(signal);
      if (renewed === token) throw error;
      return await getDevices(renewed, signal);
    }
  }

  return {
    async listDevices(signal) {
      try {
        return await getDevicesWithAnyToken(signal);
      } catch (error) {
        if (!isTimeout(error)) throw error;
        const problem = "the caller's time was over before there was an access token";
        throw new ApiError("timeout", `Cannot list the devices: ${problem}`, { cause: error });
      }
    },
    tokenExpiresAtSeconds: () => tokens.expiresAtSeconds(),
  };
}

/** The base URL with further path elements, each escaped; query and fragment are dropped. */
function join(base: URL, elements: readonly string[]): URL {
  const escaped = elements.map((element) => {
    // A URL resolves these away, whatever escape they are written with.
    if (element === "" || element === "." || element === "..") {
      throw new TypeError(`Cannot use the tailnet "${element}": wanted a name, an id or "-"`);
    }
    return encodeURIComponent(element.toWellFormed());
  });
  const path = [base.pathname.replace(/\/+$/, ""), ...escaped].join("/");
  return new URL(path, base.origin);
}
