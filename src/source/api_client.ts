/**
 * HTTP clients for APIs. They use the certificates of the settings and the environment's proxies,
 * which no client made later sees.
 *
 * @module
 */

import { ConfigError, describeError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { loginSecrets, type Secret } from "../secret/secret.ts";

/** The variables by which `fetch` chooses a proxy whenever a client is made. */
const PROXY_VARIABLES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);

/**
 * Makes a client that trusts a certificate besides the system's.
 *
 * @param caPem Certificates in PEM form; undefined = the system's alone.
 * @throws {ConfigError} If the platform, which alone parses the certificates, refuses them.
 */
export function createApiClient(
  caPem: string | undefined,
  runtime: Pick<Runtime, "createHttpClient">,
): Deno.HttpClient {
  if (caPem === undefined) return runtime.createHttpClient({});
  try {
    return runtime.createHttpClient({ caCerts: [caPem] });
  } catch (error) {
    const reason = describeError(error);
    throw new ConfigError([`Cannot use TLS_CA_PEM: ${reason}; want certificates in PEM form.`]);
  }
}

/**
 * Takes the proxy variables out of the environment, for good. A proxy without a scheme is one of
 * HTTP, as the platform takes it; otherwise `user:password@host` would be a scheme and a path.
 *
 * @returns What must not be shown of their logins: a proxy may echo it.
 */
export function withdrawProxies(
  runtime: Pick<Runtime, "deleteVariable" | "readVariable">,
): readonly Secret[] {
  return PROXY_VARIABLES.flatMap((name) => {
    const value = runtime.readVariable(name) ?? "";
    const url = URL.parse(value.includes("://") ? value : `http://${value}`);
    runtime.deleteVariable(name);
    if (url === null || url.username + url.password === "") return [];
    return loginSecrets(decodeQuietly(url.username), decodeQuietly(url.password));
  });
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
