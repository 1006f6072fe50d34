/**
 * A request in, a response out: path, rate limit, access, method, answer, headers, in this order.
 * It never throws and never repeats what it was sent, but for the host in `/sd/shards` and refused
 * parameters of the JSON API.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import type { Secret } from "../secret/secret.ts";
import { pathOf } from "./_request_path.ts";
import { LogThrottle } from "./_log_throttle.ts";
import { withoutPrefix } from "./_prefix.ts";
import { UnreadAnswers } from "./_unread.ts";
import { createAdmission, createTrustCheck } from "./auth/admission.ts";
import { createCredentialCheck } from "./auth/credential.ts";
import type { Delay } from "../time/delay.ts";
import { LargeAnswers } from "./large.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { createMetricsAnswer } from "./metrics.ts";
import type { Compare, User } from "./auth/password.ts";
import { finishReply, Reply, textReply } from "./reply.ts";
import { isLocal, type Remote } from "./server/remote.ts";
import { ALLOWED_METHODS, createRoutes, findRoute, type Route } from "./route.ts";
import { isFromBrowser, isOwnPage, Sessions } from "./auth/session.ts";
import type { Views } from "./view.ts";

/** Answers requests; what {@linkcode serve} is given. */
export type Handler = (request: Request, remote: Remote) => Response | Promise<Response>;

/** Options for {@linkcode createHandler}. */
export interface HandlerOptions {
  /** What there is to show. */
  readonly views: Views;
  /** Host and port of this server for service discovery. Default: the request's `Host`. */
  readonly sdAddress?: string | undefined;
  /** Path prefix at which everything is served, too, "/tsmetrics". Default: none. */
  readonly routePrefix?: string | undefined;
  /** Required as a bearer token on guarded paths. Default: none, so that they are open. */
  readonly metricsToken?: Secret | undefined;
  /** Who may log in by name and password instead. Default: no users. */
  readonly users?: readonly User[] | undefined;
  /** Whether all paths but health and probes require a client certificate. Default: false. */
  readonly wantsCertificate?: boolean | undefined;
  /** Compares a password with a bcrypt hash. Default: `bcryptjs`, loaded with the first login. */
  readonly compare?: Compare | undefined;
  /** Requests an address may make: a second in the long run, and at once. */
  readonly rateLimit: { readonly rps: number; readonly burst: number };
  /** Maximum number of concurrent pages. Default: 40. */
  readonly maxInFlight?: number;
  /** Maximum number of unread responses of an address. Default: 20. */
  readonly maxUnread?: number;
  /** Milliseconds that a reader of a page may stall. Default: 30 s. */
  readonly stallMs?: number;
  /** The wait for that. Default: a timer. */
  readonly delay?: Delay;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** Hears of answers that failed, and of readers that were too slow. */
  readonly log?: Pick<Logger, "error" | "info" | "warning">;
}

/** Replies up to this size are kept for each reader that has not read them. */
const SMALL_BYTES = 64 * 1024;

/**
 * The one handler of the program.
 *
 * The limit comes before token, login and certificate, so that guessing is limited too; health and
 * probes are free of all. Where one is required, a path that does not exist wants it as well.
 */
