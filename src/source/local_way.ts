/**
 * The way to this host's tailscaled: its socket, a forward of it over TCP, or a bridge. Where there
 * is none, the embedded node answers in its place.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { EmbeddedNode } from "../embedded/mod.ts";
import { ConfigError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import type { LocalApi, LocalTransport, LocalWay } from "../tailscale/local/mod.ts";

/** The settings that name a way to tailscaled. */
export type LocalWaySettings = Pick<
  Config,
  "bridgeToken" | "bridgeUrl" | "localApiPassword" | "localApiSocket" | "localApiUrl"
>;

/** The settings of requests to tailscaled. */
export type LocalSettings = Pick<Config, "localApiTimeoutMs" | "peersInclude">;

/** The way that the settings name; undefined if they name none. */
export function wayOf(settings: LocalWaySettings): LocalWay | undefined {
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
 * @throws {ConfigError} If the sandbox forbids the way, which it does for good.
 */
export async function openLocal(
  way: LocalWay | EmbeddedNode,
  settings: LocalSettings,
  runtime: Runtime,
): Promise<LocalApi> {
  const { createLocalApi } = await import("../tailscale/local/mod.ts");
  return createLocalApi({
    transport: "kind" in way
      ? await openWay(way, runtime)
      : (await import("../embedded/mod.ts")).createLocalTransport(way),
    timeoutMs: settings.localApiTimeoutMs,
    include: new Set(settings.peersInclude),
    elapsed: () => runtime.elapsedMs(),
  });
}

/**
 * Opens a way to tailscaled.
 *
 * @throws {ConfigError} If the sandbox forbids the way, which it does for good.
 */
export async function openWay(
  way: LocalWay,
  runtime: Pick<Runtime, "createHttpClient">,
): Promise<LocalTransport> {
  const { LocalApiError, openTransport } = await import("../tailscale/local/mod.ts");
  try {
    return openTransport(way, { createHttpClient: runtime.createHttpClient });
  } catch (error) {
    if (error instanceof LocalApiError) throw new ConfigError([`${error.message}.`]);
    throw error;
  }
}
