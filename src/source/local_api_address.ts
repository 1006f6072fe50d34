/**
 * The address of this host's LocalAPI: tailscaled's socket, a forward of it over TCP, or a bridge.
 * Where there is none, the embedded node answers in its place.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { EmbeddedNode } from "../embedded/mod.ts";
import { ConfigError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import type { LocalApi, LocalApiAddress, LocalTransport } from "../tailscale/local/mod.ts";

/** The settings that name the address of tailscaled. */
export type LocalApiSettings = Pick<
  Config,
  "bridgeToken" | "bridgeUrl" | "localApiPassword" | "localApiSocket" | "localApiUrl"
>;

/** The settings of requests to tailscaled. */
export type LocalSettings = Pick<Config, "localApiTimeoutMs" | "peersInclude">;

/** The address that the settings name; undefined if they name none. */
export function localApiAddress(settings: LocalApiSettings): LocalApiAddress | undefined {
  const { localApiSocket, localApiUrl, localApiPassword, bridgeUrl, bridgeToken } = settings;
  if (localApiSocket !== undefined) return { kind: "socket", path: localApiSocket };
  if (localApiUrl !== undefined) {
    return { kind: "forward", url: localApiUrl, password: localApiPassword };
  }
  if (bridgeUrl !== undefined) return { kind: "bridge", url: bridgeUrl, token: bridgeToken };
  return undefined;
}

/**
 * Makes the client of the LocalAPI of tailscaled or the embedded node.
 *
 * @param isOwnNode Whether it is our own node, embedded or a sidecar that we log in.
 * @throws {ConfigError} If the sandbox forbids the address, which is permanent.
 */
export async function openLocal(
  address: LocalApiAddress | EmbeddedNode,
  settings: LocalSettings,
  runtime: Runtime,
  isOwnNode: boolean,
): Promise<LocalApi> {
  const { createLocalApi } = await import("../tailscale/local/mod.ts");
  return createLocalApi({
    transport: "kind" in address
      ? await openLocalTransport(address, runtime)
      : (await import("../embedded/mod.ts")).createLocalTransport(address),
    isOwnNode,
    timeoutMs: settings.localApiTimeoutMs,
    include: new Set(settings.peersInclude),
    elapsed: () => runtime.elapsedMs(),
  });
}

/**
 * Opens a transport to tailscaled.
 *
 * @throws {ConfigError} If the sandbox forbids the address, which is permanent.
 */
export async function openLocalTransport(
  address: LocalApiAddress,
  runtime: Pick<Runtime, "createHttpClient">,
): Promise<LocalTransport> {
  const { LocalApiError, openTransport } = await import("../tailscale/local/mod.ts");
  try {
    return openTransport(address, { createHttpClient: runtime.createHttpClient });
  } catch (error) {
    if (error instanceof LocalApiError) throw new ConfigError([`${error.message}.`]);
    throw error;
  }
}
