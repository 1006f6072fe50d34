/**
 * Settings of what is read: the Tailscale API or the demo, which devices, and their pages.
 *
 * @module
 */

import type { Cidr } from "../cidr.ts";
import type { Secret } from "../secret/secret.ts";
import { formatShard, MAX_SHARDS, parseShard, type Shard } from "../shard.ts";
import { apiUrl, headscaleUrl, type ProxyAddress, proxyAddress } from "./address.ts";
import { accessToken, clientId, clientSecret, headscaleKey } from "./credential_kind.ts";
import { duration } from "./duration.ts";
import { boolean, defineKind, integer, port, text } from "./kind.ts";
import { cidrList, demoList, patternList, tagOrNone, tagPatternList } from "./list.ts";
import { certificatePem } from "./pem.ts";
import { type PortRule, portRuleList } from "./port_rule.ts";
import type { SettingsOf } from "./setting.ts";

/** Which API lists the devices, and how it is asked. */
export interface ApiConfig {
  /** OAuth client; only together with its secret. */
  readonly oauthClientId?: string;
  /** Secret of the OAuth client. */
  readonly oauthClientSecret?: Secret;
  /** API key or access token, instead of an OAuth client. */
  readonly oauthToken?: Secret;
  /** Tailnet; "-" is the one that the credentials belong to. */
  readonly tailnetName: string;
  /** Base of the API with its path. */
  readonly tailscaleApiUrl: URL;
  /** Base of headscale's API v1 with its path; only together with its key. */
  readonly headscaleUrl?: URL;
  /** API key of headscale. */
  readonly headscaleApiKey?: Secret;
  /** Deadline of one call. Units: milliseconds. */
  readonly apiTimeoutMs: number;
  /** Certificates of further authorities that the API may be signed by. */
  readonly tlsCaPem?: string;
}

/** The demo tailnet. */
export interface DemoConfig {
  /** Names, or "demo", or "demo:40"; empty = no demo. */
  readonly testDevices: readonly string[];
}

/** Which devices count, and which of them are scraped. */
export interface FilterConfig {
  /** Patterns; empty = all. */
  readonly targetDevices: readonly string[];
  /** Patterns of devices to leave out. */
  readonly excludeDevices: readonly string[];
  /** Tags of which a device must have one, without `tag:`; empty = all. */
  readonly deviceTags: readonly string[];
  /** Tag of devices to scrape, without `tag:`; "" = all. */
  readonly scrapeTag: string;
  /** Whether any other scrape tag than "exporter" is refused. */
  readonly requireExporterTag: boolean;
  /** The part of the fleet that this process looks after; absent = all of it. */
  readonly shard?: Shard;
}

/** How devices' pages are read. */
export interface ScrapeConfig {
  /** Time between the starts of two collections. Units: milliseconds. */
  readonly scrapeIntervalMs: number;
  /** Deadline of one device. Units: milliseconds. */
  readonly clientMetricsTimeoutMs: number;
  /** Port of a device's metrics, where no rule has another. */
  readonly clientMetricsPort: number;
  /** Ports of some devices; the first rule that matches counts. */
  readonly scrapePorts: readonly PortRule[];
  /** How many devices are asked at once. */
  readonly maxConcurrentScrapes: number;
  /** How many devices a connection is kept to between two collections. */
  readonly maxIdleConnections: number;
  /** Proxy for device pages only. */
  readonly scrapeProxy?: ProxyAddress;
  /** Blocks besides Tailscale's own that may be scraped. */
  readonly scrapeAllowCidrs: readonly Cidr[];
}

/** Which API lists the devices, and how it is asked. */
export const API_SETTINGS: SettingsOf<ApiConfig> = {
  oauthClientId: {
    variable: "OAUTH_CLIENT_ID",
    kind: defineKind({ ...clientId(), describe: () => "set" }),
    help: "OAuth client with the scopes devices:core:read and devices:routes:read, made in the " +
      "admin console, under Trust credentials.",
    isAskedFor: true,
    example: "",
  },
  oauthClientSecret: {
    variable: "OAUTH_CLIENT_SECRET",
    kind: clientSecret(),
    help: "Secret of the OAuth client.",
    isAskedFor: true,
    example: "",
  },
  oauthToken: {
    variable: "OAUTH_TOKEN",
    kind: accessToken(),
    help: "API key or access token, instead of the OAuth client; it expires and is not renewed.",
    example: "tskey-api-…",
  },
  tailnetName: {
    variable: "TAILNET_NAME",
    kind: text(
      "a tailnet's name such as example.com, or - for the credentials' own",
      /^(?!\.{1,2}$)[\p{L}\p{N}._@+-]{1,253}$/u,
      "NAME",
    ),
    default: "-",
    help: "Tailnet to read; - is the tailnet of the credentials.",
  },
  tailscaleApiUrl: {
    variable: "TAILSCALE_API_URL",
    kind: apiUrl("https://api.tailscale.com/api/v2"),
    default: "https://api.tailscale.com/api/v2",
    help:
      "Base URL of the API, with its path; https://HOST/api/v2 for a headscale that has this API " +
      "(0.29 does not).",
  },
  headscaleUrl: {
    variable: "HEADSCALE_URL",
    kind: headscaleUrl(),
    help: "List the nodes of this headscale (0.26 to 0.29) instead: the server_url of its " +
      "configuration.",
    example: "https://headscale.example.com",
  },
  headscaleApiKey: {
    variable: "HEADSCALE_API_KEY",
    kind: headscaleKey(),
    help:
      "API key of headscale, made by `headscale apikeys create`; it expires and is not renewed.",
    example: "hskey-api-…",
  },
  apiTimeoutMs: {
    variable: "API_TIMEOUT",
    kind: duration(1_000, 600_000),
    default: "30s",
    help: "Timeout of one API request.",
  },
  tlsCaPem: {
    variable: "TLS_CA_PEM",
    kind: certificatePem(),
    help: "Additional certificate authorities for the API, INFLUX_URL, ALERTMANAGER_URL, " +
      "ALERT_WEBHOOK_URL, and the embedded node's control plane and relays.",
    example: String.raw`-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----`,
  },
};

