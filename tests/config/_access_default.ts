/**
 * The defaults of access analytics, as `/debug` shows them.
 *
 * @module
 */

/** By the names of the variables in lower case. */
export const ACCESS_DEFAULTS: Readonly<Record<string, unknown>> = {
  access_fields: {},
  access_format: "auto",
  access_ignore: "/health /healthz /livez /readyz /startupz /-/healthy /-/ready /metrics"
    .split(" "),
  access_ingest: false,
  access_labels: [],
  access_listen: null,
  access_redact: ["query"],
  access_redact_key: "not set",
  access_retention: "7d",
  access_trusted_proxies: [],
  user_quota: 3,
};
