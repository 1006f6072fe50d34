/**
 * Whether an `Authorization` header has the token, or name and password of a user, and the answer
 * that refuses it. One check serves guarded paths and the login of browsers, so that guesses at
 * either count together.
 *
 * @module
 */

import { describeError } from "../../errors.ts";
import type { Logger } from "../../log/log.ts";
import type { Secret } from "../../secret/secret.ts";
import { LogThrottle } from "../_log_throttle.ts";
import { createTokenCheck } from "./token_check.ts";
import { type Compare, PasswordCheck, type User, type Verdict } from "./password.ts";
import { textReply } from "../reply.ts";

/** What {@linkcode createCredentialCheck} is told. */
export interface CredentialOptions {
  /** The bearer token. Default: none. */
  readonly metricsToken?: Secret | undefined;
  /** Users with their hashes; with a token either is enough. Default: none. */
  readonly users?: readonly User[] | undefined;
  /** Compares a password with a bcrypt hash. Default: `bcryptjs`, loaded with the first login. */
  readonly compare?: Compare | undefined;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Logs addresses that guess passwords, and what keeps them from being verified. */
  readonly log?: Pick<Logger, "error" | "warning"> | undefined;
}

/** Judges an `Authorization` header, null for none; undefined = it may pass, else the
 * answer that refuses it. */
export type CredentialCheck = (
  authorization: string | null,
  hostname: string,
) => Response | undefined | Promise<Response | undefined>;

/** The challenge for a login; without a charset browsers may send names in Latin-1. */
const BASIC = 'Basic realm="tsmetrics", charset="UTF-8"';

/** Makes the check of token and logins; undefined where there are none. */
export function createCredentialCheck(options: CredentialOptions): CredentialCheck | undefined {
  const { compare, log, metricsToken, now, users } = options;
  const isAuthorized = metricsToken && createTokenCheck(metricsToken);
  const passwords = users && new PasswordCheck(users, { compare, now });
  if (isAuthorized === undefined && passwords === undefined) return undefined;
  const guessing = new LogThrottle(now);

  function refuse(authorization: string | null): Response {
    const hasToken = isAuthorized !== undefined;
    const hasUsers = passwords !== undefined;
    const why = authorization === null
      ? missingLogin(hasToken, hasUsers)
      : wrongLogin(hasToken, hasUsers);
    // Basic comes first: browsers look at the first scheme only.
    const schemes = [...hasUsers ? [BASIC] : [], ...hasToken ? ["Bearer"] : []];
    return textReply(401, `Unauthorized: ${why}.\n`, { "www-authenticate": schemes.join(", ") });
  }

  function answer(verdict: Verdict, authorization: string | null, hostname: string) {
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

  return (authorization, hostname) => {
    if (isAuthorized?.(authorization) === true) return undefined;
    if (passwords === undefined) return refuse(authorization);
    const verdict = passwords.check(authorization, hostname);
    return verdict instanceof Promise
      ? verdict.then((made) => answer(made, authorization, hostname), fail)
      : answer(verdict, authorization, hostname);
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
