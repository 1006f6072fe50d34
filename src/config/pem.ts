/**
 * Certificates and keys by value: the program may read no file, so PEM text comes by environment.
 * Only the shape is checked here, down to the outermost DER element; the TLS stack judges the
 * content.
 *
 * @module
 */

import { Secret } from "../secret/secret.ts";
import { defineKind, type Kind } from "./kind.ts";
import { quoteHidden } from "./quote.ts";

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s+[A-Za-z0-9+/=][A-Za-z0-9+/=\s]*-----END \1-----/g;

// `openssl ecparam -genkey` writes it before the key, which names the curve as well.
const EC_PARAMETERS = /-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----/g;

/** One or more certificates. */
export function certificatePem(): Kind<string> {
  return defineKind({
    placeholder: "PEM",
    wanted: "PEM text with one or more CERTIFICATE blocks (line ends may be written as \\n)",
    brief: "PEM text with one or more CERTIFICATE blocks",
    parse: (text) => parsePem(text, (label) => label === "CERTIFICATE"),
    describe: () => "set",
    // The value may be the key.
    quote: quoteHidden,
  });
}

/** One private key that needs no passphrase. */
export function privateKeyPem(): Kind<Secret> {
  return defineKind({
    placeholder: "PEM",
    wanted: "PEM text with one unencrypted PRIVATE KEY block (line ends may be written as \\n)",
    brief: "PEM text with one unencrypted PRIVATE KEY block",
    isSecret: true,
    parse: (text) => {
      const isWanted = (label: string) => /^(?:RSA |EC )?PRIVATE KEY$/.test(label);
      const pem = parsePem(text.replace(EC_PARAMETERS, ""), isWanted);
      return pem !== undefined && pem.split("-----BEGIN ").length === 2
        ? new Secret(pem)
        : undefined;
    },
    describe: () => "set",
    quote: quoteHidden,
  });
}

/** The text with real line ends, if it holds PEM blocks of the wanted labels and nothing else. */
function parsePem(text: string, isWanted: (label: string) => boolean): string | undefined {
  const pem = text.replaceAll("\\r", "").replaceAll("\\n", "\n").replaceAll("\r\n", "\n");
  const labels = [...pem.matchAll(BLOCK)].map((match) => match[1] ?? "");
  // Comments between blocks, which openssl writes, are left out: rustls has no use for them.
  const blocks = [...pem.matchAll(BLOCK)].map((match) => match[0]);
  if (labels.length === 0 || !labels.every(isWanted)) return undefined;
  if (!blocks.every(holdsSequence)) return undefined;
  return `${blocks.join("\n")}\n`;
}

/** Whether a block is base64 of one DER SEQUENCE, as certificates and keys of all kinds are. */
function holdsSequence(block: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(block.replace(/-----[^-]+-----/g, ""));
  } catch {
    return false;
  }
  const [tag, first = 0] = bytes;
  // Below 128 the length itself, above that in how many bytes it follows.
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  if (tag !== 0x30 || lengthBytes > 3 || first === 0x80) return false;
  let length = lengthBytes === 0 ? first : 0;
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 256 + byte;
  return bytes.length === 2 + lengthBytes + length;
}
