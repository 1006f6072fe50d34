/**
 * Logins of browsers: the token, or name and password, sent once, are exchanged for a cookie that
 * scripts cannot read.
 * Cookies are signed by a key of this process, so that a restart ends all sessions; nothing is
 * kept for a session but that it was ended.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { CredentialCheck } from "./credential.ts";
import { RateLimiter } from "../rate_limiter.ts";
import { textReply } from "../reply.ts";

/** How long a session lasts, in milliseconds. */
const SESSION_MS = 12 * 3_600_000;

/** Logins of an address: a burst, then one in ten seconds. Tokens must not be guessed. */
const LOGIN_LIMIT = { rps: 0.1, burst: 5 } as const;

/** Maximum number of sessions that were ended before their time. */
const MAX_ENDED = 1_000;

const COOKIE = "tsmetrics_session";

/**
 * Cookies of a request that are verified: a browser sends one for each path prefix. A head has room
 * for 700, which would take 30 ms.
 */
const MAX_COOKIES = 4;

/** What {@linkcode Sessions} is told. */
export interface SessionsOptions {
  /** Checks what a login carries. */
  readonly check: CredentialCheck;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** The key of the signatures. Default: random. */
  readonly key?: Uint8Array;
}

/** A session that is watched. */
export interface WatchedSession {
  /** When it ends at the latest, by the monotonic clock, in milliseconds. */
  readonly expiresMs: number;
  /** Ends the watch. */
  readonly unwatch: () => void;
}

/** The sessions of browsers. */
export class Sessions {
  readonly #check: CredentialCheck;
  readonly #now: () => number;
  readonly #key: Uint8Array;
  readonly #limiter: RateLimiter;
  readonly #ended = new Set<string>();
  readonly #watched = new Map<string, Set<() => void>>();

  /** No browser is logged in. */
  constructor({ check, key = randomBytes(32), now }: SessionsOptions) {
    this.#check = check;
    this.#now = now ?? (() => performance.now());
    this.#key = key;
    this.#limiter = new RateLimiter({ ...LOGIN_LIMIT, now: this.#now });
  }

  /** Whether a request has the cookie of a session that lasts. */
  allows(request: Request): boolean {
    return this.#sessionOf(request) !== undefined;
  }

  /**
   * Watches the session of a request, for an answer that outlives the check of its cookie.
   *
   * @param onLogout Called when the session is ended before its time.
   * @returns undefined if the request has no session.
   */
  watch(request: Request, onLogout: () => void): WatchedSession | undefined {
    const session = this.#sessionOf(request);
    if (session === undefined) return undefined;
    const watchers = this.#watched.get(session) ?? new Set();
    this.#watched.set(session, watchers.add(onLogout));
    return {
      expiresMs: Number.parseInt(session),
      unwatch: () => {
        watchers.delete(onLogout);
        if (watchers.size === 0) this.#watched.delete(session);
      },
    };
  }

  /** Answers POST /login, whose `Authorization` header has the token, or name and password. */
  login(request: Request, hostname: string): Response | Promise<Response> {
    const waitMs = this.#limiter.take(hostname);
    if (waitMs > 0) {
      const headers = { "retry-after": String(Math.ceil(waitMs / 1000)) };
      return textReply(429, "Too Many Requests: too many logins.\n", headers);
    }
    const refusal = this.#check(request.headers.get("authorization"), hostname);
    return refusal instanceof Promise
      ? refusal.then((made) => this.#begin(request, made))
      : this.#begin(request, refusal);
  }

  #begin(request: Request, refusal: Response | undefined): Response {
    if (refusal !== undefined) {
      // A challenge would make the browser ask in a window of its own.
      refusal.headers.delete("www-authenticate");
      return refusal;
    }
    const session = `${Math.round(this.#now() + SESSION_MS)}.${randomBytes(12).toString("hex")}`;
    const value = `${session}.${this.#sign(session)}`;
    return this.#setCookie(request, value, SESSION_MS / 1000);
  }

  /** Answers POST /logout. */
  logout(request: Request): Response {
    const session = this.#sessionOf(request);
    if (session !== undefined) {
      const [oldest] = this.#ended;
      if (this.#ended.size >= MAX_ENDED && oldest !== undefined) this.#ended.delete(oldest);
      this.#ended.add(session);
      for (const onLogout of [...this.#watched.get(session) ?? []]) onLogout();
    }
    return this.#setCookie(request, "", 0);
  }

  /** The session of a request's cookie, if it lasts. */
  #sessionOf(request: Request): string | undefined {
    let verified = 0;
    for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
      const [, expires, nonce, signature] =
        /^\s*tsmetrics_session=(\d{1,15})\.([0-9a-f]{24})\.([\w-]{43})\s*$/.exec(pair) ?? [];
      if (expires === undefined || signature === undefined) continue;
      if (++verified > MAX_COOKIES) return undefined;
      const session = `${expires}.${nonce}`;
      const isSigned = timingSafeEqual(
        new TextEncoder().encode(this.#sign(session)),
        new TextEncoder().encode(signature),
      );
      const lasts = Number(expires) > this.#now() && !this.#ended.has(session);
      if (isSigned && lasts) return session;
    }
    return undefined;
  }

  #sign(session: string): string {
    return createHmac("sha256", this.#key).update(session).digest("base64url");
  }

  /** No path: a browser takes that of the request, so that a path prefix is part of it. */
  #setCookie(request: Request, value: string, seconds: number): Response {
    const secure = request.url.startsWith("https:") ? "; Secure" : "";
    return new Response(null, {
      status: 204,
      headers: {
        "set-cookie": `${COOKIE}=${value}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
      },
    });
  }
}

/**
 * Whether a request was made by the page itself: another site cannot set this header without asking
 * first, which is not answered.
 */
export function isOwnPage(request: Request): boolean {
  return request.headers.get("x-requested-with") === "tsmetrics";
}

/**
 * Whether a browser sent a request, of any page: it names that page in what it posts, and no other
 * client does.
 */
export function isFromBrowser({ headers }: Request): boolean {
  return headers.has("origin") || headers.has("sec-fetch-site");
}
