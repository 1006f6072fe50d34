/**
 * What the page tells of our own node of the tailnet, and of the time before the first device list.
 *
 * @module
 */

import type { ExporterState } from "./exporter_model.ts";
import type { Summary } from "./model.ts";

/** Whether a problem is that of our own node: the exporter's view has more about it. */
export function isOfOwnNode(kind: string): boolean {
  return kind.startsWith("own_node_");
}

/** Whether nothing has been collected yet, so that no news is not good news. */
export function isStarting({ tailnets }: Pick<Summary, "tailnets">): boolean {
  return tailnets.length > 0 && tailnets.every(({ last_list }) => last_list === null);
}

/**
 * The reason why the exporter is not healthy, without what the card of our own node says.
 *
 * @returns null if there is no other reason.
 */
export function otherReason(
  reason: string | null,
  node: Pick<NonNullable<ExporterState["node"]>, "problem" | "summary"> | null,
): string | null {
  if (reason === null || node === null || node.problem === null) return reason;
  const other = reason.replace(node.summary, "").replace(/ {2,}/g, " ").trim();
  return other === "" ? null : other;
}
