/**
 * The documents as the tests of this folder see them, and what these look for in them.
 *
 * @module
 */

import { SETTING_ROWS } from "../../src/config/setting_table.ts";
import { filesBelow } from "./tree.ts";

/** Documents for users and contributors; the changelog describes other times. */
export const DOCUMENTS: readonly string[] = (await filesBelow(""))
  .filter((path) => /^(?:docs\/|deploy\/)?[\w-]+\.md$/.test(path) && path !== "CHANGELOG.md");

/** The names of all settings. */
export const VARIABLES: readonly string[] = SETTING_ROWS.map(([, { variable }]) => variable);

/** Variables that documents name and that are not settings: of the platform, tools, Tailscale. */
export const FOREIGN_VARIABLES: readonly string[] = [
  // Where the platform keeps origin storage.
  "DENO_DIR",
  "XDG_DATA_HOME",
  // The name of a family, of Prometheus.
  "ALERTS_FOR_STATE",
  "COMPOSE_FILE",
  "COMPOSE_PROFILES",
  "GF_SECURITY_ADMIN_PASSWORD",
  "GRAFANA_TOKEN",
  "GRAFANA_URL",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "LAB_TUN",
  "MALLOC_ARENA_MAX",
  "MALLOC_MMAP_THRESHOLD_",
  "NO_COLOR",
  "NO_PROXY",
  "OTEL_DENO",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "BIND_ADDRESS",
  "TAILSCALE_API_KEY",
  "TAILSCALE_API_MOCK",
  "TEXTFILE_DIRECTORY",
  "TSMETRICS_PICTURES",
  "TS_ENABLE_METRICS",
  "XDG_DATA_HOME",
];

/** The rows of all tables, as trimmed cells. */
export function tableRows(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|.*\|$/gm)]
    .map(([row]) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}
