/**
 * Decodes a device list of Tailscale's API at a stretch, for tests.
 *
 * @module
 */

import type { DeviceList } from "../../src/control/device.ts";
import { DeviceDecoder } from "../../src/control/device_list.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { DEVICE_LIST } from "../../src/tailscale/device_decoder.ts";

/**
 * The devices of a text.
 *
 * @throws {ApiError} As {@linkcode DeviceDecoder.decode}.
 */
export function decodeDevices(text: string, redactor: Redactor = new Redactor()): DeviceList {
  return new DeviceDecoder(DEVICE_LIST, redactor).decodeNow(text);
}