/** The demo tailnet. */
export const DEMO_SETTINGS: SettingsOf<DemoConfig> = {
  testDevices: {
    variable: "TEST_DEVICES",
    kind: demoList(),
    default: "",
    example: "demo",
    help: "Show a simulated tailnet instead of a real one; overrides all credentials.",
  },
};

/** Which devices count, and which of them are scraped. */
export const FILTER_SETTINGS: SettingsOf<FilterConfig> = {
  targetDevices: {
    variable: "TARGET_DEVICES",
    kind: patternList(),
    default: "",
    example: "gateway-*,router-*",
    help: "Include only devices whose name, short name, host name or id matches.",
  },
  excludeDevices: {
    variable: "EXCLUDE_DEVICES",
    kind: patternList(),
    default: "",
    example: "test-device,staging-*",
    help: "Exclude devices whose name, short name, host name or id matches.",
  },
  deviceTags: {
    variable: "DEVICE_TAGS",
    kind: tagPatternList(),
    default: "",
    example: "production,critical",
    help: "Include only devices with at least one of these tags.",
  },
  scrapeTag: {
    variable: "SCRAPE_TAG",
    kind: tagOrNone(),
    default: "exporter",
    help: "Scrape devices with this tag; set but empty, all devices.",
    keepsEmpty: true,
  },
  requireExporterTag: {
    variable: "REQUIRE_EXPORTER_TAG",
    kind: boolean(),
    default: "false",
    help: "Refuse to start with any other SCRAPE_TAG than exporter. With USE_TSNET, also report " +
      "that the node of tsmetrics lacks tag:exporter: in the log, and as degraded in /health.",
  },
  shard: {
    variable: "SHARD",
    kind: defineKind({
      placeholder: "I/N",
      wanted: `I/N with I from 0 to N-1 and N from 1 to ${MAX_SHARDS}, such as 0/4`,
      parse: parseShard,
      describe: formatShard,
    }),
    help: "Handle only shard I of N of the fleet, counted from 0.",
    example: "0/4",
  },
};

/** How devices' pages are read. */
export const SCRAPE_SETTINGS: SettingsOf<ScrapeConfig> = {
  scrapeIntervalMs: {
    variable: "SCRAPE_INTERVAL",
    kind: duration(1_000, 86_400_000),
    default: "30s",
    help: "Interval at which the API is asked and devices are scraped.",
  },
  clientMetricsTimeoutMs: {
    variable: "CLIENT_METRICS_TIMEOUT",
    kind: duration(100, 300_000),
    default: "10s",
    help: "Timeout of one device's scrape.",
  },
  clientMetricsPort: {
    variable: "CLIENT_METRICS_PORT",
    kind: port(1),
    default: "5252",
    help:
      "Port of the devices' metrics: 5252 on hosts. SCRAPE_PORTS overrides it for some devices.",
  },
  scrapePorts: {
    variable: "SCRAPE_PORTS",
    kind: portRuleList(),
    default: "",
    example: "tag:k8s=9002",
    help: "Ports of devices that have their metrics elsewhere, such as containers on 9002; the " +
      "first match counts, and a name is matched as by TARGET_DEVICES.",
  },
  maxConcurrentScrapes: {
    variable: "MAX_CONCURRENT_SCRAPES",
    kind: integer(1, 1_000),
    default: "10",
    help: "Maximum number of concurrent scrapes.",
  },
  maxIdleConnections: {
    variable: "MAX_IDLE_CONNECTIONS",
    kind: integer(0, 100_000),
    default: "1000",
    help: "Maximum number of connections kept open between scrapes; each costs an open file and " +
      "3 kB, and saves 40 µs of CPU per scrape.",
  },
  scrapeProxy: {
    variable: "SCRAPE_PROXY",
    kind: proxyAddress(),
    help: "Proxy for scrapes only, such as that of a tailscaled in userspace mode. " +
      "HTTP_PROXY, HTTPS_PROXY and NO_PROXY apply to the API, INFLUX_URL, ALERTMANAGER_URL and " +
      "ALERT_WEBHOOK_URL.",
    example: "socks5h://localhost:1055",
  },
  scrapeAllowCidrs: {
    variable: "SCRAPE_ALLOW_CIDRS",
    kind: cidrList(),
    default: "",
    example: "10.0.0.0/8",
    help: "Addresses that may be scraped, besides 100.64.0.0/10 and fd7a:115c:a1e0::/48.",
  },
};
