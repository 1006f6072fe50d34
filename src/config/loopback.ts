/**
 * Which hosts are this machine itself, so that what is sent there is read by nobody else.
 *
 * @module
 */

/** Whether a host, as a URL writes it, is this machine by itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}
