/**
 * Names that other exporters and Tailscale's tools use for what we call otherwise: an exact table,
 * because these names are too far from ours for a guess by letters.
 *
 * @module
 */

/** A name of ours for another program's. */
export interface Ours {
  /** The variables that take its place; the first is the closest. */
  readonly variables: readonly string[];
  /** The name as "did you mean" shows it. */
  readonly words: string;
}

/**
 * Flags of Prometheus' exporters and of other exporters for Tailscale, without dashes in front,
 * and what to use here, as "use" shows it.
 */
const FLAGS: Readonly<Record<string, string>> = {
  "web.listen-address": "--bind-host and --port",
  "web.listen.address": "--bind-host and --port",
  "web.config.file":
    "the variables TLS_CERT_PEM and TLS_KEY_PEM for HTTPS, TLS_CLIENT_CA_PEM for client " +
    "certificates, and BASIC_AUTH_USERS or METRICS_TOKEN for logins; the sandbox reads no file",
  "web.route-prefix": "--web-route-prefix",
  "web.telemetry-path": "/metrics, the only path, as metrics_path of the scrape configuration",
  "web.max-requests": "--rate-limit-rps, which limits each client",
  "config.file": "a flag or variable for each setting; the sandbox reads no file",
  "config": "a flag or variable for each setting; the sandbox reads no file",
  "env-file": "a shell: set -a; . ./.env; set +a",
  "telemetry.addr": "--bind-host and --port",
  "listen": "--bind-host and --port",
  "addr": "--bind-host and --port",
  "address": "--bind-host and --port",
  "host": "--bind-host",
  "tailnet": "--tailnet-name",
  "tailscale-tailnet": "--tailnet-name",
  "tailscale.tailnet": "--tailnet-name",
  "tailscale-oauth-client-id": "--oauth-client-id",
  "tailscale-oauth-client-secret": "the variable OAUTH_CLIENT_SECRET",
  "tailscale-api-key": "the variable OAUTH_TOKEN, which takes an API access token",
  "api-key": "the variable OAUTH_TOKEN, which takes an API access token",
  "headscale-address": "--headscale-url",
  "socket": "--localapi-socket",
  "localapi-socket-path": "--localapi-socket",
  "interval": "--scrape-interval",
  "poll": "--scrape-interval",
  "once": "the command once",
  "dry-run": "the command check",
};

const ACCESS_TOKEN: Ours = {
  variables: ["OAUTH_TOKEN"],
  words: "OAUTH_TOKEN, which takes an API access token",
};
const LISTEN: Ours = { variables: ["BIND_HOST", "PORT"], words: "BIND_HOST and PORT" };

const VARIABLES: Readonly<Record<string, Ours>> = {
  TAILSCALE_API_KEY: ACCESS_TOKEN,
  TAILSCALE_APIKEY: ACCESS_TOKEN,
  TAILSCALE_API_TOKEN: ACCESS_TOKEN,
  TAILSCALE_ACCESS_TOKEN: ACCESS_TOKEN,
  TAILSCALE_TOKEN: ACCESS_TOKEN,
  TS_API_KEY: ACCESS_TOKEN,
  TS_API_TOKEN: ACCESS_TOKEN,
  TAILSCALE_CLIENT_ID: only("OAUTH_CLIENT_ID"),
  TAILSCALE_CLIENT_SECRET: only("OAUTH_CLIENT_SECRET"),
  TAILSCALE_OAUTH_ID: only("OAUTH_CLIENT_ID"),
  TAILSCALE_OAUTH_SECRET: only("OAUTH_CLIENT_SECRET"),
  OAUTH_SECRET: only("OAUTH_CLIENT_SECRET"),
  TAILNET: only("TAILNET_NAME"),
  TAILSCALE_TAILNET: only("TAILNET_NAME"),
  TAILSCALE_TAILNET_ID: only("TAILNET_NAME"),
  TS_TAILNET: only("TAILNET_NAME"),
  TAILSCALE_BASE_URL: only("TAILSCALE_API_URL"),
  TAILSCALE_API_BASE_URL: only("TAILSCALE_API_URL"),
  HEADSCALE_ADDRESS: only("HEADSCALE_URL"),
  HEADSCALE_CLI_ADDRESS: only("HEADSCALE_URL"),
  HEADSCALE_CLI_API_KEY: only("HEADSCALE_API_KEY"),
  BIND_ADDRESS: LISTEN,
  BIND_ADDR: LISTEN,
  LISTEN_ADDRESS: LISTEN,
  LISTEN_ADDR: LISTEN,
  WEB_LISTEN_ADDRESS: LISTEN,
  LISTEN_PORT: only("PORT"),
  METRICS_PORT: only("PORT"),
  EXPORTER_PORT: only("PORT"),
};

function only(variable: string): Ours {
  return { variables: [variable], words: variable };
}

/**
 * What to use here instead of another program's flag.
 *
 * @param flag Without a value; dashes in front do not matter.
 * @returns undefined if the flag is not in the table.
 */
export function foreignFlag(flag: string): string | undefined {
  const name = flag.replace(/^-+/, "").toLowerCase();
  return Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
}

/** Our name for another program's variable; undefined if it is not in the table. */
export function foreignVariable(name: string): Ours | undefined {
  return Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined;
}
