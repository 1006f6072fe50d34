/**
 * What a path of the bridge asks of tailscaled, if it is one of the three: nothing that came from
 * outside is passed on but an address in its canonical spelling.
 *
 * @module
 */

import { bracketed, canonicalAddress } from "../cidr.ts";
import type { RawRequest } from "../tailscale/local/mod.ts";

/** A path of the bridge. */
export type BridgeTarget =
  /** A call to make. */
  | { readonly kind: "call"; readonly request: RawRequest; readonly contentType: string }
  /** `/whois/` with something that is no address. */
  | { readonly kind: "no_address" }
  /** Any other path. */
  | { readonly kind: "unknown" };

const JSON_TYPE = "application/json";

/** The three calls share few headers; the page is the text format that Prometheus reads. */
const FIXED: ReadonlyMap<string, BridgeTarget> = new Map([
  ["/status", { kind: "call", request: { endpoint: "status" }, contentType: JSON_TYPE }],
  ["/usermetrics", {
    kind: "call",
    request: { endpoint: "usermetrics" },
    contentType: "text/plain; version=0.0.4; charset=utf-8",
  }],
]);

const WHOIS = "/whois/";

/** What a path asks for; `path` is as it stands in the URL. */
export function readBridgePath(path: string): BridgeTarget {
  if (!path.startsWith(WHOIS)) return FIXED.get(path) ?? { kind: "unknown" };
  const addr = readAddress(path.slice(WHOIS.length));
  if (addr === undefined) return { kind: "no_address" };
  const request = { endpoint: "whois", query: { addr } } as const;
  return { kind: "call", request, contentType: JSON_TYPE };
}

/**
 * An address, or one with a port as tailscaled takes it for connections it forwarded itself. Two
 * spellings of one address come out as the same text.
 *
 * Shape: "FD7A:115C:A1E0:0::2" or "%5Bfd7a:115c:a1e0::2%5D" → "fd7a:115c:a1e0::2",
 * "%5Bfd7a::2%5D:80" → "[fd7a::2]:80"
 */
function readAddress(escaped: string): string | undefined {
  const text = unescape(escaped);
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  const [, inBrackets, plain, port] =
    /^(?:\[([^\]]+)\](?=:|$)|([^:[\]]+)(?=:))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const host = canonicalAddress(inBrackets ?? plain ?? "");
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  // Brackets belong to IPv6 and to nothing else.
  if ((inBrackets !== undefined) !== (inBrackets ?? "").includes(":")) return undefined;
  return port === undefined ? host : `${bracketed(host)}:${port}`;
}

function unescape(text: string): string {
  // The longest address with a port has 53 characters, escaped three times as many.
  if (text.length > 160) return "";
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
