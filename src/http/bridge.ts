/**
 * The bridge: three reading calls to the tailscaled of this host for a program that may use the
 * network only, in another container for one. It passes on what tailscaled sent, and nothing that
 * it was sent itself but an address.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import { isLoopbackHost } from "../range.ts";
import type { Secret } from "../secret/secret.ts";
import { causeOf, type LocalApi, LocalApiError } from "../tailscale/local/mod.ts";
import { type SharedCauses, TroubleLog } from "../log/trouble.ts";
import { AnswerCache } from "./_bridge_cache.ts";
import { type BridgeTarget, readBridgePath } from "./_bridge_target.ts";
import { pathOf } from "./_request_path.ts";
import { createTokenCheck } from "./auth/token_check.ts";
import type { Delay } from "../time/delay.ts";
import type { Handler } from "./handler.ts";
import { LargeAnswers } from "./large.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { isLocal, type Remote } from "./server/remote.ts";
import { finishReply, jsonReply, Reply, type ReplyHeaders } from "./reply.ts";
import { ALLOWED_METHODS } from "./route.ts";
import { monotonicMs } from "../time/clock.ts";

/** Options for {@linkcode createBridgeHandler}. */
export interface BridgeOptions {
  /** Asks tailscaled. */
  readonly local: Pick<LocalApi, "raw">;
  /** Wanted as a bearer token: the setting BRIDGE_TOKEN. Without it only this host is answered. */
  readonly token?: Secret | undefined;
  /** Milliseconds for which an answer, or a failure, is cached. Default: 1 s. */
  readonly cacheMs?: number;
  /** Rate limit of each address. Default: 100 requests per second, bursts of 200. */
  readonly rateLimit?: { readonly rps: number; readonly burst: number };
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** The wait for stalled readers. Default: a timer. */
  readonly delay?: Delay;
  /** Hears when tailscaled cannot be asked, and when it can again. */
  readonly log?: Pick<Logger, "info" | "warning">;
  /** Causes that other parts which ask this tailscaled log as well. Default: none. */
  readonly causes?: SharedCauses;
}

/** What tailscaled said, or why it said nothing. */
type Outcome = Uint8Array<ArrayBuffer> | LocalApiError;

/** Addresses that whois was asked for in the last moment; 3 MB if each owner has a long name. */
const MAX_KEPT = 1_000;
/** Calls on their way; tailscaled answers one in a millisecond. */
const MAX_ASKED = 32;

/**
 * The handler of the bridge: `/status`, `/usermetrics` and `/whois/` with an address, by GET and
 * HEAD; everything else is refused. Every answer but the page of metrics is JSON, a refusal has its
 * reason in "error".
 *
 * Without a token it answers only who asks from this host by an address of loopback, or by
 * "localhost": a page in a browser could otherwise name a host of its own that leads here. As
 * tailscaled does, it refuses what a browser sends for a page.
 */
