/**
 * The sidecar from settings: the same variables as for the embedded node, and the way to its
 * LocalAPI. Logs what happens to it, one line for each change.
 *
 * @module
 */

import { createJoining, type JoinContext, type JoinSettings } from "../own_node/joining.ts";
import { TroubleLog } from "../log/trouble.ts";
import type { LoginApi } from "../tailscale/local/mod.ts";
import { SidecarNode } from "./sidecar.ts";

/** What the settings say of the node. */
export interface SidecarSettings extends JoinSettings {
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; "" for Tailscale's. */
  readonly controlUrl: string;
}

/** What the node is connected to. */
export interface SidecarContext extends JoinContext {
  /** Its tailscaled. */
  readonly api: LoginApi;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A sidecar of the settings; it is not looked after yet. */
export function openSidecar(settings: SidecarSettings, context: SidecarContext): SidecarNode {
  const { controlUrl, hostname } = settings;
  const { api, delay, elapsed, log, now } = context;
  const trouble = new TroubleLog(log);
  return new SidecarNode({
    api,
    hostname,
    controlUrl,
    ...createJoining(settings, "sidecar", context),
    onOtherControl(actual) {
      log.warning(
        "The sidecar is logged in at {actual}, not at {wanted}: run `tailscale logout` on it to " +
          "have it log in there",
        { actual: actual || "Tailscale", wanted: controlUrl || "Tailscale" },
      );
    },
    onRefused(reason) {
      log.warning("Cannot apply our settings to the sidecar: {reason}; retrying every 5 minutes", {
        reason,
      });
    },
    onLooked(failure) {
      if (failure === undefined) trouble.over("look", "Managing the sidecar again");
      else {
        const message = "Cannot manage the sidecar: {reason}; retrying";
        trouble.report("look", message, { reason: failure }, { level: "error" });
      }
    },
    delay,
    now,
    elapsed,
  });
}
