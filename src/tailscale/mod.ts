/**
 * What Tailscale says on the wire: the client of its API and the devices that it lists.
 *
 * @module
 */

export {
  type ApiClient,
  type ApiEndpoint,
  type ApiObserver,
  type ApiOptions,
  createApi,
  type Credentials,
  type TailnetApi,
} from "./api.ts";
export { CircuitBreaker, type CircuitBreakerOptions, type CircuitState } from "./breaker.ts";
export type {
  ClientConnectivity,
  ClientFeature,
  DerpRegion,
  Device,
  DeviceList,
  RejectedDevice,
} from "./device.ts";
export { decodeDevices } from "./device_list.ts";
export { MAX_INLINE_WAIT_MS } from "./retry.ts";
