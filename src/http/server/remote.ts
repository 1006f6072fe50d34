/**
 * The other end of a request: its address, what it has shown, its body, and the signals that end
 * its answer. The connection, the port and the server each add what they know.
 *
 * @module
 */

import { isLoopbackAddress } from "../../range.ts";
import type { RequestBody } from "./request_body.ts";

/** A node of the tailnet, as the tailnet itself names it. */
export interface RemotePeer {
  /** Its name. */
  readonly name: string;
  /** Login name of its user; empty for a tagged node. */
  readonly user: string;
  /** Its tags, with `tag:`. */
  readonly tags: readonly string[] | null;
}

/** Who asks, and until when an answer may take. */
export interface Remote {
  /**
   * The address at the other end of the connection; no header can change it. Of a connection that a
   * tailscaled forwards it is the node's, where that is known.
   */
  readonly hostname: string;
  /** The port there. Default: not known. */
  readonly port?: number | undefined;
  /** Stands for the connection: the same object for each of its requests. Default: not told. */
  readonly connection?: object | undefined;
  /** Whether it has shown a client certificate that was verified. Default: false. */
  readonly hasCertificate?: boolean | undefined;
  /** Which node of the tailnet asks, where that is known. */
  readonly peer?: RemotePeer | undefined;
  /** Whether a tailscaled may have forwarded it from another machine. Default: false. */
  readonly isForwarded?: boolean | undefined;
  /** Whether the request is one of HTTP/1.0. Default: false. */
  readonly isOld?: boolean | undefined;
  /** Settles when the answer has been taken over by the system, or the connection is gone. */
  completed?(): Promise<void>;
  /** Aborted when the server begins to shut down: an answer without an end of its own must end. */
  readonly closing?: AbortSignal;
  /** Aborted when answers on their way must end, because the server stops. */
  readonly stop?: AbortSignal;
  /** The request's body; undefined if its head tells of none. */
  readonly body?: RequestBody | undefined;
}

/** Whether a request was made on this machine. */
export function isLocal({ hostname, isForwarded }: Remote): boolean {
  return isLoopbackAddress(hostname) && isForwarded !== true;
}
