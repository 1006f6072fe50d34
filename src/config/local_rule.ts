/**
 * Checks of the settings about this host's tailscaled that hold together only.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import type { Part } from "./command.ts";
import { isLoopbackHost } from "../range.ts";
import type { Reading } from "./_reading.ts";
import type { SettingKey } from "./setting_table.ts";

/** The settings that name the address of a LocalAPI. */
export const LOCAL_API_KEYS: readonly SettingKey[] = ["localApiSocket", "localApiUrl", "bridgeUrl"];

/** What only works where tailscaled can be told something. */
const NEED_LOCALAPI: readonly SettingKey[] = [
  "keepalive",
  "watchdog",
  "bridge",
  "nativeClientMetrics",
];

/** What the LocalAPI of the embedded node is enough for: its pings, and what others may read. */
const EMBEDDED: readonly SettingKey[] = ["keepalive", "bridge"];

/** Whether the address of this host's LocalAPI is set. */
export function hasLocalApi({ given }: Reading): boolean {
  return LOCAL_API_KEYS.some((key) => given.has(key));
}

/** Whether this process is a node itself, which has a LocalAPI of its own. */
function hasEmbeddedNode({ config }: Reading): boolean {
  return config.useTsnet && config.tsnetMode === "embedded";
}

/** Checks that one address of a tailscaled is set, and that what is wanted of it can be had. */
export function checkLocal(reading: Reading, collect: readonly Part[] | undefined): void {
  checkAddress(reading);
  checkNeeds(reading);
  checkPassword(reading);
  checkParts(reading, collect);
  checkBridge(reading);
}

function checkAddress({ given, faults }: Reading): void {
  const [one, other] = LOCAL_API_KEYS.flatMap((key) => given.get(key) ?? []);
  if (one === undefined || other === undefined) return;
  faults.push(`Cannot choose a way to tailscaled: got ${one} and ${other}, want one of them.`);
}

function checkNeeds(reading: Reading): void {
  const { config, given, faults } = reading;
  if (given.has("localApiSocket") || given.has("localApiUrl")) return;
  const lacks = given.has("bridgeUrl")
    ? `${given.get("bridgeUrl")}, which only reads`
    : "no way to this host's tailscaled";
  const isEmbedded = hasEmbeddedNode(reading) && !given.has("bridgeUrl");
  for (const key of NEED_LOCALAPI) {
    const value = config[key];
    if (value === undefined || value === "off" || value === false) continue;
    if (isEmbedded && EMBEDDED.includes(key)) continue;
    faults.push(
      `Cannot use ${given.get(key)}: got ${lacks}, want LOCALAPI_SOCKET or LOCALAPI_URL with it.`,
    );
  }
}

function checkPassword({ config, given, faults, warnings }: Reading): void {
  const { localApiUrl } = config;
  const password = given.get("localApiPassword");
  if (password === undefined) return;
  if (localApiUrl === undefined) {
    faults.push(`Cannot use ${password}: got no LOCALAPI_URL, want it with a password.`);
  } else if (!isLoopbackHost(localApiUrl.hostname)) {
    warnings.push(
      `${given.get("localApiUrl")} leads to another machine without TLS: ${password} can be read ` +
        "on the way unless the tailnet carries it.",
    );
  }
}

function checkParts(reading: Reading, collect: readonly Part[] | undefined): void {
  const { config, faults } = reading;
  if (collect === undefined) return;
  const ofHost = collect.filter((part) => part !== "devices");
  if (ofHost.length > 0 && !hasLocalApi(reading) && !hasEmbeddedNode(reading)) {
    faults.push(
      `Cannot collect ${ofHost.join(" and ")}: got no way to this host's tailscaled, want ` +
        "LOCALAPI_SOCKET, LOCALAPI_URL, BRIDGE_URL or USE_TSNET.",
    );
  }
  if (collect.includes("watchdog") && config.watchdog === "off") {
    faults.push("Cannot collect watchdog: got WATCHDOG=off, want observe or heal.");
  }
}

function checkBridge({ config, given, faults, warnings }: Reading): void {
  const { bridge, bridgeUrl } = config;
  if (
    bridge !== undefined && !given.has("bridgeToken") && !isLoopbackHost(bracketed(bridge.hostname))
  ) {
    faults.push(
      `Cannot use ${given.get("bridge")}: got an address that other machines reach ` +
        `(${bracketed(bridge.hostname)}:${bridge.port}) without a token, want BRIDGE_TOKEN with ` +
        "it, or a loopback address.",
    );
  }
  if (bridgeUrl !== undefined && given.has("bridgeToken") && !isLoopbackHost(bridgeUrl.hostname)) {
    warnings.push(
      `${given.get("bridgeUrl")} leads to another machine without TLS: BRIDGE_TOKEN can be read ` +
        "on the way unless the tailnet carries it.",
    );
  }
}
