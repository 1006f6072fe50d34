/**
 * Who may see the guarded paths: a client certificate, where one is asked for, and the token or a
 * login, where there are any. Which paths are guarded is `route.ts`'s matter, how often a client
 * may ask `rate_limiter.ts`'s.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Secret } from "../secret.ts";
import { LogThrottle } from "./_log_throttle.ts";
import { createTokenCheck } from "./auth.ts";
import { type Compare, PasswordCheck, type User, type Verdict } from "./password.ts";
import { textReply } from "./reply.ts";
import { isOwnPage, type Sessions } from "./session.ts";

/** What {@linkcode createAccess} is told. */
export interface AccessOptions {
  /** The bearer token. Default: none. */
  readonly metricsToken?: Secret | undefined;
  /** The sessions of browsers, which stand for the token. Default: none. */
  readonly sessions?: Pick<Sessions, "allows"> | undefined;
  /** Users with their hashes; with a token either is enough. Default: none. */
  readonly users?: readonly User[] | undefined;
  /** Whether a client certificate is required, beside token or login. Default: false. */
  readonly wantsCertificate?: boolean | undefined;
  /** Compares a password with a bcrypt hash. Default: `bcryptjs`, loaded with the first login. */
  readonly compare?: Compare | undefined;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Logs addresses that guess passwords, and what keeps them from being verified. */
  readonly log?: Pick<Logger, "error" | "warning"> | undefined;
}

/** Who asks. */
export interface Visitor {
  /** The address at the other end of the connection. */
  readonly hostname: string;
  /** Whether it has shown a client certificate that was verified. Default: false. */
  readonly hasCertificate?: boolean | undefined;
}

/** Judges a request; undefined = it may pass, else the answer that refuses it. */
export type Admit = (
  request: Request,
  visitor: Visitor,
) => Response | undefined | Promise<Response | undefined>;

/** The challenge for a login; without a charset browsers may send names in Latin-1. */
const BASIC = 'Basic realm="tsmetrics", charset="UTF-8"';

/** Makes the check of guarded paths. Without any option every request passes. */
export function createAccess(options: AccessOptions): Admit {
  const { metricsToken, sessions, users, wantsCertificate = false, compare, now, log } = options;
  const isAuthorized = metricsToken && createTokenCheck(metricsToken);
  const passwords = users && new PasswordCheck(users, { compare, now });
  const guessing = new LogThrottle(now);

  function refuse(authorization: string | null): Response {
    const hasToken = isAuthorized !== undefined;
    const hasUsers = passwords !== undefined;
    const why = authorization === null
      ? missingLogin(hasToken, hasUsers)
      : wrongLogin(hasToken, hasUsers);
    const schemes = [...hasToken ? ["Bearer"] : [], ...hasUsers ? [BASIC] : []];
    return textReply(401, `Unauthorized: ${why}.\n`, { "www-authenticate": schemes.join(", ") });
  }

  function answer(verdict: Verdict, authorization: string | null, { hostname }: Visitor) {
    if (verdict === "right") return undefined;
    if (verdict === "wrong") return refuse(authorization);
    const untold = guessing.count();
    if (untold !== undefined) {
      const message = "Refusing logins of {address}: too many wrong names or passwords";
      log?.warning(message, { address: hostname, ...untold > 0 && { before: untold } });
    }
    const seconds = String(Math.ceil(verdict.waitMs / 1000));
    return textReply(429, "Too Many Requests: too many wrong logins.\n", {
      "retry-after": seconds,
    });
  }

  function fail(error: unknown): Response {
    log?.error("Cannot verify a password: {error}", { error: describeError(error) });
    return textReply(503, "Service Unavailable: cannot verify passwords.\n");
  }

  return (request, visitor) => {
    if (wantsCertificate && visitor.hasCertificate !== true) {
      return textReply(403, "Forbidden: a certificate of TLS_CLIENT_CA_PEM is required.\n");
    }
    if (isAuthorized === undefined && passwords === undefined) return undefined;
    const authorization = request.headers.get("authorization");
    if (isAuthorized?.(authorization) === true) return undefined;
    if (sessions?.allows(request) === true) return undefined;
    // The page shows its own form; for a challenge to a login the browser would show another one.
    if (sessions !== undefined && authorization === null && isOwnPage(request)) {
      return textReply(401, "Unauthorized: a token is required.\n");
    }
    if (passwords === undefined) return refuse(authorization);
    const verdict = passwords.check(authorization, visitor.hostname);
    return verdict instanceof Promise
      ? verdict.then((made) => answer(made, authorization, visitor), fail)
      : answer(verdict, authorization, visitor);
  };
}

function missingLogin(hasToken: boolean, hasUsers: boolean): string {
  if (!hasUsers) return "a bearer token is required";
  return hasToken
    ? "a bearer token, or a user name and a password, is required"
    : "a user name and a password are required";
}

function wrongLogin(hasToken: boolean, hasUsers: boolean): string {
  if (!hasUsers) return "wanted the bearer token of METRICS_TOKEN, got another";
  return hasToken
    ? "wanted the bearer token of METRICS_TOKEN or a login of BASIC_AUTH_USERS, got another"
    : "wanted a login of BASIC_AUTH_USERS, got another";
}
