/**
 * Knows since when our own node of the tailnet is in its state. When that changes, has its
 * tailscaled read at once if that can answer, and then calls back.
 *
 * @module
 */

import type { NodeState, NodeStatus, OwnNode } from "../own_node/node_status.ts";
import type { ShownOwnNode } from "./own_node_facts.ts";

/** What an {@linkcode OwnNodeRecord} is made of. */
export interface OwnNodeRecordOptions {
  /** The node. */
  readonly node: Pick<OwnNode, "status" | "subscribe" | "summary">;
  /** Whether `TS_AUTHKEY` is set. */
  readonly hasAuthKey: boolean;
  /** Whether the page shows the login address; if not, the log alone has it. */
  readonly showsLogin: boolean;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Reads what its tailscaled says in the new state. Never rejects. */
  readonly look: () => Promise<void>;
  /** Is called when that is read, and after each change of what a node reaches. */
  readonly onState: () => void;
}

/** States in which its tailscaled has nothing to say, or a call would only time out. */
const SILENT: ReadonlySet<NodeState> = new Set(["starting", "stuck", "unreachable"]);

/** What is known of our own node. */
export class OwnNodeRecord {
  readonly #options: OwnNodeRecordOptions;
  #state: ShownOwnNode["state"];
  #reach: ShownOwnNode["reach"];
  #sinceMs: number;

  /** Observes a node from now on. */
  constructor(options: OwnNodeRecordOptions) {
    const { node, now } = options;
    this.#options = options;
    this.#state = node.status.state;
    this.#reach = node.status.reach;
    this.#sinceMs = now();
    node.subscribe(() => {
      const { reach, state } = node.status;
      if (state === this.#state && reach === this.#reach) return;
      const isNewState = state !== this.#state;
      this.#state = state;
      this.#reach = reach;
      if (isNewState) {
        this.#sinceMs = now();
        this.#changed();
      } else options.onState();
    });
  }

  /** What is known now. */
  snapshot(): ShownOwnNode {
    const { hasAuthKey, node: { status, summary }, now, showsLogin } = this.#options;
    const { addresses, error, loginUrl, reach, state } = status;
    return {
      state,
      reach,
      summary,
      atMs: now(),
      sinceMs: this.#sinceMs,
      hasAuthKey,
      hasError: error !== undefined,
      loginPlace: showsLogin && loginUrl !== undefined
        ? "page"
        : hasLoginInLog(status)
        ? "log"
        : undefined,
      addresses,
    };
  }

  async #changed(): Promise<void> {
    const { look, onState } = this.#options;
    if (!SILENT.has(this.#state)) await look();
    onState();
  }
}

/** The log of a login that failed has the reason and no address. */
function hasLoginInLog({ error, loginUrl, state }: NodeStatus): boolean {
  return loginUrl !== undefined && !(state === "needs_login" && error !== undefined);
}
