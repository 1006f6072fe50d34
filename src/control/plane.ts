/**
 * The port for control planes: what the fleet asks of one, whichever product it is. Tailscale's API
 * and headscale's are two implementations of it.
 *
 * @module
 */

import type { DeviceList } from "./device.ts";

/** Where device lists come from. */
export interface DeviceSource {
  /**
   * All devices of the tailnet, in one call.
   *
   * @throws {ApiError} For every failure; its message tells what failed and what to do.
   * @throws The signal's reason, if the caller gives up for another reason than a timeout.
   */
  listDevices(signal?: AbortSignal): Promise<DeviceList>;
}

/** A control plane's API, and what it knows about its own credential. */
export interface ControlPlane extends DeviceSource {
  /** Unix seconds at which the credential in use expires; undefined where that is not known. */
  credentialExpiresAtSeconds(): number | undefined;
}
