/**
 * Lines about requests that have `X-Forwarded-For` and `Tailscale-User-Login` in their headers, in
 * the formats that can have them.
 *
 * @module
 */

/** A line by the name of what writes it. */
export const LOGIN_LINES: Readonly<
  Record<string, (address: string, forwarded: string, login: string) => string>
> = {
  Caddy: (address, forwarded, login) =>
    JSON.stringify({
      ts: 1769904000,
      request: {
        remote_ip: address,
        client_ip: address,
        method: "GET",
        uri: "/",
        headers: { "X-Forwarded-For": [forwarded], "Tailscale-User-Login": [login] },
      },
      status: 200,
    }),
  nginx: (address, forwarded, login) =>
    JSON.stringify({
      time_iso8601: "2026-02-01T00:00:00+00:00",
      remote_addr: address,
      http_x_forwarded_for: forwarded,
      http_tailscale_user_login: login,
      request: "GET / HTTP/1.1",
      status: 200,
    }),
  Traefik: (address, forwarded, login) =>
    JSON.stringify({
      StartUTC: "2026-02-01T00:00:00Z",
      ClientHost: address,
      "request_X-Forwarded-For": forwarded,
      "request_Tailscale-User-Login": login,
      RequestMethod: "GET",
      RequestPath: "/",
      DownstreamStatus: 200,
    }),
  text: (address, forwarded, login) =>
    `${address} - - [01/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 10 "${forwarded}" "${login}"`,
};
