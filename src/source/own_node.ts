/**
 * Our own node of the tailnet, as which the devices are reached: embedded in this process, or a
 * tailscaled beside it.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { EmbeddedNode } from "../embedded/mod.ts";
import type { OwnNode } from "../own_node/mod.ts";
import { getLogger } from "../log/log.ts";
import type { Runtime } from "../runtime.ts";
import type { SidecarNode } from "../sidecar/mod.ts";
import type { LocalApi } from "../tailscale/local/mod.ts";
import { clockOf } from "../time/clock.ts";
import { delayQuietly } from "../time/delay.ts";
import { createApiClient } from "./api_client.ts";
import { localApiAddress, type LocalApiSettings, openLocalTransport } from "./local_api_address.ts";

/** The settings that say which control plane our node joins. */
export type ControlUrlSettings = Pick<Config, "headscaleUrl" | "tsnetControlUrl">;

/** The settings of either kind of node. */
export type JoinConfig =
  & ControlUrlSettings
  & Pick<Config, "requireExporterTag" | "tsAuthkey" | "tsnetHostname" | "tsnetTags">;

/** The settings of the embedded node. */
export type EmbeddedConfig =
  & JoinConfig
  & Pick<Config, "clientMetricsTimeoutMs" | "logLevel" | "tlsCaPem" | "tsnetState">;

/** The settings of the sidecar. */
export type SidecarConfig = JoinConfig & LocalApiSettings & Pick<Config, "localApiTimeoutMs">;

/** Timeout of a whois, half that of a scrape, which waits for it. Units: milliseconds. */
const WHOIS_MS = 5_000;

/** A tailscaled that we look after. */
export interface Sidecar {
  /** The node that it is. */
  readonly node: SidecarNode;
  /** Tells who is behind an address. */
  readonly whois: LocalApi["whois"];
}

/**
 * Loads the embedded node; it joins when it is started.
 *
 * @param isServing Whether it runs until it is stopped.
 */
export async function openEmbeddedNode(
  settings: EmbeddedConfig,
  runtime: Runtime,
  isServing: boolean,
): Promise<EmbeddedNode> {
  const { openEmbedded } = await import("../embedded/mod.ts");
  const { tlsCaPem } = settings;
  const client = createApiClient(tlsCaPem, runtime);
  return await openEmbedded({
    hostname: settings.tsnetHostname,
    controlUrl: controlUrlOf(settings),
    authKey: settings.tsAuthkey,
    tags: settings.tsnetTags,
    needsExporter: settings.requireExporterTag,
    identity: settings.tsnetState,
    caPem: tlsCaPem,
    dialTimeoutMs: settings.clientMetricsTimeoutMs,
    // Tailscale's own variable; every tailscaled of such a tailnet has it as well.
    hasPlainRelays: runtime.readVariable("TS_DEBUG_USE_DERP_HTTP") === "1",
    isVerbose: settings.logLevel === "debug",
    isServing,
  }, {
    storage: () => runtime.storage(),
    fetch: (input, init) => fetch(input, { ...init, client }),
    connect: (options) => runtime.connect(options),
    log: getLogger("tsnet"),
    ...clockOf(runtime),
    delay: delayQuietly,
  });
}

/**
 * Opens the LocalAPI of the sidecar; the configuration has been checked.
 *
 * @param client Asks Tailscale's API for an auth key.
 */
export async function openSidecarNode(
  settings: SidecarConfig,
  runtime: Runtime,
  client: Deno.HttpClient,
): Promise<Sidecar> {
  const address = localApiAddress(settings);
  if (address === undefined) throw new TypeError("Cannot open the sidecar: got no LocalAPI");
  const { createLocalApi, createLoginApi } = await import("../tailscale/local/mod.ts");
  const { openSidecar } = await import("../sidecar/mod.ts");
  const transport = await openLocalTransport(address, runtime);
  const timeoutMs = settings.localApiTimeoutMs;
  const node = openSidecar({
    hostname: settings.tsnetHostname,
    controlUrl: controlUrlOf(settings)?.href.replace(/\/$/, "") ?? "",
    authKey: settings.tsAuthkey,
    tags: settings.tsnetTags,
    needsExporter: settings.requireExporterTag,
  }, {
    api: createLoginApi({ transport, timeoutMs }),
    fetch: (input, init) => fetch(input, { ...init, client }),
    log: getLogger("tsnet"),
    ...clockOf(runtime),
    delay: delayQuietly,
  });
  const { whois } = createLocalApi({ transport, timeoutMs: Math.min(timeoutMs, WHOIS_MS) });
  return { node, whois };
}

/** Waits until our node is in the tailnet, or will not be for now. */
export async function untilJoined(
  node: OwnNode,
  runtime: Pick<Runtime, "elapsedMs">,
  signal: AbortSignal,
): Promise<void> {
  const { waitForJoin } = await import("../own_node/mod.ts");
  await waitForJoin(node, { delay: delayQuietly, elapsed: () => runtime.elapsedMs() }, signal);
}

/** Calls back each time that our node reaches the control plane again. */
export function onReturn(node: Pick<OwnNode, "status" | "subscribe">, listener: () => void): void {
  const isReached = () => node.status.state === "running" || node.status.reach === "returning";
  let wasReached = isReached();
  node.subscribe(() => {
    const isBack = isReached() && !wasReached;
    wasReached = isReached();
    if (isBack) listener();
  });
}

/** The control plane that our node joins; undefined for Tailscale's. */
export function controlUrlOf(
  { headscaleUrl, tsnetControlUrl }: ControlUrlSettings,
): URL | undefined {
  return tsnetControlUrl ?? (headscaleUrl && new URL("/", headscaleUrl));
}
