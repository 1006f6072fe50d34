/**
 * The probes: yes or no for whatever runs the program. Kubernetes' three speak JSON, Prometheus'
 * two speak text; all answer from memory.
 *
 * @module
 */

import { jsonReply, textReply } from "./reply.ts";

/** The paths of health and probes. */
const PROBES: ReadonlySet<string> = new Set([
  "/health",
  "/healthz",
  "/livez",
  "/readyz",
  "/startupz",
  "/-/healthy",
  "/-/ready",
]);

/**
 * Whether a path is that of health or a probe, which everybody may see.
 *
 * @param routePrefix Path prefix at which everything is served, too. Default: none.
 */
export function isProbe(path: string, routePrefix?: string): boolean {
  const hasPrefix = routePrefix !== undefined && path.startsWith(`${routePrefix}/`);
  return PROBES.has(hasPrefix ? path.slice(routePrefix.length) : path);
}

/** Answers `/livez`. */
export function answerLive(isAlive: boolean): Response {
  return isAlive ? jsonReply(200, { status: "ok" }) : jsonReply(503, { status: "unhealthy" });
}

/** Answers `/readyz`; `whyNot` is called if the page is not ready. */
export function answerReady(isReady: boolean, whyNot: () => string | undefined): Response {
  if (isReady) return jsonReply(200, { status: "ready" });
  return jsonReply(503, { status: "not ready", reason: whyNot() });
}

/** Answers `/startupz`. */
export function answerStarted(isStarted: boolean): Response {
  return isStarted
    ? jsonReply(200, { status: "started" })
    : jsonReply(503, { status: "not started" });
}

/** Answers `/-/healthy`. */
export function answerPrometheusHealthy(isAlive: boolean): Response {
  return isAlive
    ? textReply(200, "tsmetrics is healthy.\n")
    : textReply(503, "tsmetrics is not healthy.\n");
}

/** Answers `/-/ready`; `whyNot` is called if the page is not ready. */
export function answerPrometheusReady(
  isReady: boolean,
  whyNot: () => string | undefined,
): Response {
  if (isReady) return textReply(200, "tsmetrics is ready.\n");
  const lines = ["tsmetrics is not ready.", whyNot()].filter((line) => line !== undefined);
  return textReply(503, `${lines.join("\n")}\n`);
}
