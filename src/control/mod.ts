/**
 * What all control planes have in common: the port that the fleet asks, devices as it knows them,
 * and requests with timeouts, retries, limits and a circuit breaker.
 *
 * @module
 */

export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
} from "./circuit_breaker.ts";
export type {
  ClientConnectivity,
  ClientFeature,
  DerpRegion,
  Device,
  DeviceList,
  RejectedDevice,
} from "./device.ts";
export type { ControlPlane, DeviceSource, OpenPlane, PlaneOptions, PlaneProfile } from "./plane.ts";
export type { ApiObserver, RequestOptions } from "./request.ts";
export { MAX_INLINE_WAIT_MS } from "./retry.ts";
