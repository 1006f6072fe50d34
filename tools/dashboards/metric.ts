/**
 * The metrics that dashboards may ask for, by name: a name that no collector has does not compile.
 *
 * @module
 */

import type { MetricName } from "./_metric_name.ts";

/** `M.tailscale_device_online` is `"tailscale_device_online"`. */
export const M: { readonly [Name in MetricName]: Name } = new Proxy(
  {} as { readonly [Name in MetricName]: Name },
  { get: (_target, name) => name },
);
