/**
 * Where the facts come from: the operator's tailnet, or the embedded demo in its place, and the
 * tailscaled of this host. What is not configured is not there, and of demo and tailscaled not even
 * the modules.
 *
 * @module
 */

import type { Config, Part } from "./config/mod.ts";
import type { OpenPlane } from "./control/mod.ts";
import { ConfigError, describeError } from "./errors.ts";
import type { DirectClientOptions, PageProxy } from "./devices/mod.ts";
import type { EmbeddedNode, OwnNode } from "./embedded/mod.ts";
import type { HeadscaleOptions } from "./headscale/mod.ts";
import type { TellPast } from "./history/mod.ts";
import { listenLoopback } from "./http/mod.ts";
import { getLogger } from "./log/log.ts";
import type { Runtime } from "./runtime.ts";
import { loginSecrets, type Secret } from "./secret/secret.ts";
import { formatShard, type Shard } from "./shard.ts";
import type { SidecarNode } from "./sidecar/mod.ts";
import type { LocalApi, LocalTransport, LocalWay } from "./tailscale/local/mod.ts";
import type { ApiOptions, Credentials } from "./tailscale/mod.ts";
import { delayQuietly } from "./time/delay.ts";

/** The variables by which `fetch` chooses a proxy whenever a client is made. */
const PROXY_VARIABLES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);

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
  /**
   * The client of the database that points are written to, by the certificates and proxies that the
   * API's has; undefined if none is configured.
   */
  readonly database?: Deno.HttpClient | undefined;
  /** What must not be shown of the proxies that stood in the environment. */
  readonly proxySecrets?: readonly Secret[];
  /** Waits until our own node is in the tailnet, or will not be for now; none need not wait. */
  readonly joined?: (signal: AbortSignal) => Promise<void>;
}

/** A tailscaled that we look after. */
export interface Sidecar {
  /** The node that it is. */
  readonly node: SidecarNode;
  /** Tells who is behind an address. */
  readonly whois: LocalApi["whois"];
}

/** Options for {@linkcode openSources}. */
export interface SourcesOptions {
  /** Whether the demo's host stands in for a tailscaled, where none is configured. Default: no. */
  readonly simulatesHost?: boolean;
}

/**
 * Opens what is configured.
 *
 * @param collect What is wanted of it; undefined = all.
 * @throws {ConfigError} If a certificate or the sandbox does not allow it.
 */
export async function openSources(
  config: Config,
  runtime: Runtime,
  collect?: readonly Part[],
  { simulatesHost = false }: SourcesOptions = {},
): Promise<Sources> {
  const wantsHost = wants(collect, "peers", "native", "watchdog");
  const way = wantsHost ? wayOf(config) : undefined;
  const hasTailnet = way === undefined || hasCredentials(config);
  const wantsDevices = hasTailnet && wants(collect, "devices");
  const database = config.influxUrl && createApiClient(config.tlsCaPem, runtime);
  // Their clients must be made while the proxies are still in the environment.
  const isSidecar = config.tsnetMode === "sidecar";
  const wantsNode = wantsDevices && config.useTsnet;
  const embedded = wantsNode && !isSidecar ? await openNode(config, runtime) : undefined;
  const keyClient = wantsNode && isSidecar ? createApiClient(config.tlsCaPem, runtime) : undefined;
  const source = wantsDevices ? await openSource(config, runtime) : undefined;
  const tailnet = source && embedded
    ? { ...source, connect: embedded.connect.bind(embedded) }
    : source;
  // The environment's proxies are out of the way now, whatever was opened.
  const proxySecrets = tailnet?.proxySecrets ?? withdrawProxies(runtime);
  const simulatedUrl = simulatesHost && way === undefined ? source?.localApiUrl : undefined;
  const anyWay = way ?? (simulatedUrl && { kind: "forward" as const, url: simulatedUrl });
  const place = anyWay ?? (wantsHost ? embedded : undefined);
  const local = place && await openLocal(place, config, runtime);
  embedded?.start();
  const sidecar = keyClient && await openBeside(config, runtime, keyClient);
  sidecar?.node.start();
  const node = embedded ?? sidecar?.node;
  return {
    tailnet,
    local,
    isHostSimulated: simulatedUrl !== undefined,
    embedded,
    sidecar,
    database,
    proxySecrets,
    ...node !== undefined &&
      { joined: (signal: AbortSignal) => untilJoined(node, runtime, signal) },
    async [Symbol.asyncDispose]() {
      local?.close();
      database?.close();
      await sidecar?.node.close();
      keyClient?.close();
      await embedded?.close();
      await tailnet?.[Symbol.asyncDispose]();
    },
  };
}

async function untilJoined(node: OwnNode, runtime: Runtime, signal: AbortSignal): Promise<void> {
  const { settled } = await import("./embedded/mod.ts");
  await settled(node, { delay: delayQuietly, elapsed: () => runtime.elapsedMs() }, signal);
}

function wants(collect: readonly Part[] | undefined, ...parts: readonly Part[]): boolean {
  return collect === undefined || parts.some((part) => collect.includes(part));
}

