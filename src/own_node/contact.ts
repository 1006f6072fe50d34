/**
 * Whether our own node has lost the control plane. Tailscale's own warning of it appears only after
 * 8 minutes, the longest maintenance window of Tailscale's control plane.
 *
 * Source: tailscale.com/health, warnable "not-in-map-poll"
 *
 * @module
 */

import type { NodeState } from "./node_status.ts";
import type { SelfReport } from "./self_report.ts";

/** The connection is opened anew now and then; one that is gone for this long is lost. */
const PATIENCE_MS = 10_000;

/** Watches a node's connection to the control plane. */
export class Contact {
  #lostAtMs: number | undefined;

  /**
   * The state of a node whose report was judged without regard to how long it is disconnected.
   *
   * @param elapsedMs Monotonic time of the report.
   */
  judge(judged: NodeState, { isConnected }: SelfReport, elapsedMs: number): NodeState {
    if (judged !== "running" || isConnected !== false) this.#lostAtMs = undefined;
    else this.#lostAtMs ??= elapsedMs;
    if (this.#lostAtMs === undefined || elapsedMs - this.#lostAtMs < PATIENCE_MS) return judged;
    return "control_away";
  }
}
