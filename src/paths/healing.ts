/**
 * What can be done for a host whose peers are stuck on a relay, from the gentlest to the harshest,
 * as data. Nothing is done here: the code that runs the steps has the permission to.
 *
 * @module
 */

/** What is done, as a bounded label value. */
export type HealingKind =
  /** A disco ping: settles whether the peer is on a relay, and looks for a better path. */
  | "ping"
  /** tailscaled asks STUN servers for its addresses again and opens its sockets anew. */
  | "rebind"
  /** The host leaves the tailnet and joins it again, by its preferences. */
  | "reconnect"
  /** tailscaled is restarted. */
  | "restart";

/** Every kind, from the gentlest to the harshest. */
export const HEALING_KINDS: readonly HealingKind[] = ["ping", "rebind", "reconnect", "restart"];

/** The exit code by which the watchdog asks its service manager to restart tailscaled. */
export const RESTART_EXIT_CODE = 75;

/** One thing to do. */
export type HealingStep =
  /**
   * Call this debug action of LocalAPI; 403 means that root's or the operator's rights are missing.
   */
  | { readonly kind: "debug"; readonly action: "restun" | "rebind" }
  /** Set this preference by LocalAPI; 403 likewise. */
  | { readonly kind: "prefs"; readonly wantRunning: boolean }
  /** End the program with this code. */
  | { readonly kind: "exit"; readonly code: typeof RESTART_EXIT_CODE };

/** Something to be done to the host as a whole. */
export interface HealingGrade {
  /** What it is called. */
  readonly kind: Exclude<HealingKind, "ping">;
  /** It is due when a peer has been on a relay for more than this share of the threshold. */
  readonly afterShare: number;
  /** What to do, in this order. */
  readonly steps: readonly HealingStep[];
  /** How a log line goes on that says it. */
  readonly words: string;
}

/**
 * The grades, from the gentlest to the harshest. The gentle ones come before the threshold, so that
 * a restart is due as soon as it is passed, and each has a quarter of the threshold or more to
 * help.
 */
export const HEALING_GRADES: readonly HealingGrade[] = [
  {
    kind: "rebind",
    afterShare: 0.5,
    steps: [{ kind: "debug", action: "restun" }, { kind: "debug", action: "rebind" }],
    words: "asking tailscaled to re-STUN and rebind",
  },
  {
    kind: "reconnect",
    afterShare: 0.75,
    steps: [{ kind: "prefs", wantRunning: false }, { kind: "prefs", wantRunning: true }],
    words: "taking tailscaled down and up",
  },
  {
    kind: "restart",
    afterShare: 1,
    steps: [{ kind: "exit", code: RESTART_EXIT_CODE }],
    words: "restarting tailscaled",
  },
];

/** A ping to one peer. */
export interface PingAction {
  /** What it is called. */
  readonly kind: "ping";
  /** Whom to ping. */
  readonly peerId: string;
  /** What it is called. */
  readonly peerName: string;
  /** The address to ping; undefined if the peer has none. */
  readonly address: string | undefined;
  /** Why. */
  readonly reason: string;
}

/** Something to be done to the host. */
export interface HostAction {
  /** What it is called. */
  readonly kind: Exclude<HealingKind, "ping">;
  /** What to do, in this order; the second step of a reconnect must follow whatever happens. */
  readonly steps: readonly HealingStep[];
  /** How long it is given to help, in milliseconds, before something harsher is done. */
  readonly waitMs: number;
  /** Why; what the log says as well. */
  readonly reason: string;
}

/** Something to do, and why. */
export type HealingAction = PingAction | HostAction;

/**
 * The action of a grade.
 *
 * @param limits Threshold and cooldown in milliseconds.
 */
export function hostAction(
  grade: HealingGrade,
  reason: string,
  limits: { readonly thresholdMs: number; readonly cooldownMs: number },
): HostAction {
  const next = HEALING_GRADES[HEALING_GRADES.indexOf(grade) + 1];
  const waitMs = next === undefined
    ? limits.cooldownMs
    : (next.afterShare - grade.afterShare) * limits.thresholdMs;
  return { kind: grade.kind, steps: grade.steps, waitMs, reason };
}

/** The action that ends a reconnect whose second step was not done. */
export function bringUpAction(reason: string): HostAction {
  const steps: readonly HealingStep[] = [{ kind: "prefs", wantRunning: true }];
  return { kind: "reconnect", steps, waitMs: 0, reason };
}
