/**
 * What keeps a node that logs in from its control plane: neither an auth key nor a login by hand
 * helps against it. The same for the embedded node and a sidecar. Pure.
 *
 * @module
 */

import { isUnreached, loginErrorOf, type SelfReport } from "./self_report.ts";

/** Time for a first contact with the control plane, and for its answer, in milliseconds. */
const CONTACT_MS = 10_000, SILENCE_MS = 60_000;

/**
 * The reason, if there is one. For 10 s a failure may be a network that comes up.
 *
 * @param ageMs Milliseconds since the login began.
 * @param isSilent Whether the control plane has not answered yet.
 */
export function controlFailureIn(
  report: SelfReport,
  ageMs: number,
  isSilent: boolean,
): string | undefined {
  if (ageMs < CONTACT_MS) return undefined;
  const reason = loginErrorOf(report);
  if (reason !== undefined && isUnreached(reason)) return reason;
  return isSilent && ageMs >= SILENCE_MS ? reason ?? "it does not answer" : undefined;
}
