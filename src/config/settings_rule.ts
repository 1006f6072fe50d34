/**
 * Checks that look at more than one setting. Each is a function over what was read; the list at the
 * end says which hold for commands that read a tailnet.
 *
 * @module
 */

import { checkIssuer, DEVICE_SOURCE_KEYS } from "./credential_rule.ts";
import { asksHeadscale, checkHeadscale, warnAboutClearText } from "./headscale_rule.ts";
import { formatDuration } from "./duration.ts";
import type { Part } from "./command.ts";
import { checkLocal, hasLocalApi, LOCAL_API_KEYS } from "./local_rule.ts";
import type { Reading } from "./_reading.ts";
import { type SettingKey, SETTINGS } from "./setting_table.ts";
import { explainNoSource } from "./source_list.ts";
import { checkTsnet } from "./tsnet_rule.ts";

/** Checks that hold together only, and have to hold for every command that opens a port. */
export function checkSettings(reading: Reading): void {
  checkServerTls(reading);
  checkShownPassword(reading);
  warnAboutCosts(reading);
}

/** What {@linkcode checkSource} has to know of the command. */
export interface SourceUse {
  /** What is collected; undefined = all that is configured. */
  readonly collect: readonly Part[] | undefined;
  /** Whether something else explains why no source is configured, so that it is no fault. */
  readonly hasReason: boolean;
  /** Whether the command answers requests. */
  readonly isServing: boolean;
}

/**
 * Checks of a command that reads a tailnet, a tailscaled, or both.
 *
 * @returns Whether a source is configured.
 */
export function checkSource(
  reading: Reading,
  { collect, hasReason, isServing }: SourceUse,
): boolean {
  checkTsnet(reading, isServing);
  checkLocal(reading, collect);
  if (!wantsDevices(reading, collect)) return true;
  const hasSource = DEVICE_SOURCE_KEYS.some((key) => reading.given.has(key));
  if (!hasSource && !hasReason) reading.faults.push(explainNoSource());
  if (reading.given.has("testDevices")) warnAboutDemo(reading);
  else if (asksHeadscale(reading)) checkHeadscale(reading);
  else {
    checkCredentials(reading);
    checkIssuer(reading);
  }
  checkExporterTag(reading);
  checkName(reading);
  warnAboutSlowDevices(reading);
  return hasSource;
}

/** Whether a variable says what is collected from. */
export function isSource(variable: string): boolean {
  return [...DEVICE_SOURCE_KEYS, ...LOCAL_API_KEYS].some((key) =>
    SETTINGS[key].variable === variable
  );
}

/** Without a word about the API, the host's tailscaled is enough. */
function wantsDevices(reading: Reading, collect: readonly Part[] | undefined): boolean {
  if (collect !== undefined) return collect.includes("devices");
  return !hasLocalApi(reading) || DEVICE_SOURCE_KEYS.some((key) => reading.given.has(key));
}

function checkServerTls({ given, faults }: Reading): void {
  for (const [has, lacks] of [["tlsCertPem", "tlsKeyPem"], ["tlsKeyPem", "tlsCertPem"]] as const) {
    if (given.has(has) && !given.has(lacks)) {
      faults.push(
        `Cannot serve HTTPS: got ${nameOf(has)} alone, want ${nameOf(lacks)} with it.`,
      );
    }
  }
  if (given.has("tlsClientCaPem") && !given.has("tlsCertPem")) {
    faults.push(
      "Cannot ask for client certificates: got TLS_CLIENT_CA_PEM alone, want TLS_CERT_PEM and " +
        "TLS_KEY_PEM with it.",
    );
  }
}

function warnAboutDemo({ given, warnings }: Reading): void {
  const unused = UNUSED_IN_DEMO.filter((key) => given.has(key)).map((key) => given.get(key));
  const consequence = unused.length === 0 ? "" : `; not used: ${unused.join(", ")}`;
  warnings.push(
    `${
      given.get("testDevices")
    } is set: the numbers are those of a simulated tailnet${consequence}.`,
  );
}

const UNUSED_IN_DEMO: readonly SettingKey[] = [
  "oauthClientId",
  "oauthClientSecret",
  "oauthToken",
  "tailnetName",
  "tailscaleApiUrl",
  "headscaleUrl",
  "headscaleApiKey",
  "scrapeProxy",
];

function checkCredentials(reading: Reading): void {
  const { given, faults } = reading;
  const hasId = given.has("oauthClientId");
  const hasSecret = given.has("oauthClientSecret");
  const hasToken = given.has("oauthToken");
  if (hasToken && (hasId || hasSecret)) {
    const other = hasId ? given.get("oauthClientId") : given.get("oauthClientSecret");
    faults.push(
      `Cannot choose a credential: got OAUTH_TOKEN and ${other}, want the token or the OAuth ` +
        "client, not both.",
    );
  } else if (hasId !== hasSecret) {
    const [has, lacks] = hasId
      ? ["OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"]
      : ["OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_ID"];
    faults.push(`Cannot use the OAuth client: got ${has} alone, want ${lacks} with it.`);
  }
  warnAboutClearText(reading, "tailscaleApiUrl");
}

function checkExporterTag({ config, given, faults }: Reading): void {
  if (!config.requireExporterTag || config.scrapeTag === "exporter") return;
  faults.push(
    `Cannot use ${given.get("scrapeTag")}: got "${config.scrapeTag}", want exporter because ` +
      `${given.get("requireExporterTag")} is true.`,
  );
}

function checkName({ config, given, faults }: Reading): void {
  const { deviceLabels, metricsDrop } = config;
  const isWanted = deviceLabels.some(({ fact, isEverywhere }) => fact === "name" && isEverywhere);
  if (!isWanted || !metricsDrop.some(({ label }) => label === "device_name")) return;
  faults.push(
    `Cannot use ${given.get("deviceLabels")} with ${given.get("metricsDrop")}: got *:name and ` +
      "{device_name}, want one of them.",
  );
}

function warnAboutSlowDevices({ config, warnings }: Reading): void {
  if (config.clientMetricsTimeoutMs <= config.scrapeIntervalMs) return;
  const timeout = formatDuration(config.clientMetricsTimeoutMs);
  const interval = formatDuration(config.scrapeIntervalMs);
  warnings.push(
    `CLIENT_METRICS_TIMEOUT (${timeout}) is longer than SCRAPE_INTERVAL (${interval}): one device ` +
      "that hangs delays the next collection.",
  );
}

/** An unknown name takes as long as the dearest hash: a faster answer tells of a known one. */
function warnAboutCosts({ config, warnings }: Reading): void {
  const costs = config.basicAuthUsers?.map(({ cost }) => cost) ?? [];
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  if (low >= high) return;
  warnings.push(
    `${nameOf("basicAuthUsers")} has hashes of cost ${low} and ${high}: the time of an answer ` +
      "tells which names have the cheaper ones. Make all with one cost, such as 10.",
  );
}

/** No secret comes by a flag, in any command. */
function checkShownPassword({ config, given, faults }: Reading): void {
  const name = given.get("scrapeProxy") ?? "";
  if (!name.startsWith("--") || config.scrapeProxy?.password === undefined) return;
  faults.push(
    `Cannot use ${name}: it holds a password, and a command line can be read by other ` +
      "processes; set the variable SCRAPE_PROXY instead.",
  );
}

function nameOf(key: SettingKey): string {
  return SETTINGS[key].variable;
}
