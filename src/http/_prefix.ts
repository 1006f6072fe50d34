/**
 * The path prefix of `WEB_ROUTE_PREFIX`: taken off before a request is answered, so that no other
 * part knows of it. Paths without it are answered, too, for probes and for proxies that take it off
 * themselves.
 *
 * @module
 */

import { pathOf } from "./_request_path.ts";

/**
 * The request without the prefix.
 *
 * @param prefix Such as "/tsmetrics".
 * @returns The request itself if it does not have the prefix; a redirect to the prefix with a slash
 * if it is the prefix alone, because the addresses in the page are relative.
 */
export function withoutPrefix(request: Request, prefix: string): Request | Response {
  const path = pathOf(request);
  if (path === prefix) {
    return new Response(null, { status: 308, headers: { location: `${prefix}/` } });
  }
  if (path?.startsWith(`${prefix}/`) !== true) return request;
  const url = new URL(request.url);
  url.pathname = path.slice(prefix.length);
  return new Request(url, request);
}
