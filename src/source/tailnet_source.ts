/**
 * A tailnet as a source: the client of its control plane, and how its devices are reached. The
 * demo stands in for a tailnet where `TEST_DEVICES` asks for it.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { OpenPlane } from "../control/mod.ts";
import type { Demo } from "../demo/mod.ts";
import type { DirectClientOptions, PageProxy } from "../devices/mod.ts";
import type { HeadscaleOptions } from "../headscale/mod.ts";
import type { TellPast } from "../history/mod.ts";
import { listenLoopback } from "../http/mod.ts";
import type { OwnNode } from "../own_node/mod.ts";
import type { Runtime } from "../runtime.ts";
import type { Secret } from "../secret/secret.ts";
import type { ApiOptions, Credentials } from "../tailscale/mod.ts";
import { orAborted } from "../time/timeout.ts";
import { createApiClient, withdrawProxies } from "./api_client.ts";

/** The settings that say which tailnet there is, and with which credentials. */
export type TailnetSourceSettings = Pick<
  Config,
  | "headscaleApiKey"
  | "headscaleUrl"
  | "oauthClientId"
  | "oauthClientSecret"
  | "oauthToken"
  | "scrapeProxy"
  | "tailnetName"
  | "tailscaleApiUrl"
  | "testDevices"
  | "tlsCaPem"
>;

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
  /** Whether `connect` is the embedded node's. Default: false. */
  readonly usesEmbeddedNode?: boolean;
  /**
   * Why no device can be reached now, as a sentence without secrets: our own node is not in the
   * tailnet. Default: there is no such node.
   */
  readonly outage?: () => string | undefined;
  /** Hears how the devices answered in a cycle; see `OwnNode`. Default: not heard. */
  readonly scraped?: OwnNode["scraped"];
  /** Calls back each time that our own node reaches the control plane again. Default: never. */
  readonly onReturn?: (listener: () => void) => void;
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
export async function openSource(
  settings: TailnetSourceSettings,
  runtime: Runtime,
): Promise<Source> {
  if (settings.testDevices.length > 0) {
    // The database's client may go through them.
    const proxySecrets = withdrawProxies(runtime);
    return { ...await openDemo(settings, runtime), proxySecrets };
  }
  const { headscaleApiKey, headscaleUrl, tlsCaPem } = settings;
  const client = createApiClient(tlsCaPem, runtime);
  const proxySecrets = withdrawProxies(runtime);
  const plane = headscaleUrl === undefined || headscaleApiKey === undefined
    ? await openTailscale({
      baseUrl: settings.tailscaleApiUrl,
      tailnet: settings.tailnetName,
      credentials: chooseCredentials(settings),
      client,
    })
    : await openHeadscale({ baseUrl: headscaleUrl, apiKey: headscaleApiKey, client });
  return {
    ...plane,
    pageProxy: settings.scrapeProxy,
    proxySecrets,
    isDemo: false,
    [Symbol.asyncDispose]: () => Promise.resolve(client.close()),
  };
}

/** Whether the settings name a tailnet at all. */
export function hasCredentials(settings: TailnetSourceSettings): boolean {
  const { headscaleUrl, oauthClientId, oauthToken, testDevices } = settings;
  return testDevices.length > 0 ||
    [headscaleUrl, oauthClientId, oauthToken].some((value) => value !== undefined);
}

/** The part of a source that the control plane makes. */
type Plane = Pick<Source, "apiUrl" | "openPlane" | "tailnet">;

async function openTailscale(options: ApiOptions): Promise<Plane> {
  const { createApi } = await import("../tailscale/mod.ts");
  return {
    apiUrl: options.baseUrl,
    tailnet: options.tailnet,
    openPlane: (own) => createApi({ ...own, ...options }),
  };
}

async function openHeadscale(options: HeadscaleOptions): Promise<Plane> {
  const { createHeadscaleApi } = await import("../headscale/mod.ts");
  return {
    apiUrl: options.baseUrl,
    tailnet: undefined,
    openPlane: (own) => createHeadscaleApi({ ...own, ...options }),
  };
}

async function openDemo(
  { testDevices }: TailnetSourceSettings,
  runtime: Runtime,
): Promise<Source> {
  const { startDemo } = await import("../demo/mod.ts");
  const demo = await startDemo({ devices: testDevices, listen: listenLoopback });
  const client = runtime.createHttpClient({});
  const plane = await openTailscale({
    baseUrl: demo.apiUrl,
    tailnet: demo.tailnet,
    credentials: { kind: "oauth", clientId: demo.clientId, clientSecret: demo.clientSecret },
    client,
  });
  return {
    ...plane,
    connect: connectByDemo(demo, runtime),
    pageProxy: undefined,
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

/**
 * Connects to the demo's port in place of a device's, and fails as the system would: the log then
 * says what it says in a real tailnet, not that a proxy answered which the operator never set.
 */
function connectByDemo(
  demo: Pick<Demo, "devicePort" | "portState">,
  runtime: Runtime,
): DirectClientOptions["connect"] {
  return async ({ hostname, port, signal }) => {
    switch (demo.portState(hostname, port)) {
      case "silent":
        return await orAborted(new Promise<never>(() => {}), signal);
      case "refused": {
        const error = new Error("Connection refused (os error 111)");
        error.name = "ConnectionRefused";
        throw error;
      }
      case "open":
        return await runtime.connect({ hostname: "127.0.0.1", port: demo.devicePort, signal });
    }
  };
}

/** The configuration has been checked: there is a token, or a client with its secret. */
function chooseCredentials(settings: TailnetSourceSettings): Credentials {
  const { oauthToken, oauthClientId, oauthClientSecret } = settings;
  if (oauthToken !== undefined) return { kind: "token", token: oauthToken };
  return {
    kind: "oauth",
    clientId: oauthClientId ?? "",
    clientSecret: oauthClientSecret as Secret,
  };
}
