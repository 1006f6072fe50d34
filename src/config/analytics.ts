/**
 * Settings of access analytics: where lines come from, how they are read, what is kept of them.
 *
 * @module
 */

import type { JsonField } from "../access/json_field.ts";
import type { Cidr } from "../cidr.ts";
import type { Secret } from "../secret/secret.ts";
import { type ListenAddress, listenAddress } from "./address.ts";
import { duration } from "./duration.ts";
import { boolean, defineKind, integer, type Kind, secret, text } from "./kind.ts";
import { cidrList, parseItems, patternList, someOf } from "./list.ts";
import type { SettingsOf } from "./setting.ts";

/** Access analytics, from access logs of web servers. */
export interface AnalyticsConfig {
  /** Where access logs are taken, by UDP and TCP; absent = not at all. */
  readonly accessListen?: ListenAddress;
  /** Whether access logs are taken over HTTP, where there is no such port, too. */
  readonly accessIngest: boolean;
  /** The format of lines. */
  readonly accessFormat: string;
  /** Names of one's own for fields of JSON lines. */
  readonly accessFields: ReadonlyMap<JsonField, string>;
  /** Proxies whose `X-Forwarded-For` and `Tailscale-User-Login` count; empty = none. */
  readonly accessTrusted: readonly Cidr[];
  /** Patterns of paths that are left out. */
  readonly accessIgnore: readonly string[];
  /** Private labels that are wanted on the page. */
  readonly accessLabels: readonly ("user" | "device" | "endpoint")[];
  /** What is hidden before it is counted. */
  readonly accessRedact: readonly ("user" | "ip" | "query")[];
  /** The key of the hashes that stand for what is hidden; absent = one for each start. */
  readonly accessRedactKey?: Secret;
  /** How long requests are kept. Units: milliseconds. */
  readonly accessRetentionMs: number;
  /** The number of external users that the plan permits. */
  readonly userQuota: number;
}

/** Whether lines of access logs are taken at all. */
export function takesAccessLogs(
  { accessIngest, accessListen }: Pick<AnalyticsConfig, "accessIngest" | "accessListen">,
): boolean {
  return accessIngest || accessListen !== undefined;
}

/** The fields of JSON lines. */
const FIELDS: readonly JsonField[] = [
  "time",
  "address",
  "forwarded",
  "login",
  "service",
  "host",
  "request",
  "method",
  "target",
  "query",
  "status",
  "bytes",
  "seconds",
  "agent",
];

/** Access analytics, from access logs of web servers. */
export const ANALYTICS_SETTINGS: SettingsOf<AnalyticsConfig> = {
  accessListen: {
    variable: "ACCESS_LISTEN",
    kind: listenAddress(5514),
    example: "127.0.0.1:5514",
    help: "Take access logs of web servers here, by UDP and TCP, as syslog or as lines: shows " +
      "which user and device used which service.",
  },
  accessIngest: {
    variable: "ACCESS_INGEST",
    kind: boolean(),
    default: "false",
    help:
      "Take access logs by POST /analytics/ingest without a port for them; with ACCESS_LISTEN " +
      "they are taken there in any case.",
  },
  accessFormat: {
    variable: "ACCESS_FORMAT",
    kind: text("auto, json, combined or a log_format as nginx has it", /^[^\p{Cc}]{1,4096}$/u),
    default: "auto",
    help: "Format of the lines: auto tells JSON, combined, common, and combined with " +
      "$http_x_forwarded_for and $request_time from each other; or a log_format of nginx.",
  },
  accessFields: {
    variable: "ACCESS_FIELDS",
    kind: fieldNames(),
    default: "",
    example: "address=client.ip,status=response.code",
    help: "Names of fields of JSON lines, tried before those of nginx, Caddy and Traefik.",
  },
  accessTrusted: {
    variable: "ACCESS_TRUSTED_PROXIES",
    kind: cidrList(),
    default: "",
    example: "127.0.0.1,10.0.0.0/8",
    help: "Addresses of proxies in front of the web server whose X-Forwarded-For and " +
      "Tailscale-User-Login count.",
  },
  accessIgnore: {
    variable: "ACCESS_IGNORE",
    kind: patternList(),
    default: "/health,/healthz,/livez,/readyz,/startupz,/-/healthy,/-/ready,/metrics",
    help: "Paths that are left out, with * and ?: health checks and scrapes.",
  },
  accessLabels: {
    variable: "ACCESS_LABELS",
    kind: someOf("user", "device", "endpoint"),
    default: "",
    example: "endpoint",
    help: "Count requests on /metrics also by user, device or endpoint, at most 100 values each. " +
      "Without it /metrics names none.",
  },
  accessRedact: {
    variable: "ACCESS_REDACT",
    kind: redactions(),
    default: "query",
    help: "What to hide before it is stored: user (with the device's name) and ip become keyed " +
      "hashes, query is dropped; none keeps all.",
  },
  accessRedactKey: {
    variable: "ACCESS_REDACT_KEY",
    kind: secret(),
    help: "Key of the hashes of ACCESS_REDACT. Default: random at each start.",
    example: "",
  },
  accessRetentionMs: {
    variable: "ACCESS_RETENTION",
    kind: duration(3_600_000, 90 * 86_400_000),
    default: "7d",
    help: "How long requests are kept, in memory only; the last 10,000 one by one.",
  },
  userQuota: {
    variable: "USER_QUOTA",
    kind: integer(0, 100_000),
    default: "3",
    help: "Number of external users that the plan permits, for /analytics/quota-status.",
  },
};

/** What is hidden; an empty text would count as not given, so there is a word for nothing. */
function redactions(): Kind<AnalyticsConfig["accessRedact"]> {
  const some = someOf("user", "ip", "query");
  return {
    ...some,
    wanted: "user, ip, query, separated by commas, all or none",
    parse: (given) => /^none$/i.test(given) ? [] : some.parse(given),
    describe: (parts) => parts.length === 0 ? "none" : parts,
  };
}

/** Pairs `field=name`; a name may lead into objects by dots. */
function fieldNames(): Kind<ReadonlyMap<JsonField, string>> {
  return defineKind({
    placeholder: "LIST",
    wanted: "pairs of a field and its name such as status=response.code, separated by commas, " +
      `of the fields ${FIELDS.join(", ")}`,
    parse(given) {
      const pairs = parseItems(given, (item): [JsonField, string] | undefined => {
        const [, word, name = ""] = /^(\w+)\s*=\s*([^\s=,]{1,128})$/.exec(item) ?? [];
        const field = FIELDS.find((each) => each === word);
        return field && [field, name];
      });
      return pairs && new Map(pairs);
    },
    describe: (names) => Object.fromEntries(names),
  });
}