function hasCredentials(config: Config): boolean {
  const { headscaleUrl, oauthClientId, oauthToken, testDevices } = config;
  return testDevices.length > 0 ||
    [headscaleUrl, oauthClientId, oauthToken].some((value) => value !== undefined);
}

function wayOf(config: Config): LocalWay | undefined {
  const { localApiSocket, localApiUrl, localApiPassword, bridgeUrl, bridgeToken } = config;
  if (localApiSocket !== undefined) return { kind: "socket", path: localApiSocket };
  if (localApiUrl !== undefined) {
    return { kind: "forward", url: localApiUrl, password: localApiPassword };
  }
  if (bridgeUrl !== undefined) return { kind: "bridge", url: bridgeUrl, token: bridgeToken };
  return undefined;
}

async function openLocal(way: LocalWay | EmbeddedNode, config: Config, runtime: Runtime) {
  const { createLocalApi } = await import("./tailscale/local/mod.ts");
  return createLocalApi({
    transport: "kind" in way
      ? await openWay(way, runtime)
      : (await import("./embedded/mod.ts")).createLocalTransport(way),
    timeoutMs: config.localApiTimeoutMs,
    include: new Set(config.peersInclude),
    elapsed: () => runtime.elapsedMs(),
  });
}

/** @throws {ConfigError} If the sandbox forbids the way, which it does for good. */
async function openWay(way: LocalWay, runtime: Runtime): Promise<LocalTransport> {
  const { LocalApiError, openTransport } = await import("./tailscale/local/mod.ts");
  try {
    return openTransport(way, { createHttpClient: runtime.createHttpClient });
  } catch (error) {
    if (error instanceof LocalApiError) throw new ConfigError([`${error.message}.`]);
    throw error;
  }
}

/** Opens the way to the tailscaled of the sidecar; the configuration has been checked. */
async function openBeside(
  config: Config,
  runtime: Runtime,
  client: Deno.HttpClient,
): Promise<Sidecar> {
  const way = wayOf(config);
  if (way === undefined) throw new TypeError("Cannot open the sidecar: got no LocalAPI");
  const { createLocalApi, createLoginApi } = await import("./tailscale/local/mod.ts");
  const { openSidecar } = await import("./sidecar/mod.ts");
  const transport = await openWay(way, runtime);
  const timeoutMs = config.localApiTimeoutMs;
  const node = openSidecar({
    hostname: config.tsnetHostname,
    controlUrl: controlUrlOf(config)?.href.replace(/\/$/, "") ?? "",
    authKey: config.tsAuthkey,
    tags: config.tsnetTags,
    needsExporter: config.requireExporterTag,
  }, {
    api: createLoginApi({ transport, timeoutMs }),
    fetch: (input, init) => fetch(input, { ...init, client }),
    log: getLogger("tsnet"),
    delay: delayQuietly,
    now: () => runtime.now(),
    elapsed: () => runtime.elapsedMs(),
  });
  const { whois } = createLocalApi({ transport, timeoutMs });
  return { node, whois };
}

/** Loads the embedded node; it joins when it is started. */
async function openNode(config: Config, runtime: Runtime): Promise<EmbeddedNode> {
  const { openEmbedded } = await import("./embedded/mod.ts");
  const { tlsCaPem } = config;
  const client = createApiClient(tlsCaPem, runtime);
  return await openEmbedded({
    hostname: config.tsnetHostname,
    controlUrl: controlUrlOf(config),
    authKey: config.tsAuthkey,
    tags: config.tsnetTags,
    needsExporter: config.requireExporterTag,
    identity: config.tsnetState,
    caPem: tlsCaPem,
    dialTimeoutMs: config.clientMetricsTimeoutMs,
    // Tailscale's own variable; every tailscaled of such a tailnet has it as well.
    hasPlainRelays: runtime.readVariable("TS_DEBUG_USE_DERP_HTTP") === "1",
    isVerbose: config.logLevel === "debug",
  }, {
    storage: () => runtime.storage(),
    fetch: (input, init) => fetch(input, { ...init, client }),
    log: getLogger("tsnet"),
    delay: delayQuietly,
    now: () => runtime.now(),
    elapsed: () => runtime.elapsedMs(),
  });
}

/** The control plane that the embedded node joins; undefined for Tailscale's. */
export function controlUrlOf({ headscaleUrl, tsnetControlUrl }: Config): URL | undefined {
  return tsnetControlUrl ?? (headscaleUrl && new URL("/", headscaleUrl));
}

/**
 * What is monitored, for the store of its history. Shards keep theirs apart: the alerts of another
 * shard's devices would be resolved after a restart, because they are not in the list.
 */
