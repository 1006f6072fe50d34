/**
 * What `check` says of our own node while it is out of the tailnet.
 *
 * @module
 */

import type { OwnNode } from "../own_node/mod.ts";

/** Our own node, embedded or a sidecar, if there is one. */
export interface CheckedNodes {
  /** The embedded node. */
  readonly embedded?: Pick<OwnNode, "status"> | undefined;
  /** The sidecar. */
  readonly sidecar?: { readonly node: Pick<OwnNode, "status"> } | undefined;
}

/**
 * Why our own node is out of the tailnet and what to do. The URL to log in at is shown of a sidecar
 * only, whose tailscaled outlives this command.
 *
 * @returns undefined if there is no such node, it is in the tailnet, or nothing is known yet.
 */
export async function nodeProblem(
  { embedded, sidecar }: CheckedNodes,
  hasAuthKey: boolean,
): Promise<string | undefined> {
  const status = (embedded ?? sidecar?.node)?.status;
  if (status === undefined || status.state === "unreachable") return undefined;
  if (status.state === "starting" && status.error === undefined) return undefined;
  const { describeStatus, isIn } = await import("../own_node/mod.ts");
  if (isIn(status.state)) return undefined;
  const [name, takesUrl] = embedded === undefined
    ? ["sidecar", true] as const
    : ["embedded node", false] as const;
  return describeStatus(status, name, { hasAuthKey, takesUrl });
}
