/**
 * What our own node is to the rest of the program, embedded or a sidecar: its state, out of one
 * closed list, and what else is known of it.
 *
 * @module
 */

/** What the node is doing. */
export type NodeState =
  /** It loads, joins the tailnet, or cannot because it does not reach the control plane. */
  | "starting"
  /** Someone has to log in, or the auth key was refused. */
  | "needs_login"
  /** An admin has to approve the node. */
  | "needs_approval"
  /** It is in the tailnet. */
  | "running"
  /** It is in the tailnet and does not reach the control plane; devices may still answer. */
  | "control_away"
  /** Its node key has expired. */
  | "key_expired"
  /** It was in the tailnet, and the control plane does not know it any more. */
  | "removed"
  /** A frozen Worker could not be stopped; the program has to end. Embedded nodes only. */
  | "stuck"
  /** The tailscaled of the node does not answer. Sidecars only. */
  | "unreachable";

const COMMON_STATES: readonly NodeState[] = [
  "starting",
  "needs_login",
  "needs_approval",
  "running",
  "control_away",
  "key_expired",
  "removed",
];

/** All states of an embedded node. */
export const NODE_STATES: readonly NodeState[] = [...COMMON_STATES, "stuck"];

/** All states of a sidecar. */
export const SIDECAR_STATES: readonly NodeState[] = [...COMMON_STATES, "unreachable"];

/** What a node reaches whose network was cut. */
export type Reach =
  /** Neither the control plane nor a device. */
  | "none"
  /** Some devices, and not the control plane. */
  | "devices"
  /** The control plane accepts connections again; devices may not answer yet. */
  | "returning";

/** What is known of the node. */
export interface NodeStatus {
  /** What it is doing. */
  readonly state: NodeState;
  /** What it reaches while its network is cut, in the state "control_away". Default: not cut. */
  readonly reach?: Reach | undefined;
  /** Where to log in, if someone has to. */
  readonly loginUrl: string | undefined;
  /**
   * Why it is not in the tailnet: the control plane is not reached, or the login failed, then with
   * what helps where that is known.
   */
  readonly error: string | undefined;
  /** Its name in the tailnet; undefined before it joined. */
  readonly name: string | undefined;
  /** Its addresses. */
  readonly addresses: readonly string[];
  /** Its tags, with `tag:`. */
  readonly tags: readonly string[];
  /** When its key expires, in Unix seconds; undefined if it does not. */
  readonly keyExpiresSeconds: number | undefined;
}

/** A device of a list, as far as it is told from our own node. */
export interface ListedDevice {
  /** The device. */
  readonly device: {
    readonly addresses: readonly string[];
    readonly isEphemeral?: boolean | undefined;
  };
}

/** What the scrapes of one cycle came to. */
export interface ScrapeOutcome {
  /** Number of devices that answered, whatever they said. */
  readonly answered: number;
  /** Number of devices that answered before, or did until the outage, and are not reached now. */
  readonly lost: number;
}

/** Our own node, embedded or beside us. */
export interface OwnNode {
  /** What is known of it. */
  readonly status: NodeStatus;
  /** All states that it may be in. */
  readonly states: readonly NodeState[];
  /** What it is doing, from a fixed set of sentences. */
  readonly summary: string;
  /**
   * Why no device can be reached through it, as a sentence without secrets; undefined while one
   * may be.
   */
  readonly outage: string | undefined;
  /** How often it was started anew. */
  readonly restarts: number;
  /** Calls back after each change. */
  subscribe(listener: () => void): void;
  /** Hears of each device list, to tell whether it has this node. Default: not heard. */
  listed?(devices: readonly ListedDevice[]): void;
  /**
   * Hears how the devices answered in a cycle, to tell whether its network is cut. Default: not
   * heard.
   *
   * @returns Why no device is reached, as a sentence, if that is so.
   * @throws The signal's reason.
   */
  scraped?(outcome: ScrapeOutcome, signal: AbortSignal): Promise<string | undefined>;
}

/** A node of which nothing is known. */
export const UNKNOWN_STATUS: NodeStatus = {
  state: "starting",
  loginUrl: undefined,
  error: undefined,
  name: undefined,
  addresses: [],
  tags: [],
  keyExpiresSeconds: undefined,
};

/** Whether the node is in the tailnet, so that connections may work. */
export function isIn(state: NodeState): boolean {
  return state === "running" || state === "control_away";
}

/** Whether the node is out of the tailnet until it has logged in. */
export function isOut(state: NodeState): boolean {
  return state === "needs_login" || state === "key_expired" || state === "removed";
}
