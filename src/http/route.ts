/**
 * Which paths there are, who may see them, and what answers them. A path is matched letter by
 * letter: no slash at the end, no decoding, so that no spelling of a guarded path looks like an
 * open one. The prefixes `/api/` and `/health-monitoring/` are guarded.
 *
 * @module
 */

import type { TrustCheck } from "./auth/admission.ts";
import type { Delay } from "../time/delay.ts";
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
import type { Remote } from "./server/remote.ts";
import { createDiscovery } from "./sd.ts";
import type { Sessions } from "./auth/session.ts";
import type { Views } from "./view.ts";

/** Who may see a path. */
export type Access =
  /**
   * Everybody, as often as they like: health and probes. They answer from memory in microseconds
   * and show counts only; the URL to log in at takes a credential. A probe must not fail because
   * another client behind the same address asks too often.
   */
  | "open"
  /**
   * All clients, with a certificate where one is required, not more often than the limit: the
   * page's script and styles, the login.
   */
  | "public"
  /** Those who hold the token, where there is one, and not more often than the limit. */
  | "guarded";

/** One path; it answers GET, and HEAD by the same function, unless it names other methods. */
export interface Route {
  /** Who may see it. */
  readonly access: Access;
  /** Whether a request of a guarded path is answered with constants, so that it needs no token. */
  readonly isPublic?: (request: Request) => boolean;
  /** Its methods. Default: {@linkcode ALLOWED_METHODS}. */
  readonly methods?: readonly string[];
  /**
   * Whether it reads the request's body; of all other requests it is not read. It is sent by
   * programs, so that the header of our own page is not wanted.
   */
  readonly takesBody?: boolean;
  /** Whether it bounds its answers itself, so that they do not count as unread. Default: false. */
  readonly hasOwnSlots?: boolean;
  /** Answers a request. */
  readonly answer: (request: Request, remote: Remote) => Response | Promise<Response>;
}

/** The methods of nearly every path, as the `Allow` header lists them. */
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
  /** The wait between looks at event streams. Default: a timer. */
  readonly delay?: Delay | undefined;
  /** The sessions of browsers; undefined where there is no token. */
  readonly sessions?: Sessions | undefined;
  /** Whether a request has a valid credential; undefined where none is required. */
  readonly isTrusted?: TrustCheck | undefined;
}

/** The routes of all paths below these prefixes. */
const API = "/api/*", HEALTH_MONITORING = "/health-monitoring/*";

/** The route of a path; undefined if there is none. */
export function findRoute(routes: ReadonlyMap<string, Route>, path: string): Route | undefined {
  const known = routes.get(path);
  if (known !== undefined) return known;
  if (path.startsWith("/api/")) return routes.get(API);
  return path.startsWith("/health-monitoring/") ? routes.get(HEALTH_MONITORING) : undefined;
}