export function createBridgeHandler(options: BridgeOptions): Handler {
  const { local, token, cacheMs = 1_000, now = monotonicMs, log } = options;
  const limiter = new RateLimiter({ ...options.rateLimit ?? { rps: 100, burst: 200 }, now });
  const isAuthorized = token === undefined ? () => true : createTokenCheck(token);
  const cache = new AnswerCache<Outcome>({
    keepMs: cacheMs,
    maxKept: MAX_KEPT,
    maxAsked: MAX_ASKED,
    now,
  });
  const large = new LargeAnswers({ delay: options.delay, now });
  // By endpoint: a wedged tailscaled still gives its metrics, which proves nothing for the status.
  const trouble = log && new TroubleLog(log, options.causes);

  /** Why a request is not looked at, if so. Guessing the token is limited, too. */
  function refuse(request: Request, remote: Remote): Response | undefined {
    const waitMs = limiter.take(remote.hostname);
    if (waitMs > 0) {
      return refusal(429, "too many requests", { "retry-after": String(Math.ceil(waitMs / 1000)) });
    }
    if (!isAuthorized(request.headers.get("authorization"))) {
      return refusal(401, "wanted the bearer token of BRIDGE_TOKEN", {
        "www-authenticate": "Bearer",
      });
    }
    if (token === undefined && !(isLocal(remote) && isLocalName(request))) {
      return refusal(403, "without BRIDGE_TOKEN only 127.0.0.1, [::1] and localhost are answered");
    }
    if (request.headers.has("origin") || request.headers.has("referer")) {
      return refusal(403, "pages in a browser are not answered");
    }
    return undefined;
  }

  async function ask({ request }: BridgeTarget & { readonly kind: "call" }): Promise<Outcome> {
    try {
      const bytes = await local.raw(request);
      recovered(request.endpoint);
      return bytes;
    } catch (thrown) {
      const error = thrown instanceof LocalApiError
        ? thrown
        : new LocalApiError("malformed", describeError(thrown), { cause: thrown });
      if (isUnknown(request.endpoint, error)) recovered(request.endpoint);
      else {
        const message = "The bridge has no answer to pass on: {error}";
        const cause = causeOf(error) ?? error.message;
        trouble?.report(request.endpoint, message, { error: error.message }, { cause });
      }
      return error;
    }
  }

  function recovered(endpoint: string): void {
    trouble?.over(endpoint, "The bridge passes {endpoint} on again", { endpoint });
  }

  async function answer(request: Request, remote: Remote): Promise<Response> {
    const refused = refuse(request, remote);
    if (refused !== undefined) return refused;
    const path = pathOf(request);
    if (path === undefined) return refusal(400, "wanted a Host that is a name or an address");
    const target = readBridgePath(path);
    if (target.kind === "unknown") {
      return refusal(404, "no such path: there are /status, /whois/<address> and /usermetrics");
    }
    if (!ALLOWED_METHODS.includes(request.method)) {
      return refusal(405, "this only reads", { allow: ALLOWED_METHODS.join(", ") });
    }
    if (target.kind === "no_address") {
      return refusal(400, "wanted an IPv4 or IPv6 address, with or without a port, after /whois/");
    }
    const { endpoint, query } = target.request;
    const outcome = await cache.get(`${endpoint} ${query?.addr ?? ""}`, () => ask(target));
    if (outcome === undefined) return refusal(503, "too many questions at once", RETRY);
    if (outcome instanceof LocalApiError) return explain(endpoint, outcome);
    const reply = new Reply(outcome, 200, { "content-type": target.contentType });
    if (request.method === "HEAD") return reply;
    return large.send(reply, remote) ?? refusal(503, "too many large answers on their way", RETRY);
  }

  return async (request, remote) => {
    const response = finishReply(await answer(request, remote), request.method);
    response.headers.set("cross-origin-resource-policy", "same-origin");
    return response;
  };
}

const RETRY: ReplyHeaders = { "retry-after": "1" };

function refusal(status: number, error: string, headers: ReplyHeaders = {}): Response {
  const response = jsonReply(status, { error });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** The answer where tailscaled gave none: its own 404 for whom it does not know, else a 5xx. */
function explain(endpoint: string, error: LocalApiError): Response {
  // By these words a client tells an unknown address from an unknown path.
  if (isUnknown(endpoint, error)) return refusal(404, "no match for this address");
  if (error.failure === "timeout") return refusal(504, error.message, RETRY);
  if (error.status === 503) return refusal(503, error.message, RETRY);
  return refusal(502, error.message, RETRY);
}

/** Whether tailscaled knows no node at the address, which is no trouble. */
function isUnknown(endpoint: string, error: LocalApiError): boolean {
  return endpoint === "whois" && error.failure === "not_found" &&
    error.message.includes("no match for");
}

/**
 * Whether a request was sent to a name that can only mean this host; any port may stand with it.
 * An empty name means nothing: the platform has `localhost` for it.
 */
function isLocalName({ headers, url }: Request): boolean {
  if (headers.get("host") === "") return false;
  return isLoopbackHost(URL.parse(url)?.hostname ?? "");
}
