/**
 * The client of headscale's API v1: one call for the list of all nodes, and one an hour for the
 * expiry of the key. There is never a call for a single node: headscale hashes the key at each
 * call, which costs it about 85 ms of CPU.
 *
 * @module
 */

import { DeviceDecoder } from "../control/device_list.ts";
import type { Device, DeviceList } from "../control/device.ts";
import { createGet } from "../control/get.ts";
import type { ControlPlane, PlaneOptions } from "../control/plane.ts";
import { createSend, elapsedOf } from "../control/request.ts";
import { joinUrl } from "../control/url.ts";
import { ApiError } from "../errors.ts";
import { joinText } from "../json/body.ts";
import { Redactor } from "../secret/redactor.ts";
import type { Secret } from "../secret/secret.ts";
import { HEADSCALE_DIALECT } from "./advice.ts";
import { readKeyExpiry } from "./api_key.ts";
import { NODE_LIST } from "./device_decoder.ts";
import { HEADSCALE_PROFILE } from "./profile.ts";

/** Options for {@linkcode createHeadscaleApi}. */
export interface HeadscaleOptions extends PlaneOptions {
  /** The API with its path, `https://headscale.example/api/v1`. */
  readonly baseUrl: URL;
  /** An API key. */
  readonly apiKey: Secret;
}

/** How often the expiry of the key is asked for. */
const EXPIRY_INTERVAL_MS = 3_600_000;

/** The most bytes of the list of API keys: some 6,000 of them. */
const MAX_KEYS_BYTES = 1 << 20;

/**
 * A client for one headscale. It may be used by several callers at a time; opens nothing before the
 * first call.
 *
 * Source: headscale 0.29.3, `gen/openapiv2/headscale/v1/headscale.swagger.json`
 */
export function createHeadscaleApi(options: HeadscaleOptions): ControlPlane {
  const { apiKey, baseUrl, isOneShot = false } = options;
  const redactor = options.redactor ?? new Redactor([apiKey]);
  const decoder = new DeviceDecoder(NODE_LIST, redactor);
  const send = createSend(HEADSCALE_DIALECT, redactor, options);
  const elapsed = elapsedOf(options);
  const get = createGet(send, {
    token: () => Promise.resolve(apiKey.reveal()),
    invalidate() {},
    expiresAtSeconds: () => expiresAtSeconds,
  });
  const nodesUrl = joinUrl(baseUrl, "node");
  let expiresAtSeconds: number | undefined;
  // A one-shot command has no use for it.
  let expiryDueMs = isOneShot ? Infinity : -Infinity;

  async function askExpiry(signal?: AbortSignal): Promise<void> {
    expiresAtSeconds = await get({
      endpoint: "api_keys",
      doing: "list the API keys of headscale",
      url: joinUrl(baseUrl, "apikey"),
      maxBytes: MAX_KEYS_BYTES,
      read: async (body) => readKeyExpiry(await joinText(body), apiKey),
    }, signal);
  }

  return {
    profile: HEADSCALE_PROFILE,
    async listDevices(signal) {
      const list = await get({
        endpoint: "devices",
        doing: "list the nodes of headscale",
        url: nodesUrl,
        read: async (body) => checkVersion(await decoder.decode(body, { elapsed }), nodesUrl.host),
      }, signal);
      if (elapsed() >= expiryDueMs) {
        expiryDueMs = elapsed() + EXPIRY_INTERVAL_MS;
        // Not awaited: if it fails, the expiry stays unknown, or what it was.
        askExpiry(signal).catch(() => {});
      }
      return list;
    },
    credentialExpiresAtSeconds: () => expiresAtSeconds,
  };
}

/** Refuses the list of a headscale that does not list routes with its nodes. */
function checkVersion(list: DeviceList, host: string): DeviceList {
  const { devices } = list;
  if (devices.length === 0 || devices.some(hasRoutes)) return list;
  const problem = `${host} lists its nodes without routes, as headscale did before 0.26`;
  throw new ApiError("malformed", `Cannot use the nodes of headscale: ${problem}; update it`, {
    status: 200,
  });
}

function hasRoutes({ enabledRoutes }: Device): boolean {
  return enabledRoutes !== undefined;
}
