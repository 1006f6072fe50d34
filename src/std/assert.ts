/**
 * Typed door to the assertions of the Deno standard library, for tests only. The npm build has no
 * types; `tests/std/assert_test.ts` runs every function once, so that a wrong path cannot hide.
 *
 * @module
 */

import { assert as assertUntyped } from "deno-std/assert/assert.js";
import { AssertionError as AssertionErrorUntyped } from "deno-std/assert/assertion_error.js";
import { assertEquals as assertEqualsUntyped } from "deno-std/assert/equals.js";
import { assertInstanceOf as assertInstanceOfUntyped } from "deno-std/assert/instance_of.js";
import { assertMatch as assertMatchUntyped } from "deno-std/assert/match.js";
import { assertNotEquals as assertNotEqualsUntyped } from "deno-std/assert/not_equals.js";
import { assertRejects as assertRejectsUntyped } from "deno-std/assert/rejects.js";
import { assertStrictEquals as assertStrictEqualsUntyped } from "deno-std/assert/strict_equals.js";
import { assertStringIncludes as assertStringIncludesUntyped } from "deno-std/assert/string_includes.js";
import { assertThrows as assertThrowsUntyped } from "deno-std/assert/throws.js";
import { fail as failUntyped } from "deno-std/assert/fail.js";

/** A class, as `instanceof` takes it. */
// deno-lint-ignore no-explicit-any -- a constructor's parameters are nobody's business here
export type Class<T> = abstract new (...args: any[]) => T;

/** What a failed assertion throws. */
export const AssertionError: new (message: string) => Error = AssertionErrorUntyped;

/** Fails unless `value` is truthy. */
export const assert: (value: unknown, message?: string) => asserts value = assertUntyped;

/** Fails unless both are deeply equal. */
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void =
  assertEqualsUntyped;

/** Fails unless `actual` is an instance of `type`. */
export const assertInstanceOf: <T>(
  actual: unknown,
  type: Class<T>,
  message?: string,
) => asserts actual is T = assertInstanceOfUntyped;

/** Fails unless `actual` matches the expression. */
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void =
  assertMatchUntyped;

/** Fails if both are deeply equal. */
export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void =
  assertNotEqualsUntyped;

/** Fails unless the promise rejects with the class, its message including the text. */
export const assertRejects: <E extends Error = Error>(
  call: () => PromiseLike<unknown>,
  type?: Class<E>,
  messageIncludes?: string,
) => Promise<E> = assertRejectsUntyped;

/** Fails unless both are the same value. */
export const assertStrictEquals: <T>(actual: T, expected: T, message?: string) => void =
  assertStrictEqualsUntyped;

/** Fails unless `actual` contains `expected`. */
export const assertStringIncludes: (
  actual: string,
  expected: string,
  message?: string,
) => void = assertStringIncludesUntyped;

/** Fails unless the call throws the class, its message including the text. */
export const assertThrows: <E extends Error = Error>(
  call: () => unknown,
  type?: Class<E>,
  messageIncludes?: string,
) => E = assertThrowsUntyped;

/** Fails. */
export const fail: (message?: string) => never = failUntyped;
