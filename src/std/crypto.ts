/**
 * Typed door to the cryptography part of the Deno standard library (`@std/crypto`).
 *
 * @module
 */

import { timingSafeEqual as timingSafeEqualUntyped } from "deno-std/crypto/timing_safe_equal.js";

/** Whether both hold the same bytes, in a time that depends on their length only. */
export const timingSafeEqual: (a: Uint8Array, b: Uint8Array) => boolean = timingSafeEqualUntyped;