export function subjectOf(
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

/** A tailnet to collect from; disposing of it ends what was opened. */
export interface Source extends AsyncDisposable {
  /** Base of the API, its path included. */
  readonly apiUrl: URL;
  /** The tailnet's name in the API's paths; undefined where an API has only one tailnet. */
  readonly tailnet: string | undefined;
  /** Makes the client of the API: it alone goes through the proxy of the environment. */
  readonly openPlane: OpenPlane;
  /** Opens connections to devices. Default: the system does. */
  readonly connect?: DirectClientOptions["connect"];
  /** The proxy to the devices' pages. */
  readonly pageProxy: PageProxy | undefined;
  /** What must not be shown of the proxies that stood in the environment. */
  readonly proxySecrets: readonly Secret[];
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
  /** The LocalAPI of the demo's host, behind a forward. Default: there is none. */
  readonly localApiUrl?: URL | undefined;
  /** Tells what happened before the start. Default: nothing is known. */
  readonly tellPast?: TellPast;
  /** Tells simulated requests, see `src/access/visit_feed.ts`. Default: there are none. */
  readonly tellVisits?: ((fromMs: number, untilMs: number) => Iterable<string>) | undefined;
}

/**
 * Opens the demo if `TEST_DEVICES` asks for it, else the tailnet of the credentials.
 *
 * Afterwards the environment has no proxy variables any more: a client reads them when it is made,
 * and the only one that may is the API's.
 */
export async function openSource(config: Config, runtime: Runtime): Promise<Source> {
  if (config.testDevices.length > 0) {
    // The database's client may go through them.
    const proxySecrets = withdrawProxies(runtime);
    return { ...await openDemo(config, runtime), proxySecrets };
  }
  const { headscaleApiKey, headscaleUrl, tlsCaPem } = config;
  const client = createApiClient(tlsCaPem, runtime);
  const proxySecrets = withdrawProxies(runtime);
  const plane = headscaleUrl === undefined || headscaleApiKey === undefined
    ? await openTailscale({
      baseUrl: config.tailscaleApiUrl,
      tailnet: config.tailnetName,
      credentials: chooseCredentials(config),
      client,
    })
    : await openHeadscale({ baseUrl: headscaleUrl, apiKey: headscaleApiKey, client });
  return {
    ...plane,
    pageProxy: config.scrapeProxy,
    proxySecrets,
    isDemo: false,
    [Symbol.asyncDispose]: () => Promise.resolve(client.close()),
  };
}

/** The part of a source that the control plane makes. */
type Plane = Pick<Source, "apiUrl" | "openPlane" | "tailnet">;

async function openTailscale(options: ApiOptions): Promise<Plane> {
  const { createApi } = await import("./tailscale/mod.ts");
  return {
    apiUrl: options.baseUrl,
    tailnet: options.tailnet,
    openPlane: (own) => createApi({ ...own, ...options }),
  };
}

async function openHeadscale(options: HeadscaleOptions): Promise<Plane> {
  const { createHeadscaleApi } = await import("./headscale/mod.ts");
  return {
    apiUrl: options.baseUrl,
    tailnet: undefined,
    openPlane: (own) => createHeadscaleApi({ ...own, ...options }),
  };
}

/** Only here the platform looks into the certificates. */
function createApiClient(caPem: string | undefined, runtime: Runtime): Deno.HttpClient {
  if (caPem === undefined) return runtime.createHttpClient({});
  try {
    return runtime.createHttpClient({ caCerts: [caPem] });
  } catch (error) {
    const reason = describeError(error);
    throw new ConfigError([`Cannot use TLS_CA_PEM: ${reason}; want certificates in PEM form.`]);
  }
}

/**
 * Takes the proxy variables out of the environment, for good.
 *
 * @returns What must not be shown of their logins: a proxy may echo it.
 */
export function withdrawProxies(
  runtime: Pick<Runtime, "deleteVariable" | "readVariable">,
): readonly Secret[] {
  return PROXY_VARIABLES.flatMap((name) => {
    const url = URL.parse(runtime.readVariable(name) ?? "");
    runtime.deleteVariable(name);
    if (url === null || url.username + url.password === "") return [];
    return loginSecrets(decodeQuietly(url.username), decodeQuietly(url.password));
  });
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function openDemo(config: Config, runtime: Runtime): Promise<Source> {
  const { startDemo } = await import("./demo/mod.ts");
  const demo = await startDemo({ devices: config.testDevices, listen: listenLoopback });
  const client = runtime.createHttpClient({});
  const plane = await openTailscale({
    baseUrl: demo.apiUrl,
    tailnet: demo.tailnet,
    credentials: { kind: "oauth", clientId: demo.clientId, clientSecret: demo.clientSecret },
    client,
  });
  return {
    ...plane,
    pageProxy: { url: demo.proxyUrl },
    proxySecrets: [],
    isDemo: true,
    localApiUrl: demo.localApiUrl,
    tellPast: demo.tellPast,
    tellVisits: demo.tellVisits,
    async [Symbol.asyncDispose]() {
      client.close();
      await demo.shutdown();
    },
  };
}

/** The configuration has been checked: there is a token, or a client with its secret. */
function chooseCredentials(config: Config): Credentials {
  const { oauthToken, oauthClientId, oauthClientSecret } = config;
  if (oauthToken !== undefined) return { kind: "token", token: oauthToken };
  return {
    kind: "oauth",
    clientId: oauthClientId ?? "",
    clientSecret: oauthClientSecret as Secret,
  };
}
