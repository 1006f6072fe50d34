/**
 * What the program can collect from, as the help lists it and as the error of a start without any
 * names it.
 *
 * @module
 */

/** One thing to collect from. */
export interface SourceRow {
  /** The variables to set. */
  readonly variables: string;
  /** What is read then. */
  readonly what: string;
  /** What it needs besides. Default: nothing. */
  readonly needs?: string;
}

/** What the program collects from, of which one has to be set. */
export const SOURCES: readonly SourceRow[] = [
  {
    variables: "OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET",
    what: "a tailnet, by an OAuth client",
    needs: "with the scopes devices:core:read and devices:routes:read",
  },
  { variables: "OAUTH_TOKEN", what: "a tailnet, by an API access token" },
  { variables: "HEADSCALE_URL and HEADSCALE_API_KEY", what: "a headscale" },
  { variables: "LOCALAPI_SOCKET", what: "this host's tailscaled, with tsmetrics-host" },
  { variables: "LOCALAPI_URL", what: "a host's tailscaled, through a TCP forward" },
  { variables: "BRIDGE_URL", what: "a host's tailscaled, through its tsmetrics-host" },
  { variables: "TEST_DEVICES=demo", what: "a simulated tailnet" },
];

/** Says that none is set, and which can be. */
export function explainNoSource(): string {
  const ways = SOURCES.map(({ needs, variables, what }) =>
    `${variables} for ${what}${needs === undefined ? "" : ` ${needs}`}`
  );
  return `No data source is configured. Set one of: ${ways.join("; ")}.`;
}
