/**
 * What an embedded node is made of.
 *
 * @module
 */

import type { Identity } from "./identity.ts";
import type { WorkerOptions } from "./link.ts";
import type { NodeStatus } from "../own_node/node_status.ts";

/** What `EmbeddedNode` is told. */
export interface EmbeddedNodeOptions extends WorkerOptions {
  /** The Go program: base64 of the gzipped WebAssembly module. */
  readonly module: string;
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; "" for Tailscale's. */
  readonly controlUrl: string;
  /** PEM certificates to trust besides the built-in ones. */
  readonly caCerts?: readonly string[];
  /**
   * Gives the auth key; undefined if there is none.
   *
   * @param isNeeded Whether the node has to log in, so that a key may be made for it.
   */
  readonly authKey: (isNeeded: boolean) => Promise<string | undefined>;
  /** Whether {@linkcode EmbeddedNodeOptions.authKey} can log in again. */
  readonly hasAuthKey: boolean;
  /**
   * Whether there is always another key, and each makes an ephemeral node, so that the node can be
   * logged out at the end. Default: false.
   */
  readonly hasEphemeralKeys?: boolean;
  /** Whether the node is not logged out: someone else may need its identity. Default: it is not. */
  readonly staysLoggedIn?: () => boolean;
  /** The node's keys. */
  readonly identity: Identity;
  /** Environment of the Go program. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Deadline of a dial in milliseconds; that of a caller may be earlier. Default: 30 s. */
  readonly dialTimeoutMs?: number | undefined;
  /** Whether the control plane accepts a connection. Default: not known, so that no cut is told. */
  readonly reachesControl?: (signal: AbortSignal) => Promise<boolean>;
  /** Hears Tailscale's own log lines. Default: they are not made. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Hears each change of the status. */
  readonly onStatus?: (status: NodeStatus) => void;
  /** Hears that the Worker crashed and is started anew after a wait in milliseconds. */
  readonly onRestart?: (reason: string, waitMs: number) => void;
  /** Hears that the node logs in again with its key; once, until it is in the tailnet. */
  readonly onLogin?: () => void;
  /** Hears that an ephemeral node was logged out at the end, or why not. */
  readonly onLogout?: (failure: string | undefined) => void;
  /** Called when the node is closed. Default: nothing. */
  readonly onClose?: () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
  /** Lets tests freeze and crash the Go program. Default: false. */
  readonly hasFaults?: boolean;
}
