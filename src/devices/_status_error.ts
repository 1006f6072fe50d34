/**
 * What an answer of a device other than 200 means, and what to do about it. A tailscaled answers a
 * scrape with 200 or fails; most other statuses come from another service on the same port.
 *
 * @module
 */

import { ScrapeError } from "../errors.ts";
import type { Target } from "./target.ts";

/** What to do about an answer that no tailscaled gives. */
export const OTHER_SERVICE = "another service answers on the port: check SCRAPE_PORTS";

/** The error of a device that answered with another status than 200. */
export function statusError(target: Target, status: number): ScrapeError {
  const message = `Cannot use ${target.url}: status ${status}, wanted 200: ${
    adviceFor(target, status)
  }`;
  return new ScrapeError("status", message, { status });
}

function adviceFor({ port }: Target, status: number): string {
  if (status === 401 || status === 407) {
    return "the service on the port wants a login, so it is not tailscaled: set " +
      "CLIENT_METRICS_PORT or SCRAPE_PORTS to the port of the device's metrics";
  }
  if (status === 403) {
    return "the service on the port refuses the exporter, so it is most likely not tailscaled: " +
      "check CLIENT_METRICS_PORT and SCRAPE_PORTS, and the access rules of that service";
  }
  if (status === 404 || status === 410) {
    // A container serves its health on the same port, with or without metrics.
    const cure = port === 9002
      ? "set `TS_ENABLE_METRICS=true` for the container"
      : "update Tailscale on the device to 1.78 or later";
    return `the service on the port has no /metrics: ${cure}, or, if it is another service, ` +
      "check CLIENT_METRICS_PORT and SCRAPE_PORTS";
  }
  if (status === 429) return "the device is scraped too often: raise SCRAPE_INTERVAL";
  if (status >= 500) {
    return "the device fails to make its metrics: look at the log of tailscaled there " +
      "(`journalctl -u tailscaled` on Linux), or restart it";
  }
  return OTHER_SERVICE;
}
