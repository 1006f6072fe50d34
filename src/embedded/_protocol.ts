/**
 * The messages between the main thread and the Worker. The Worker passes each call to one function
 * of the Go program, whose table of operations (`tools/tsnet/ops.go`) is the authority.
 *
 * @module
 */

import type { Peer } from "../own_node/peer.ts";

/** First message to the Worker. */
export interface Init {
  /** The Go program: base64 of the gzipped WebAssembly module. Unpacked in the Worker. */
  readonly module: string;
  /** Environment of the Go program, such as `GOGC`. */
  readonly env: Readonly<Record<string, string>>;
  /** PEM certificates to trust besides the built-in ones, for control plane and DERP. */
  readonly caCerts: readonly string[];
  /** The control plane. */
  readonly controlUrl: string;
  /** Shared memory: see {@linkcode KILL}. */
  readonly kill: Int32Array;
}

/**
 * Three words of shared memory that stop a frozen Worker: `terminate()` of Deno 2.9 does not stop
 * one whose code never returns. Go's runtime reads the clock whenever it looks for work; the clock
 * looks at `asked` first, and sets `obeyed`. `turned` is set by a Worker whose event loop still
 * runs, when it gets the operation `probe`.
 */
export const KILL = { asked: 0, obeyed: 1, turned: 2 } as const;

/** An argument of an operation. */
export type Argument = string | number | null;

/** A later message to the Worker: one operation of the Go program. The others are stream frames. */
export interface Call {
  /** Number of the answer. */
  readonly id: number;
  /** The operation. */
  readonly op: string;
  /** Deadline inside the Go program in milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** What the operation takes. */
  readonly args: readonly Argument[];
}

/** What an operation returns: nothing, JSON text, or a LocalAPI response. */
export type Result = null | string | LocalResponse;

/** An answer of the LocalAPI. */
export interface LocalResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The body; null if it is empty. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** The kinds of events of the Go program. */
export type EventKind = "state" | "notify" | "log" | "conn";

/** Each message of the Worker; bytes are stream frames. */
export type FromWorker =
  | Uint8Array<ArrayBuffer>
  | { readonly id: number; readonly value: Result }
  | { readonly id: number; readonly error: string }
  | { readonly kind: "ready" }
  /** The Go program ended, which is a crash; `last` has the first and the last lines it wrote. */
  | { readonly kind: "exit"; readonly last: string }
  | { readonly kind: EventKind; readonly json: string };

/** Event "state": a persisted value changed; null means deleted. Holds private keys. */
export interface StateEvent {
  /** The name of the value. */
  readonly key: string;
  /** Base64. */
  readonly value: string | null;
}

/** Event "notify": what happened to the login. */
export interface NotifyEvent {
  /** Tailscale's word for the state of the backend. */
  readonly state?: string;
  /** Where to log in. */
  readonly loginUrl?: string;
  /** The control plane's error. */
  readonly error?: string;
}

/** Event "conn", and the answer of the operation "dial". */
export interface ConnInfo {
  /** Number of the stream. */
  readonly id: number;
  /** The port that it came in on; absent for one that was dialled. */
  readonly port?: number;
  /** Address and port of the other end. */
  readonly remote: string;
  /** Who connected; null if the tailnet does not know. */
  readonly peer: Peer | null;
}
