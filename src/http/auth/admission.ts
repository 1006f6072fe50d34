/**
 * Who may see the guarded paths: a client certificate, where one is asked for, and the token or a
 * login, where there are any. Which paths are guarded is `route.ts`'s matter, how often a client
 * may ask `rate_limiter.ts`'s.
 *
 * @module
 */

import {
  createCredentialCheck,
  type CredentialCheck,
  type CredentialOptions,
} from "./credential.ts";
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
