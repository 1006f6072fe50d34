/**
 * Which paths there are, who may see them, and what answers them. A path is matched letter by
 * letter: no slash at the end, no decoding, so that no spelling of a guarded path looks like an
 * open one. The one prefix, `/api/`, is guarded.
 *
 * @module
 */

import { createDebugAnswer } from "./debug.ts";
import { answerHealth, answerHealthz } from "./health.ts";
import { answerLanding } from "./landing.ts";
import type { MetricsAnswer } from "./metrics.ts";
import {
  answerLive,
  answerPrometheusHealthy,
  answerPrometheusReady,
  answerReady,
  answerStarted,
} from "./probe.ts";
import { createDiscovery } from "./sd.ts";
import type { Views } from "./view.ts";

/** Who may see a path. */
export type Access =
  /**
   * Everybody, as often as they like: health and probes. They answer from memory in microseconds
   * and show counts only, and a probe must not fail because another client behind the same address
   * asks too often.
   */
  | "open"
  /** Those who hold the token, where there is one, and not more often than the limit. */
  | "guarded";

/** One path; it answers GET, and HEAD by the same function. */
export interface Route {
  /** Who may see it. */
  readonly access: Access;
  /** The answer; the signal ends one that is on its way, the address is that of who asks. */
  readonly answer: (
    request: Request,
    stop?: AbortSignal,
    hostname?: string,
  ) => Response | Promise<Response>;
}

/** The methods of every path, as the `Allow` header lists them. */
export const ALLOWED_METHODS: readonly string[] = ["GET", "HEAD"];

/** Options for {@linkcode createRoutes}. */
export interface RouteOptions {
  /**
   * Host and port at which service discovery says that this server is found. Default: those that
   * were asked at.
   */
  readonly sdAddress?: string | undefined;
  /** Monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** The route of all paths below `/api/`. */
const API = "/api/*";

/** The route of a path; undefined if there is none. */
export function findRoute(routes: ReadonlyMap<string, Route>, path: string): Route | undefined {
  return routes.get(path) ?? (path.startsWith("/api/") ? routes.get(API) : undefined);
}

/** All paths. */
export function createRoutes(
  views: Views,
  metrics: MetricsAnswer,
  options: RouteOptions = {},
): ReadonlyMap<string, Route> {
  const whyNot = () => views.health().reason;
  const discovery = createDiscovery({ views, address: options.sdAddress });
  let api: Promise<Route["answer"]> | undefined;
  async function answerApi(request: Request): Promise<Response> {
    api ??= import("./api.ts").then(({ createApiAnswer }) => createApiAnswer({ views }));
    return await (await api)(request);
  }
  return new Map<string, Route>([
    ["/", guarded(() => answerLanding(views.health()))],
    ["/metrics", guarded(metrics)],
    ["/sd/shards", guarded(discovery.shards)],
    ["/sd/devices", guarded(discovery.devices)],
    ["/sd/pages", guarded(discovery.pages)],
    ["/debug", guarded(createDebugAnswer(() => views.debug(), { now: options.now }))],
    [API, guarded(answerApi)],
    ["/health", open(() => answerHealth(views.health()))],
    ["/healthz", open(() => answerHealthz(views.health()))],
    ["/livez", open(() => answerLive(views.isAlive()))],
    ["/readyz", open(() => answerReady(views.isReady(), whyNot))],
    ["/startupz", open(() => answerStarted(views.isStarted()))],
    ["/-/healthy", open(() => answerPrometheusHealthy(views.isAlive()))],
    ["/-/ready", open(() => answerPrometheusReady(views.isReady(), whyNot))],
  ]);
}

function open(answer: Route["answer"]): Route {
  return { access: "open", answer };
}

function guarded(answer: Route["answer"]): Route {
  return { access: "guarded", answer };
}
