/**
 * The sidecar from settings: the same variables as for the embedded node, and the way to its
 * LocalAPI. Logs what happens to it, one line for each change.
 *
 * @module
 */

import { resolveAuthKey } from "../embedded/auth_key.ts";
import { AuthKeyCache } from "../embedded/auth_key_cache.ts";
import { createTeller } from "../embedded/teller.ts";
import type { Logger } from "../log/log.ts";
import { TroubleLog } from "../log/trouble.ts";
import type { Secret } from "../secret/secret.ts";
import { withTagPrefix } from "../tag.ts";
import type { LoginApi } from "../tailscale/local/mod.ts";
import type { Delay } from "../time/delay.ts";
import { SidecarNode } from "./sidecar.ts";

/** What the settings say of the node. */
export interface SidecarSettings {
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; "" for Tailscale's. */
  readonly controlUrl: string;
  /** An auth key, or an OAuth client's secret. */
  readonly authKey: Secret | undefined;
  /** Tags that the node must have, without `tag:`. */
  readonly tags: readonly string[];
  /** Whether the node must have tag:exporter. Default: false. */
  readonly needsExporter?: boolean;
}

/** What the node is connected to. */
export interface SidecarContext {
  /** Its tailscaled. */
  readonly api: LoginApi;
  /** Asks Tailscale's API for an auth key. */
  readonly fetch: typeof fetch;
  /** Hears each change. */
  readonly log: Logger;
  /** Waits. */
  readonly delay: Delay;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** A sidecar of the settings; it is not looked after yet. */
export function openSidecar(settings: SidecarSettings, context: SidecarContext): SidecarNode {
  const { authKey, controlUrl, hostname, needsExporter, tags } = settings;
  const { api, delay, elapsed, fetch, log, now } = context;
  const keyOptions = { tags: tags.map(withTagPrefix), fetch, delay };
  const keys = new AuthKeyCache({
    make: async () => await resolveAuthKey(authKey?.reveal() ?? "", keyOptions),
    elapsed,
  });
  const trouble = new TroubleLog(log);
  const tell = createTeller({ log, tags, needsExporter, name: "sidecar" });
  return new SidecarNode({
    api,
    hostname,
    controlUrl,
    hasAuthKey: authKey !== undefined,
    async authKey() {
      return authKey === undefined ? undefined : await keys.get();
    },
    onStatus(status) {
      keys.told(status);
      tell(status);
    },
    onOtherControl(actual) {
      log.warning(
        "The sidecar is logged in at {actual}, not at {wanted}: run `tailscale logout` on it to " +
          "have it log in there",
        { actual: actual || "Tailscale", wanted: controlUrl || "Tailscale" },
      );
    },
    onRefused(reason) {
      log.warning("The sidecar keeps its own settings: {reason}; trying again every 5 minutes", {
        reason,
      });
    },
    onLooked(failure) {
      if (failure === undefined) trouble.over("look", "The sidecar is looked after again");
      else {
        const message = "Cannot look after the sidecar: {reason}; trying again";
        trouble.report("look", message, { reason: failure }, { level: "error" });
      }
    },
    delay,
    now,
    elapsed,
  });
}
