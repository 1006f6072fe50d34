/**
 * Where the facts come from: the operator's tailnet or the demo in its place, this host's
 * tailscaled, and our own node as the way to the devices. What is not configured is not opened, and
 * its modules are not loaded.
 *
 * @module
 */

export { withdrawProxies } from "./api_client.ts";
export { controlUrlOf, type Sidecar } from "./own_node.ts";
export { openSources, type Sources, type SourcesOptions, storeNameOf } from "./sources.ts";
export { openSource, type Source } from "./tailnet_source.ts";