export function createHandler(options: HandlerOptions): Handler {
  const { metricsToken, views, rateLimit, wantsCertificate, log } = options;
  const { maxInFlight, maxUnread = 20, stallMs, delay, now } = options;
  const limiter = new RateLimiter({ ...rateLimit, ...(now !== undefined && { now }) });
  const unread = new UnreadAnswers(maxUnread);
  const refused = new LogThrottle(now);
  const cuts = new LogThrottle(now);
  const large = new LargeAnswers({ smallBytes: SMALL_BYTES, delay, now, onCut });
  const check = createCredentialCheck(options);
  // With users alone the browser asks for name and password itself.
  const sessions = metricsToken && check && new Sessions({ check, now });
  const admit = createAdmission({ ...options, check, sessions });
  const asksForCredential = metricsToken !== undefined || options.users !== undefined ||
    wantsCertificate === true;
  const routes = createRoutes(
    views,
    createMetricsAnswer({
      page: views.page,
      ownShard: views.shard,
      ...(maxInFlight !== undefined && { maxInFlight }),
      ...(stallMs !== undefined && { stallMs }),
      ...(delay !== undefined && { delay }),
      ...(now !== undefined && { now }),
      ...(log !== undefined && { log }),
      onCut,
    }),
    {
      sdAddress: options.sdAddress,
      now,
      delay,
      sessions,
      isTrusted: asksForCredential ? createTrustCheck({ admit, limiter }) : undefined,
    },
  );

  /** Logs a reader that lost its place to another. */
  function onCut(address: string, stillMs: number): void {
    const untold = cuts.count();
    if (untold === undefined) return;
    log?.warning(
      "Aborted a response to {address}: it read nothing for {seconds} s, and all places are taken",
      { address, seconds: Math.round(stillMs / 1000), ...untold > 0 && { before: untold } },
    );
  }

  function refuseUnread({ hostname }: Remote): Response {
    if (refused.count() !== undefined) {
      const message = "Refusing requests of {address}: it has left {answers} responses unread";
      log?.warning(message, { address: hostname, answers: maxUnread });
    }
    return textReply(503, "Service Unavailable: too many unread responses.\n", {
      "retry-after": "1",
    });
  }

  /** Sends a reply as it is, or in pieces if it is large. */
  function send(reply: Response, request: Request, remote: Remote): Response {
    if (request.method === "HEAD" || !(reply instanceof Reply)) return reply;
    return large.send(reply, remote) ?? textReply(
      503,
      "Service Unavailable: too many large answers at once.\n",
      { "retry-after": "1" },
    );
  }

  function answer(request: Request, remote: Remote): Response | Promise<Response> {
    const path = pathOf(request);
    if (path === undefined) return textReply(400, "Bad Request\n");
    const route = findRoute(routes, path);
    if (route?.access !== "open") {
      const waitMs = limiter.take(remote.hostname);
      if (waitMs > 0) {
        const seconds = String(Math.ceil(waitMs / 1000));
        return textReply(429, "Too Many Requests\n", { "retry-after": seconds });
      }
      // Without sessions a browser is to ask for name and password itself.
      const isPublic = route?.access === "public" ||
        (sessions !== undefined && route?.isPublic?.(request) === true);
      const lacksCertificate = wantsCertificate === true && remote.hasCertificate !== true;
      const refusal = isPublic && !lacksCertificate ? undefined : admit(request, remote);
      if (refusal instanceof Promise) {
        return refusal.then((made) => made ?? answerAdmitted(route, path, request, remote));
      }
      if (refusal !== undefined) return refusal;
    }
    return answerAdmitted(route, path, request, remote);
  }

  function answerAdmitted(
    route: Route | undefined,
    path: string,
    request: Request,
    remote: Remote,
  ): Response | Promise<Response> {
    if (route === undefined) return textReply(404, "Not Found\n");
    if (route.access !== "open" && route.hasOwnSlots !== true) {
      if (unread.isFull(remote.hostname)) return refuseUnread(remote);
      if (remote.completed !== undefined) unread.add(remote.hostname, remote.completed());
    }
    const { methods = ALLOWED_METHODS } = route;
    if (!methods.includes(request.method)) {
      return textReply(405, "Method Not Allowed\n", { allow: methods.join(", ") });
    }
    const isForeign = route.takesBody === true ? isFromBrowser(request) : request.method === "POST";
    if (isForeign && !isOwnPage(request)) {
      return textReply(403, "Forbidden: wanted the header X-Requested-With: tsmetrics.\n");
    }
    if (route.takesBody === true && !asksForCredential && !isLocal(remote)) {
      const wanted = "Forbidden: set METRICS_TOKEN to take this from another machine.\n";
      return textReply(403, wanted);
    }
    const fail = (error: unknown) => {
      log?.error("Cannot answer {path}: {error}", { path, error: describeError(error) });
      return textReply(500, "Internal Server Error\n");
    };
    try {
      const reply = route.answer(request, remote);
      if (!(reply instanceof Promise)) return send(reply, request, remote);
      return reply.then((made) => send(made, request, remote)).catch(fail);
    } catch (error) {
      return fail(error);
    }
  }

  const { routePrefix } = options;
  return (sent, remote) => {
    const { method } = sent;
    const request = routePrefix === undefined ? sent : withoutPrefix(sent, routePrefix);
    const response = request instanceof Response ? request : answer(request, remote);
    return response instanceof Promise
      ? response.then((made) => finishReply(made, method))
      : finishReply(response, method);
  };
}
