/**
 * What is known about one host at one moment, from its tailscaled: an immutable snapshot that every
 * reader may keep. Types only.
 *
 * @module
 */

import type { HealingKind } from "../paths/healing.ts";
import type { PathState } from "../paths/path.ts";
import type { BackendState } from "../tailscale/local/status.ts";

/** A peer of a host. The same object while nothing about it changed. */
export interface PeerFacts {
  /** The stable id of the node, unique among the host's peers. */
  readonly id: string;
  /** The name for logs and labels. */
  readonly name: string;
  /** The device id at the control plane, if known. */
  readonly deviceId: string | undefined;
  /** The path that packets take. */
  readonly path: PathState;
  /** When the path was taken, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** One action of the watchdog. */
export interface WatchdogAction {
  /** Counts the actions of the process, from 1. */
  readonly number: number;
  /** What was done. */
  readonly kind: HealingKind;
  /** Why, in a sentence. */
  readonly reason: string;
  /** Whether it could be done. */
  readonly succeeded: boolean;
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * A snapshot of a host.
 *
 * Units: `…Ms` are milliseconds since 1970.
 */
export interface HostFacts {
  /** The host's key, unique in the process. */
  readonly host: string;
  /** When the snapshot was made. */
  readonly atMs: number;
  /** Whether tailscaled answered at the last poll; undefined before the first. */
  readonly answers: boolean | undefined;
  /** When `answers` took its present value. */
  readonly sinceMs: number | undefined;
  /** The state of tailscaled at its last answer; undefined if unknown. */
  readonly backend: BackendState | undefined;
  /** What tailscaled reports as wrong with itself, in sentences, at its last answer. */
  readonly health: readonly string[];
  /** The peers at the last answer with backend state "Running", by id; undefined before it. */
  readonly peers: ReadonlyMap<string, PeerFacts> | undefined;
  /** When tailscaled gave these peers. */
  readonly peersAtMs: number | undefined;
  /** The watchdog's last actions, oldest first; a bounded number of them. */
  readonly actions: readonly WatchdogAction[];
}
