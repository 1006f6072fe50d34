/**
 * What `/debug` shows of a device, from what the collectors know of it.
 *
 * @module
 */

import type { DeviceState } from "./collectors/mod.ts";
import type { DeviceReport } from "./http/mod.ts";

/** A device's state as `/debug` shows it. */
export function reportDevice(state: DeviceState): DeviceReport {
  return {
    id: state.device.id,
    name: state.device.name,
    isOnline: state.isOnline,
    scrape: {
      state: state.state,
      reason: state.reason,
      url: state.url,
      lastSuccessMs: state.lastSuccessMs,
      nextTryMs: state.nextTryMs,
    },
    leftOut: state.cuts,
  };
}
