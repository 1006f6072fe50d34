/**
 * Warns of settings that have no effect because another one is not set: one table of which setting
 * needs which.
 *
 * @module
 */

import { takesAccessLogs } from "./analytics.ts";
import { hasLocalApi } from "./local_rule.ts";
import type { Reading } from "./_reading.ts";
import type { SettingKey } from "./setting_table.ts";

/** Settings that have no effect where a condition does not hold. */
interface UnusedRow {
  /** The settings. A switch that is off is never reported. */
  readonly keys: readonly SettingKey[];
  /** What they need, as the user would set it. */
  readonly needs: string;
  /** Whether nothing is to be reported: the need is met, or was switched off by name. */
  readonly isMet: (reading: Reading) => boolean;
  /** What does not happen, where that is worse than a setting without effect. */
  readonly consequence?: string;
}

/**
 * TS_AUTHKEY is left out: it is a variable of tailscaled's, too, which often shares our
 * environment. So is TSNET_HOSTNAME, which manifests give to every pod, because a Secret may switch
 * the node on. So are settings of what is on by default, such as HISTORY_KEEP: who switches that
 * off knows.
 */
const ROWS: readonly UnusedRow[] = [
  {
    keys: [
      "alerts",
      "alertOfflineMs",
      "alertPersonal",
      "alertmanagerUrl",
      "alertWebhookUrl",
    ],
    needs: "HISTORY=on",
    isMet: ({ config }) => config.history === "on" || config.alerts === "off",
    consequence: "no alert is evaluated or sent",
  },
  {
    keys: ["alertmanagerUrl", "alertWebhookUrl"],
    needs: "ALERTS=on",
    isMet: ({ config }) => config.alerts === "on",
    consequence: "no alert is sent",
  },
  {
    keys: ["alertWebhookFormat", "alertCooldownMs"],
    needs: "ALERT_WEBHOOK_URL",
    isMet: ({ given }) => given.has("alertWebhookUrl"),
  },
  {
    keys: ["criticalIntervalMs"],
    needs: "HISTORY=on",
    isMet: ({ config }) => config.history === "on",
    consequence: "critical nodes are not checked",
  },
  {
    keys: [
      "healthIntervalMs",
      "influxToken",
      "influxOrg",
      "influxBucket",
      "influxDatabase",
      "influxUsername",
      "influxPassword",
      "influxBuffer",
      "influxAccess",
    ],
    needs: "INFLUX_URL",
    isMet: ({ given }) => given.has("influxUrl"),
    consequence: "nothing is written to a database",
  },
  {
    keys: ["tsnetTags", "tsnetControlUrl", "tsnetState", "tsnetStateDir"],
    needs: "USE_TSNET",
    isMet: ({ given }) => given.has("useTsnet"),
  },
  {
    keys: ["localApiTimeoutMs", "peersIntervalMs", "peersInclude", "nativeIntervalMs"],
    needs: "LOCALAPI_SOCKET, LOCALAPI_URL, BRIDGE_URL or USE_TSNET",
    isMet: (reading) => hasLocalApi(reading) || isDemo(reading) || reading.given.has("useTsnet"),
  },
  {
    keys: ["bridgeToken"],
    needs: "BRIDGE or BRIDGE_URL",
    isMet: ({ given }) => given.has("bridge") || given.has("bridgeUrl"),
  },
  {
    keys: [
      "keepaliveIntervalMs",
      "keepalivePing",
      "keepalivePeers",
      "keepaliveTags",
      "keepaliveMaxAtOnce",
      "keepaliveRate",
    ],
    needs: "KEEPALIVE=on",
    isMet: (reading) => reading.given.has("keepalive") || isDemo(reading),
  },
  {
    keys: [
      "watchdogIntervalMs",
      "watchdogThresholdMs",
      "watchdogCooldownMs",
      "watchdogMaxRestarts",
    ],
    needs: "WATCHDOG=observe or heal",
    isMet: (reading) => reading.given.has("watchdog") || isDemo(reading),
  },
  {
    keys: [
      "accessFormat",
      "accessFields",
      "accessTrusted",
      "accessIgnore",
      "accessLabels",
      "accessRedact",
      "accessRetentionMs",
      "userQuota",
    ],
    needs: "ACCESS_LISTEN or ACCESS_INGEST",
    isMet: (reading) =>
      takesAccessLogs(reading.config) || reading.given.has("accessIngest") || isDemo(reading),
  },
  {
    keys: ["accessRedactKey"],
    needs: "user or ip in ACCESS_REDACT",
    isMet: ({ config: { accessRedact } }) =>
      accessRedact.includes("user") || accessRedact.includes("ip"),
    consequence: "no user and no address is hidden",
  },
];

/** Warns of settings that have no effect without another one, in one sentence for each need. */
export function warnAboutUnused(reading: Reading): void {
  for (const { consequence, isMet, keys, needs } of ROWS) {
    if (isMet(reading)) continue;
    const unused = keys.filter((key) => !isOff(reading.config[key]))
      .flatMap((key) => reading.given.get(key) ?? []);
    if (unused.length === 0) continue;
    reading.warnings.push(
      `${listed(unused)} ${unused.length === 1 ? "is" : "are"} not used without ${needs}` +
        `${consequence === undefined ? "" : `: ${consequence}`}.`,
    );
  }
}

/** The demo has a tailscaled, a watchdog and access logs of its own. */
function isDemo({ given }: Reading): boolean {
  return given.has("testDevices");
}

function isOff(value: unknown): boolean {
  return value === "off" || value === false;
}

function listed(names: readonly string[]): string {
  const head = names.slice(0, -1).join(", ");
  return head === "" ? names.join() : `${head} and ${names.at(-1)}`;
}
