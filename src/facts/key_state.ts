/**
 * The state of a device's node key at a given time. Pure: the time is an argument.
 *
 * @module
 */

import type { Device } from "../control/device.ts";

/** A key that expires within this time is expiring: 14 days, as in the alerts of `deploy/`. */
export const EXPIRING_MS = 14 * 86_400_000;

/** The state of a node key. */
export type KeyState =
  /** It does not expire, or not within {@linkcode EXPIRING_MS}. */
  | "valid"
  /** It expires within {@linkcode EXPIRING_MS}. */
  | "expiring"
  /** It has expired. */
  | "expired";

/**
 * When a key expires, in milliseconds since 1970.
 *
 * @returns Infinity for a key that does not expire.
 */
export function expiryMs({ expiresSeconds, keyExpiryDisabled }: Device): number {
  // The API keeps sending the old date after expiry has been switched off.
  if (keyExpiryDisabled === true || expiresSeconds === undefined) return Infinity;
  return expiresSeconds * 1000;
}

/** The state of a key that expires at one time, at another; both in milliseconds since 1970. */
export function keyStateAt(expiresMs: number, atMs: number): KeyState {
  if (atMs >= expiresMs) return "expired";
  return atMs >= expiresMs - EXPIRING_MS ? "expiring" : "valid";
}

/** A key that took a state. */
export interface KeyTransition {
  /** The state that it took. */
  readonly state: KeyState;
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * The states that a key took between two moments.
 *
 * If only time passed, each state is told with the time at which it began, so that the result does
 * not depend on how often one looks. If the expiry changed, or the clock was set back, only the new
 * state is told, with the second moment.
 *
 * Units: milliseconds since 1970; an expiry of Infinity is none
 *
 * @returns Empty if the state is the same; at most two entries, in the order of time.
 */
export function keyTransitions(
  before: { readonly expiresMs: number; readonly atMs: number },
  after: { readonly expiresMs: number; readonly atMs: number },
): readonly KeyTransition[] {
  const { expiresMs, atMs } = after;
  const state = keyStateAt(expiresMs, atMs);
  if (keyStateAt(before.expiresMs, before.atMs) === state) return [];
  if (before.expiresMs !== expiresMs || atMs < before.atMs) return [{ state, atMs }];
  const begins: readonly KeyTransition[] = [
    { state: "expiring", atMs: expiresMs - EXPIRING_MS },
    { state: "expired", atMs: expiresMs },
  ];
  return begins.filter((begin) => begin.atMs > before.atMs && begin.atMs <= atMs);
}
