/**
 * Settings of our own server: where it listens, who may ask, what it logs, what it calls itself.
 *
 * @module
 */

import type { Secret } from "../secret/secret.ts";
import { BUILD_TIME, VERSION } from "../version.ts";
import { host, hostAndPort } from "./address.ts";
import { ownToken } from "./credential_kind.ts";
import { alsoSpelled, decimal, defineKind, integer, type Kind, oneOf, port, text } from "./kind.ts";
import { certificatePem, privateKeyPem } from "./pem.ts";
import type { SettingsOf } from "./setting.ts";
import { type BasicAuthUser, basicAuthUsers } from "./users.ts";

/** Where the server listens. */
export interface ListenConfig {
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** Decides the default of {@linkcode ListenConfig.bindHost} and nothing else. */
  readonly env: "development" | "production";
  /** Address or name to listen on. */
  readonly bindHost: string;
  /** Host and port at which Prometheus finds this server; absent = those it asked at. */
  readonly sdAddress?: string;
  /** Path prefix at which everything is served, too, without a slash at its end. */
  readonly webRoutePrefix?: string;
  /** Certificates of the server, its own first; only together with the key. */
  readonly tlsCertPem?: string;
  /** The key of the server's certificate. */
  readonly tlsKeyPem?: Secret;
  /** Authorities whose certificates clients must show; only together with the certificate. */
  readonly tlsClientCaPem?: string;
}

/** Access control and rate limits. */
export interface AccessConfig {
  /** What `Authorization: Bearer …` must carry; absent = no token is asked for. */
  readonly metricsToken?: Secret;
  /** Who may log in by name and password; absent = no such login. */
  readonly basicAuthUsers?: readonly BasicAuthUser[];
  /** Sustained requests per second per client address. */
  readonly rateLimitRps: number;
  /** Largest burst of requests per client address. */
  readonly rateLimitBurst: number;
}

/** What is logged, and how. */
export interface LogConfig {
  /** Records below it are dropped. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Lines for people or for machines. */
  readonly logFormat: "text" | "json" | "journal";
}

/** What this build calls itself. */
export interface BuildConfig {
  /** Version to show. */
  readonly version: string;
  /** Time of the build to show. */
  readonly buildTime: string;
}

/** Where the server listens. */
export const LISTEN_SETTINGS: SettingsOf<ListenConfig> = {
  port: {
    variable: "PORT",
    kind: port(0),
    default: "9100",
    help: "TCP port to listen on; 0 takes any free one.",
  },
  env: {
    variable: "ENV",
    kind: environment(),
    default: "development",
    help: "production (or prod) listens on 0.0.0.0, unless USE_TSNET is on; any other word on " +
      "127.0.0.1.",
  },
  bindHost: {
    variable: "BIND_HOST",
    kind: host(),
    default: "127.0.0.1",
    defaultNote: "0.0.0.0 if ENV is production and USE_TSNET is off, else 127.0.0.1",
    help: "Address to listen on; overrides ENV.",
  },
  sdAddress: {
    variable: "SD_ADDRESS",
    kind: hostAndPort(),
    help: "Address of this exporter in /sd/shards. Default: the Host header of the request.",
    example: "tsmetrics.example.com:9100",
  },
  webRoutePrefix: {
    variable: "WEB_ROUTE_PREFIX",
    kind: pathPrefix(),
    help: "Serve every path below this prefix, too; for a proxy that does not strip it.",
    example: "/tsmetrics",
  },
  tlsCertPem: {
    variable: "TLS_CERT_PEM",
    kind: certificatePem(),
    help: "Serve HTTPS with this certificate chain; needs TLS_KEY_PEM.",
    example: String.raw`-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----`,
  },
  tlsKeyPem: {
    variable: "TLS_KEY_PEM",
    kind: privateKeyPem(),
    help: "The key of TLS_CERT_PEM.",
    example: String.raw`-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----`,
  },
  tlsClientCaPem: {
    variable: "TLS_CLIENT_CA_PEM",
    kind: certificatePem(),
    help:
      "Require a client certificate of one of these authorities on every path but /health and " +
      "the probes; needs TLS_CERT_PEM.",
    example: String.raw`-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----`,
  },
};

