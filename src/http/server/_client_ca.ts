/**
 * Judges the certificates of `TLS_CLIENT_CA_PEM` before a port is opened: the platform takes any,
 * and then verifies no client.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { ConfigError, describeError } from "../../errors.ts";

/** The certificates of a PEM text, one text each. */
export function splitPem(pem: string): readonly string[] {
  return pem.split(/(?=-----BEGIN )/);
}

/**
 * Checks that each certificate can be read and is that of an authority.
 *
 * @throws {ConfigError} If one is not, with its number.
 */
export function checkClientCa(pem: string): void {
  const want = "want the certificates of the authorities that sign those of the clients";
  const faults = splitPem(pem).flatMap((text, index) => {
    const reason = faultOf(text);
    return reason === undefined
      ? []
      : [`Cannot use TLS_CLIENT_CA_PEM: certificate ${index + 1} ${reason}; ${want}.`];
  });
  if (faults.length > 0) throw new ConfigError(faults);
}

function faultOf(text: string): string | undefined {
  try {
    return new X509Certificate(text).ca ? undefined : "is not that of an authority (CA:FALSE)";
  } catch (error) {
    return `cannot be read (${describeError(error)})`;
  }
}
