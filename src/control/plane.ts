/**
 * The port for control planes: what the fleet asks of one, whichever product it is. Tailscale's API
 * and headscale's are two implementations of it. What differs between them is data, so that nothing
 * outside of an implementation asks which one it is.
 *
 * @module
 */

import type { ApiFailure } from "../errors.ts";
import type { Redactor } from "../secret/redactor.ts";
import type { Device, DeviceList } from "./device.ts";
import type { RequestOptions } from "./request.ts";

/** What a control plane is called, what its API lacks, and how its failures are summed up. */
export interface PlaneProfile {
  /** Its API in a sentence, "Tailscale API". */
  readonly apiName: string;
  /** Fields of a device that its API does not have; they are undefined in every list. */
  readonly missingFields: readonly (keyof Device)[];
  /** What an empty device list may mean. */
  readonly emptyListHint: string;
  /**
   * Each failure in a sentence for readers without a token: quotes no answer and names no host.
   */
  readonly reasons: Readonly<Record<ApiFailure, string>>;
}

/** Where device lists come from. */
export interface DeviceSource {
  /**
   * All devices of the tailnet, in one call.
   *
   * @throws {ApiError} For every failure; its message tells what failed and what to do.
   * @throws The signal's reason, if the caller gives up.
   */
  listDevices(signal?: AbortSignal): Promise<DeviceList>;
}

/** The client of a control plane's API. It opens nothing before the first call. */
export interface ControlPlane extends DeviceSource {
  /** What is known of it without a call. */
  readonly profile: PlaneProfile;
  /** Unix seconds at which the credential in use expires; undefined where that is not known. */
  credentialExpiresAtSeconds(): number | undefined;
}

/** How a client is made; where its API is and with which credential is decided already. */
export interface PlaneOptions extends RequestOptions {
  /** Hides the credential, and access tokens that are granted later, in messages. */
  readonly redactor?: Redactor;
}

/** Makes a client. */
export type OpenPlane = (options: PlaneOptions) => ControlPlane;

/**
 * The reasons of a profile, those that every API words alike filled in.
 *
 * @param apiName The API in a sentence, "Tailscale API".
 * @param own The others.
 */
export function failureReasons(
  apiName: string,
  own: Readonly<Record<"forbidden" | "malformed" | "not_found", string>>,
): PlaneProfile["reasons"] {
  return {
    unauthorized: `The ${apiName} rejects the credential: it is wrong, expired or revoked.`,
    rate_limited: `The ${apiName} is called too often (429).`,
    server: `The ${apiName} reports an error of its own (5xx).`,
    status: `The ${apiName} answers with an unexpected status.`,
    timeout: `The ${apiName} does not answer in time.`,
    network: `The ${apiName} cannot be reached.`,
    too_large: `The answer of the ${apiName} is larger than the limit.`,
    ...own,
  };
}
