/**
 * The path of a request, which is not simply that of its URL.
 *
 * @module
 */

/**
 * The path that was asked for. The URL is made of the Host header and the path: one that makes no
 * URL leaves no path to look at, and one that goes on beyond the port brings a path of its own.
 *
 * @returns undefined if the Host header is one of these.
 */
export function pathOf(request: Request): string | undefined {
  const host = request.headers.get("host") ?? "";
  if (/[^\w.:[\]-]/.test(host) && !makesUrl(host)) return undefined;
  return URL.parse(request.url)?.pathname;
}

function makesUrl(host: string): boolean {
  return !/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`);
}
