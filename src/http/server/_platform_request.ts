/**
 * A head as the request that the platform knows. The platform repairs what it is given: it changes
 * the case of methods and shortens paths. What it would change is refused here, since a proxy in
 * front of us has judged what was sent.
 *
 * @module
 */

import type { Head } from "./_request_head.ts";

/**
 * The request that was sent. Where the Host header makes no URL that has `localhost`, for the
 * handler looks at that header itself.
 *
 * Source: RFC 9110, 4.2 and 9.1; RFC 9112, 3.2
 *
 * @returns What is wrong with it, if it is none: "method" if we allow no such method, "target" if
 * its path is not the one that was sent, such as `/health/../metrics` or `/a#b`.
 */
export function requestOf(head: Head, scheme: string): Request | "method" | "target" {
  const { target, method } = head;
  // The platform makes none of the first; of the others it makes `HEAD` of `head`, whose answer has
  // no body, and whose client waits for one.
  if (/^(?:connect|trace|track)$/i.test(method) || method !== method.toUpperCase()) return "method";
  const url = urlOf(head, scheme);
  const path = /^(?:https?:\/\/[^/?@]+)?([^?]*)/i.exec(target)?.[1];
  const isSame = url !== undefined && url.pathname === (path || "/") && !target.includes("#");
  if (!isSame) return "target";
  const headers = head.headers.map(([name, value]): [string, string] => [name, value]);
  return new Request(url, { method, headers });
}

function urlOf({ target, headers }: Head, scheme: string): URL | undefined {
  if (!target.startsWith("/")) {
    return /^https?:\/\/[^/?]/i.test(target) ? URL.parse(target) ?? undefined : undefined;
  }
  const host = headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "";
  const url = /^$|[/?#@\\]/.test(host) ? null : URL.parse(`${scheme}://${host}${target}`);
  return url ?? URL.parse(`${scheme}://localhost${target}`) ?? undefined;
}