/** All paths. */
export function createRoutes(
  views: Views,
  metrics: MetricsAnswer,
  options: RouteOptions = {},
): ReadonlyMap<string, Route> {
  const { isTrusted, sessions } = options;
  /** Asks for a credential only where it changes the answer: a probe comes every few seconds. */
  function answerWholeHealth(request: Request, remote: Remote): Response | Promise<Response> {
    const report = views.health();
    if (report.ownNode?.loginUrl === undefined) return answerHealth(report);
    const verdict = isTrusted?.(request, remote) ?? false;
    return verdict instanceof Promise
      ? verdict.then((made) => answerHealth(report, made))
      : answerHealth(report, verdict);
  }
  const whyNot = () => views.health().reason;
  const discovery = createDiscovery({ views, address: options.sdAddress });
  let api: Promise<(request: Request) => Promise<Response>> | undefined;
  async function answerApi(request: Request): Promise<Response> {
    api ??= import("./json_api.ts").then(({ createApiAnswer }) => createApiAnswer({ views }));
    return await (await api)(request);
  }
  let stream: Promise<Route["answer"]> | undefined;
  async function answerStream(request: Request, remote: Remote): Promise<Response> {
    stream ??= import("./event_stream.ts").then(({ createEventStream }) =>
      createEventStream({ views, ...options })
    );
    return await (await stream)(request, remote);
  }
  let analytics: Promise<(request: Request) => Promise<Response>> | undefined;
  async function answerAnalytics(request: Request): Promise<Response> {
    analytics ??= import("./analytics.ts").then(({ createAnalyticsAnswer }) =>
      createAnalyticsAnswer({ views: views.analytics })
    );
    return await (await analytics)(request);
  }
  let intake: Promise<Route["answer"]> | undefined;
  async function answerIngest(request: Request, remote: Remote): Promise<Response> {
    intake ??= import("./ingest.ts").then(({ createIngestAnswer }) =>
      createIngestAnswer({ views: views.analytics })
    );
    return await (await intake)(request, remote);
  }
  return new Map<string, Route>([
    ["/", {
      ...guarded((request) => wantsHtml(request) ? shell() : answerLanding(views.health())),
      isPublic: wantsHtml,
    }],
    ["/vpn", { ...guarded(shell), isPublic: () => true }],
    ...["/ui/page.js", "/ui/page.css", "/ui/icon.svg"].map((path): [string, Route] => [
      path,
      { access: "public", answer: asset },
    ]),
    ["/login", post((request, hostname) => sessions?.login(request, hostname))],
    ["/logout", post((request) => sessions?.logout(request))],
    ["/metrics", guarded(metrics)],
    ["/sd/shards", guarded(discovery.shards)],
    ["/sd/devices", guarded(discovery.devices)],
    ["/sd/pages", guarded(discovery.pages)],
    ["/debug", guarded(createDebugAnswer(() => views.debug(), { now: options.now }))],
    ["/api/v1/events/stream", { ...guarded(answerStream), hasOwnSlots: true }],
    [API, { ...guarded(answerApi), methods: [...ALLOWED_METHODS, "POST"] }],
    [HEALTH_MONITORING, guarded(answerApi)],
    ["/analytics/devices", guarded(answerAnalytics)],
    ["/analytics/access-logs", guarded(answerAnalytics)],
    ["/analytics/dashboard-usage", guarded(answerAnalytics)],
    ["/analytics/quota-status", guarded(answerAnalytics)],
    ["/analytics/ingest", {
      access: "guarded",
      methods: ["POST"],
      takesBody: true,
      answer: answerIngest,
    }],
    ["/health", open(answerWholeHealth)],
    ["/healthz", open(() => answerHealthz(views.health()))],
    ["/livez", open(() => answerLive(views.isAlive()))],
    ["/readyz", open(() => answerReady(views.isReady(), whyNot))],
    ["/startupz", open(() => answerStarted(views.isStarted()))],
    ["/-/healthy", open(() => answerPrometheusHealthy(views.isAlive()))],
    ["/-/ready", open(() => answerPrometheusReady(views.isReady(), whyNot))],
  ]);
}

async function shell(): Promise<Response> {
  const { answerShell } = await import("./ui.ts");
  return answerShell();
}

async function asset(request: Request): Promise<Response> {
  const { answerAsset } = await import("./ui.ts");
  return answerAsset(request);
}

/**
 * Whether a request is a browser's for a document: it names HTML, where a wildcard takes anything.
 */
function wantsHtml(request: Request): boolean {
  return /\btext\/html\b/i.test(request.headers.get("accept") ?? "");
}

/** A path that changes something; without sessions there is nothing to change. */
function post(
  answer: (request: Request, hostname: string) => Response | Promise<Response> | undefined,
): Route {
  return {
    access: "public",
    methods: ["POST"],
    answer: (request, { hostname }) =>
      answer(request, hostname) ?? new Response(null, { status: 204 }),
  };
}

function open(answer: Route["answer"]): Route {
  return { access: "open", answer };
}

function guarded(answer: Route["answer"]): Route {
  return { access: "guarded", answer };
}
