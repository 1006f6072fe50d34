/**
 * Opens all sources together, in the order in which their HTTP clients may see the environment's
 * proxies.
 *
 * @module
 */

import type { Config, Part } from "../config/mod.ts";
import type { EmbeddedNode } from "../embedded/mod.ts";
import type { OwnNode } from "../own_node/mod.ts";
import type { Runtime } from "../runtime.ts";
import type { Secret } from "../secret/secret.ts";
import { formatShard, type Shard } from "../shard.ts";
import type { LocalApi } from "../tailscale/local/mod.ts";
import { createApiClient, withdrawProxies } from "./api_client.ts";
import {
  localApiAddress,
  type LocalApiSettings,
  type LocalSettings,
  openLocal,
} from "./local_api_address.ts";
import {
  type EmbeddedConfig,
  onReturn,
  openEmbeddedNode,
  openSidecarNode,
  type Sidecar,
  type SidecarConfig,
  untilJoined,
} from "./own_node.ts";
import {
  hasCredentials,
  openSource,
  type Source,
  type TailnetSourceSettings,
} from "./tailnet_source.ts";

/** The settings of all sources. */
export type SourcesSettings =
  & TailnetSourceSettings
  & LocalApiSettings
  & LocalSettings
  & EmbeddedConfig
  & SidecarConfig
  & Pick<
    Config,
    "alertmanagerUrl" | "alertWebhookUrl" | "influxUrl" | "tsnetMode" | "useTsnet"
  >;

/** All there is to collect from; disposing of it ends what was opened. */
export interface Sources extends AsyncDisposable {
  /** The tailnet by its API; undefined if none is configured or wanted. */
  readonly tailnet: Source | undefined;
  /** This host's tailscaled, else our embedded node; undefined if it is neither or not wanted. */
  readonly local: LocalApi | undefined;
  /** Whether that tailscaled is the demo's. */
  readonly isHostSimulated?: boolean;
  /** This process as a node of the tailnet; undefined if it is none. */
  readonly embedded: EmbeddedNode | undefined;
  /** A tailscaled beside this process, which we look after; undefined if there is none. */
  readonly sidecar?: Sidecar | undefined;
  /** The client of databases and receivers, with the API's certificates and proxies. */
  readonly outputClient?: Deno.HttpClient | undefined;
  /** Asks receivers of alerts by that client; undefined where neither is configured. */
  readonly fetchReceiver?: typeof fetch | undefined;
  /** What must not be shown of the proxies that stood in the environment. */
  readonly proxySecrets?: readonly Secret[] | undefined;
  /** Waits until our own node is in the tailnet, or will not be for now; none need not wait. */
  readonly joined?: (signal: AbortSignal) => Promise<void>;
}

/** Options for {@linkcode openSources}. */
export interface SourcesOptions {
  /** Whether the demo's host stands in for a tailscaled, where none is configured. Default: no. */
  readonly simulatesHost?: boolean;
  /** Whether they are read until the program is stopped. Default: false, for one cycle. */
  readonly isServing?: boolean;
}

/**
 * Opens what is configured.
 *
 * @param collect What is wanted of it; undefined = all.
 * @throws {ConfigError} If a certificate or the sandbox does not allow it.
 */
export async function openSources(
  settings: SourcesSettings,
  runtime: Runtime,
  collect?: readonly Part[],
  { isServing = false, simulatesHost = false }: SourcesOptions = {},
): Promise<Sources> {
  const wantsHost = wants(collect, "peers", "native", "watchdog");
  const address = wantsHost ? localApiAddress(settings) : undefined;
  const hasTailnet = address === undefined || hasCredentials(settings);
  const wantsDevices = hasTailnet && wants(collect, "devices");
  const { alertmanagerUrl, alertWebhookUrl, influxUrl } = settings;
  const hasOutputs = (influxUrl ?? alertmanagerUrl ?? alertWebhookUrl) !== undefined;
  const output = hasOutputs ? createApiClient(settings.tlsCaPem, runtime) : undefined;
  // Their clients must be made while the proxies are still in the environment.
  const isSidecar = settings.tsnetMode === "sidecar";
  const wantsNode = wantsDevices && settings.useTsnet;
  // It is also this host, where no address of a tailscaled is set.
  const wantsEmbedded = settings.useTsnet && (wantsDevices || wantsHost && address === undefined);
  const embedded = wantsEmbedded && !isSidecar
    ? await openEmbeddedNode(settings, runtime, isServing)
    : undefined;
  const keyClient = wantsNode && isSidecar
    ? createApiClient(settings.tlsCaPem, runtime)
    : undefined;
  const source = wantsDevices ? await openSource(settings, runtime) : undefined;
  let node: OwnNode | undefined = embedded;
  const tailnet = source && {
    ...source,
    ...embedded !== undefined &&
      {
        connect: embedded.connect.bind(embedded),
        scraped: embedded.scraped.bind(embedded),
        usesEmbeddedNode: true,
      },
    ...wantsNode && {
      outage: () => node?.outage,
      onReturn: (listener: () => void) => node && onReturn(node, listener),
    },
  };
  // The environment's proxies are out of the way now, whatever was opened.
  const proxySecrets = tailnet?.proxySecrets ?? withdrawProxies(runtime);
  const simulatedUrl = simulatesHost && address === undefined ? source?.localApiUrl : undefined;
  const hostAddress = address ?? (simulatedUrl && { kind: "forward" as const, url: simulatedUrl });
  const place = hostAddress ?? (wantsHost ? embedded : undefined);
  // A sidecar is the tailscaled of the address.
  const isOwnNode = place === embedded || wantsNode && isSidecar;
  const local = place && await openLocal(place, settings, runtime, isOwnNode);
  embedded?.start();
  const sidecar = keyClient && await openSidecarNode(settings, runtime, keyClient);
  sidecar?.node.start();
  node ??= sidecar?.node;
  const own = node;
  return {
    tailnet,
    local,
    isHostSimulated: simulatedUrl !== undefined,
    embedded,
    sidecar,
    outputClient: output,
    fetchReceiver: output && ((input, init) => fetch(input, { ...init, client: output })),
    proxySecrets,
    ...own !== undefined &&
      { joined: (signal: AbortSignal) => untilJoined(own, runtime, signal) },
    async [Symbol.asyncDispose]() {
      local?.close();
      output?.close();
      await sidecar?.node.close();
      keyClient?.close();
      await embedded?.close();
      await tailnet?.[Symbol.asyncDispose]();
    },
  };
}

function wants(collect: readonly Part[] | undefined, ...parts: readonly Part[]): boolean {
  return collect === undefined || parts.some((part) => collect.includes(part));
}

/**
 * Names the store of the history by what is monitored. Shards keep theirs apart: the alerts of
 * another shard's devices would be resolved after a restart, because they are not in the list.
 */
export function storeNameOf(
  tailnets: readonly Source[],
  local: LocalApi | undefined,
  shard: Shard | undefined,
): string {
  return [
    ...tailnets.map(({ apiUrl, tailnet = "" }) => `${apiUrl.host} ${tailnet}`),
    ...local === undefined || local.isEmbedded ? [] : [local.place],
    ...shard === undefined ? [] : [`shard ${formatShard(shard)}`],
  ].join(", ");
}
