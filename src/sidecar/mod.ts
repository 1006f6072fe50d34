/**
 * The sidecar: a tailscaled in userspace mode beside this process, which we log in and configure.
 * Loaded only where `TSNET_MODE` asks for it.
 *
 * @module
 */

export { type GuardedRemote, guardForwarded } from "./guard.ts";
export { openSidecar, type SidecarContext, type SidecarSettings } from "./open.ts";
export { SidecarNode } from "./sidecar.ts";