/** Access control and rate limits. */
export const ACCESS_SETTINGS: SettingsOf<AccessConfig> = {
  metricsToken: {
    variable: "METRICS_TOKEN",
    kind: ownToken(),
    help: "Require Authorization: Bearer TOKEN on every path that shows data; /health and the " +
      "probes stay open.",
    example: "",
  },
  basicAuthUsers: {
    variable: "BASIC_AUTH_USERS",
    kind: basicAuthUsers(),
    help: "Require a name and a password on every path that shows data; /health and the probes " +
      "stay open. With METRICS_TOKEN either is enough.",
    example: "",
  },
  rateLimitRps: {
    variable: "RATE_LIMIT_RPS",
    kind: decimal(0.1, 100_000),
    default: "10",
    help: "Sustained requests per second per client address.",
  },
  rateLimitBurst: {
    variable: "RATE_LIMIT_BURST",
    kind: integer(1, 100_000),
    default: "20",
    help: "Largest burst of requests per client address.",
  },
};

/** What is logged, and how. */
export const LOG_SETTINGS: SettingsOf<LogConfig> = {
  logLevel: {
    variable: "LOG_LEVEL",
    kind: alsoSpelled(oneOf("debug", "info", "warn", "error"), { warning: "warn" }),
    default: "info",
    help: "Lowest level that is logged. The log goes to standard error.",
  },
  logFormat: {
    variable: "LOG_FORMAT",
    kind: oneOf("text", "json", "journal"),
    default: "text",
    help: "Log lines for people (text), one JSON object per line (json), or the message alone, " +
      "after its level as systemd reads it (journal).",
  },
};

/** What this build calls itself. */
export const BUILD_SETTINGS: SettingsOf<BuildConfig> = {
  version: {
    variable: "VERSION",
    kind: text("1 to 100 printable characters", /^[\p{L}\p{N}\p{P}\p{S} ]{1,100}$/u),
    default: VERSION,
    defaultNote: "the version of the build",
    example: "v1.0.0",
    help: "Version to show. No flag, because --version prints it.",
    hasNoFlag: true,
  },
  buildTime: {
    variable: "BUILD_TIME",
    kind: text("1 to 100 printable characters", /^[\p{L}\p{N}\p{P}\p{S} ]{1,100}$/u),
    default: BUILD_TIME,
    defaultNote: "the time of the build",
    example: "2026-01-01T00:00:00Z",
    help: "Time of the build to show.",
  },
};

/** A path that is put before all others; a slash at its end is dropped. */
function pathPrefix(): Kind<string> {
  return defineKind({
    placeholder: "PATH",
    wanted: "a path such as /tsmetrics: a slash, then letters, digits and - . _ ~ /",
    parse: (given) => {
      const path = given.replace(/\/+$/, "");
      const isPath = /^(?:\/[\w~-][\w.~-]*)+$/.test(path) && path.length <= 200;
      return isPath ? path : undefined;
    },
  });
}

/** Any word is taken, as the Go tsmetrics took it; one that changes nothing is remarked on. */
function environment(): Kind<"development" | "production"> {
  return defineKind({
    placeholder: "WORD",
    wanted: "production or development",
    parse: (given) => /^prod(?:uction)?$/i.test(given) ? "production" : "development",
    // A POSIX shell's ENV is the path of its start file: nothing to remark on.
    remark: (given) =>
      /^(?:prod(?:uction)?|dev(?:elopment)?)$/i.test(given) || given.includes("/")
        ? undefined
        : "counts as development: only production and prod listen on 0.0.0.0.",
  });
}
