/**
 * Checks of the settings of our own node, embedded or a sidecar, that hold together only.
 *
 * @module
 */

import { parseCidr } from "../cidr.ts";
import { isLoopbackHost } from "../range.ts";
import { isClientSecret, parseClientSecret } from "../secret/client_secret.ts";
import { hasExporterTag } from "../tag.ts";
import type { Reading } from "./_reading.ts";
import { DEVICE_SOURCE_KEYS } from "./credential_rule.ts";
import { hasLocalApi } from "./local_rule.ts";

/**
 * Checks that there is one way to devices, and that the node can get what it needs.
 *
 * @param isServing Whether the command answers requests.
 */
export function checkTsnet(reading: Reading, isServing: boolean): void {
  const { config, given, faults } = reading;
  if (!config.useTsnet) {
    checkUnused(reading, isServing);
    return;
  }
  const name = given.get("useTsnet");
  // Without any source there is a fault already.
  if (hasLocalApi(reading) && !DEVICE_SOURCE_KEYS.some((key) => given.has(key))) {
    faults.push(
      `Cannot use ${name}: got no credentials of an API, whose devices the node is for, want ` +
        "OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, OAUTH_TOKEN or HEADSCALE_URL.",
    );
  }
  if (config.tsnetMode === "sidecar") checkSidecar(reading);
  else checkEmbedded(reading);
  const demo = given.get("testDevices");
  if (demo !== undefined) {
    faults.push(
      `Cannot use ${name}: got ${demo}, whose devices are in no tailnet, want one of them.`,
    );
  }
  checkClientSecret(reading);
  if (config.requireExporterTag && given.has("tsnetTags") && !hasExporterTag(config.tsnetTags)) {
    faults.push(
      `Cannot use ${given.get("tsnetTags")}: got ${config.tsnetTags.join(",")}, want exporter ` +
        `among them because ${given.get("requireExporterTag")} is true.`,
    );
  }
}

/** Checks that the keys of an OAuth client have tags, and are for this control plane. */
function checkClientSecret({ config, given, faults, warnings }: Reading): void {
  const secret = config.tsAuthkey?.reveal() ?? "";
  if (!isClientSecret(secret)) return;
  const name = given.get("tsAuthkey");
  if (config.tsnetTags.length === 0) {
    faults.push(
      `Cannot use ${name}: got the secret of an OAuth client without TSNET_TAGS, want the tags of ` +
        "the keys that it makes.",
    );
  }
  const { baseUrl } = parseClientSecret(secret);
  if (baseUrl.protocol === "http:" && !isLoopbackHost(baseUrl.hostname)) {
    warnings.push(`The baseURL in ${name} is not https: the secret can be read on the way.`);
  }
  const control = config.tsnetControlUrl ?? config.headscaleUrl;
  if (control === undefined || isTailscale(control)) return;
  if (!isTailscale(baseUrl)) return;
  const place = given.get(
    config.tsnetControlUrl === undefined ? "headscaleUrl" : "tsnetControlUrl",
  );
  faults.push(
    `Cannot use ${name}: got the secret of an OAuth client, whose keys are made by Tailscale's ` +
      `API, for the control plane of ${place}, want an auth key of that control plane, or ` +
      "?baseURL= with the address of its API after the secret.",
  );
}

function isTailscale({ hostname }: URL): boolean {
  return hostname === "tailscale.com" || hostname.endsWith(".tailscale.com");
}

/**
 * Only our own node can tell who asks: a list that nothing enforces must not look like a guard. A
 * command that does not serve needs none, such as a `check` beside a node that is running.
 */
function checkUnused({ config, given, faults, warnings }: Reading, isServing: boolean): void {
  if (isServing && config.tsnetAllow.length > 0) {
    faults.push(
      `Cannot use ${given.get("tsnetAllow")}: got no USE_TSNET, without which nodes are not told ` +
        "apart, want USE_TSNET=true, with TSNET_MODE=sidecar beside a tailscaled.",
    );
  }
  if (!isServing && config.tsnetAllow.length > 0) {
    warnings.push(
      `${given.get("tsnetAllow")} is not used without USE_TSNET, and \`serve\` refuses it then.`,
    );
  }
  if (config.tsnetMode !== "sidecar") return;
  warnings.push(
    `${given.get("tsnetMode")} is not used without USE_TSNET. For a tailscaled that logs in by ` +
      "itself, SCRAPE_PROXY is enough.",
  );
}

function checkEmbedded({ given, faults, warnings }: Reading): void {
  const proxy = given.get("scrapeProxy");
  if (proxy !== undefined) {
    faults.push(
      `Cannot choose a way to devices: got ${given.get("useTsnet")} and ${proxy}, want one of ` +
        "them, or TSNET_MODE=sidecar with the tailscaled of that proxy.",
    );
  }
  const authority = given.get("tlsClientCaPem");
  if (authority !== undefined) {
    warnings.push(
      `${authority} is set with ${
        given.get("useTsnet")
      }: requests over the tailnet show no certificate, so that ` +
        "all but /health and the probes are answered with 403. Scrape at BIND_HOST and PORT " +
        `instead, or unset ${authority} and limit the nodes by TSNET_ALLOW.`,
    );
  }
  const folder = given.get("tsnetStateDir");
  if (folder !== undefined) {
    warnings.push(
      `${folder} is not used: the sandbox opens no files. The identity of the node is kept below ` +
        "XDG_DATA_HOME (deno run: DENO_DIR), or given in TSNET_STATE.",
    );
  }
}

/** Addresses to listen on by which a connection to 127.0.0.1 arrives; a name may be one. */
const TAKES_LOOPBACK: readonly string[] = ["127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1"];

function checkSidecar({ config, given, faults, warnings }: Reading): void {
  const mode = given.get("tsnetMode");
  if (!given.has("scrapeProxy")) {
    faults.push(
      `Cannot use ${mode}: got no SCRAPE_PROXY, want the address of its tailscaled's ` +
        "--socks5-server, such as socks5h://127.0.0.1:1055.",
    );
  }
  if (!given.has("localApiSocket") && !given.has("localApiUrl")) {
    faults.push(
      `Cannot use ${mode}: got no way to its LocalAPI, want LOCALAPI_URL, or LOCALAPI_SOCKET ` +
        "for tsmetrics-host.",
    );
  }
  const { bindHost } = config;
  if (parseCidr(bindHost) !== undefined && !TAKES_LOOPBACK.includes(bindHost)) {
    warnings.push(
      `${given.get("bindHost")} is ${bindHost}, so nothing is served over the tailnet: the ` +
        "tailscaled of a sidecar forwards to 127.0.0.1. Set it to 127.0.0.1, or to 0.0.0.0 to " +
        "serve at the other addresses of this machine, too.",
    );
  }
  for (const key of ["tsnetState", "tsnetStateDir"] as const) {
    if (!given.has(key)) continue;
    warnings.push(
      `${given.get(key)} is not used: the sidecar keeps its own state, in its --statedir.`,
    );
  }
}
