/**
 * Who may see the guarded paths, and what else is not for everybody: those with a client
 * certificate, where one is asked for, and with the token or a login, where there are any. Which
 * paths are guarded is `route.ts`'s matter, how often a client may ask `rate_limiter.ts`'s.
 *
 * @module
 */

import {
  createCredentialCheck,
  type CredentialCheck,
  type CredentialOptions,
} from "./credential.ts";
import type { RateLimiter } from "../rate_limiter.ts";
import { textReply } from "../reply.ts";
import { isOwnPage, type Sessions } from "./session.ts";

/** What {@linkcode createAdmission} is told. */
export interface AdmissionOptions extends CredentialOptions {
  /** Checks credentials. Default: by the token and the users above. */
  readonly check?: CredentialCheck | undefined;
  /** The sessions of browsers, which stand for a login. Default: none. */
  readonly sessions?: Pick<Sessions, "allows"> | undefined;
  /** Whether a client certificate is required, beside token or login. Default: false. */
  readonly wantsCertificate?: boolean | undefined;
}

/** Who asks. */
export interface Caller {
  /** The address at the other end of the connection. */
  readonly hostname: string;
  /** Whether it has shown a client certificate that was verified. Default: false. */
  readonly hasCertificate?: boolean | undefined;
}

/** Judges a request; undefined = it may pass, else the answer that refuses it. */
export type Admit = (
  request: Request,
  visitor: Caller,
) => Response | undefined | Promise<Response | undefined>;

/** Whether a request has a valid credential. */
export type TrustCheck = (request: Request, visitor: Caller) => boolean | Promise<boolean>;

/** What {@linkcode createTrustCheck} is told. */
export interface TrustOptions {
  /** Checks credentials; they must be required, because otherwise every request passes. */
  readonly admit: Admit;
  /** Counts guesses together with those at guarded paths. */
  readonly limiter: Pick<RateLimiter, "take">;
}

/**
 * Makes the check for the part of an open path's answer that is not for everybody. Requests without
 * a credential, such as probes, take nothing of their address's limit.
 */
export function createTrustCheck({ admit, limiter }: TrustOptions): TrustCheck {
  return (request, visitor) => {
    const { headers } = request;
    const hasAny = headers.has("authorization") || headers.has("cookie") ||
      visitor.hasCertificate === true;
    if (!hasAny || limiter.take(visitor.hostname) > 0) return false;
    const refusal = admit(request, visitor);
    return refusal instanceof Promise
      ? refusal.then((made) => made === undefined)
      : refusal === undefined;
  };
}

/** Makes the check of guarded paths. Without any option every request passes. */
export function createAdmission(options: AdmissionOptions): Admit {
  const { check = createCredentialCheck(options), sessions, users } = options;
  const { wantsCertificate = false } = options;
  const forms = users === undefined ? "a token" : "a token, or a user name and a password,";
  return (request, { hasCertificate, hostname }) => {
    if (wantsCertificate && hasCertificate !== true) {
      return textReply(403, "Forbidden: a certificate of TLS_CLIENT_CA_PEM is required.\n");
    }
    if (check === undefined || sessions?.allows(request) === true) return undefined;
    const authorization = request.headers.get("authorization");
    // The page shows its own form; for a challenge to a login the browser would show another one.
    if (sessions !== undefined && authorization === null && isOwnPage(request)) {
      return textReply(401, `Unauthorized: ${forms} is required.\n`);
    }
    return check(authorization, hostname);
  };
}
