/**
 * Tells when the refusal of an earlier login is out of date: a later login has no outcome, because
 * the node does not reach its control plane. The same for the embedded node and a sidecar.
 *
 * @module
 */

import { controlFailureIn } from "./control_failure.ts";
import type { NodeState } from "./node_status.ts";
import type { SelfReport } from "./self_report.ts";

/** Watches for how long the outcome of a login has been open. */
export class StaleRefusal {
  #openSinceMs: number | undefined;

  /** The next login begins anew, or nothing is known of the present one. */
  reset(): void {
    this.#openSinceMs = undefined;
  }

  /**
   * Whether to show what hinders the login that is under way, instead of the refusal before it. A
   * login that is refused again must change nothing, so this waits as long as a first login does.
   *
   * @param shown The state that is shown.
   * @param isOpen Whether the outcome of a login is open in this report.
   * @param elapsedMs Monotonic time of the report.
   */
  judge(shown: NodeState, report: SelfReport, isOpen: boolean, elapsedMs: number): boolean {
    this.#openSinceMs = isOpen ? this.#openSinceMs ?? elapsedMs : undefined;
    if (shown !== "needs_login" || this.#openSinceMs === undefined) return false;
    return controlFailureIn(report, elapsedMs - this.#openSinceMs, true) !== undefined;
  }
}
