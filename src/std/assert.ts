/**
 * Assertions for tests only: those of the platform (`node:assert`) under the names and with the
 * types that Deno's tests are used to. A failed comparison shows a diff.
 *
 * @module
 */

import nodeAssert from "node:assert";

/** A class, as `instanceof` takes it. */
// deno-lint-ignore no-explicit-any -- a constructor may have any parameters
export type Class<T> = abstract new (...args: any[]) => T;

/** What a failed assertion throws. */
export class AssertionError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "AssertionError";
}

/** Fails. */
export function fail(message: string = "Failed"): never {
  throw new AssertionError(message);
}

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message: string = "Not truthy"): asserts value {
  if (!value) fail(message);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  check(() => nodeAssert.deepStrictEqual(actual, expected), message);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  check(() => nodeAssert.notDeepStrictEqual(actual, expected), message);
}

/** Fails unless both are the same value. */
export function assertStrictEquals<T>(actual: T, expected: T, message?: string): void {
  check(() => nodeAssert.strictEqual(actual, expected), message);
}

/** Fails unless `actual` is an instance of `type`. */
export function assertInstanceOf<T>(
  actual: unknown,
  type: Class<T>,
  message?: string,
): asserts actual is T {
  if (actual instanceof type) return;
  fail(withMessage(`Wanted an instance of ${type.name}, got ${describe(actual)}`, message));
}

/** Fails unless `actual` matches the expression. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (expected.test(actual)) return;
  fail(withMessage(`Wanted text that matches ${expected}, got:\n${actual}`, message));
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  fail(withMessage(`Wanted text that contains:\n${expected}\ngot:\n${actual}`, message));
}

/** Fails unless the call throws the class, its message including the text. */
export function assertThrows<E extends Error = Error>(
  call: () => unknown,
  type?: Class<E>,
  messageIncludes?: string,
): E {
  try {
    call();
  } catch (error) {
    return checkError(error, type, messageIncludes);
  }
  fail("Wanted the call to throw, it returned");
}

/** Fails unless the promise rejects with the class, its message including the text. */
export async function assertRejects<E extends Error = Error>(
  call: () => PromiseLike<unknown>,
  type?: Class<E>,
  messageIncludes?: string,
): Promise<E> {
  let promise: PromiseLike<unknown>;
  try {
    promise = call();
  } catch (error) {
    fail(`Wanted a promise that rejects, the call itself threw ${describe(error)}`);
  }
  try {
    await promise;
  } catch (error) {
    return checkError(error, type, messageIncludes);
  }
  fail("Wanted the promise to reject, it resolved");
}

function checkError<E extends Error>(
  error: unknown,
  type: Class<E> | undefined,
  messageIncludes: string | undefined,
): E {
  assertInstanceOf(error, type ?? Error);
  if (messageIncludes !== undefined) assertStringIncludes(error.message, messageIncludes);
  return error as E;
}

/** Runs a check of the platform; its error becomes ours. */
function check(run: () => void, message: string | undefined): void {
  try {
    run();
  } catch (error) {
    fail(withMessage(error instanceof Error ? error.message : String(error), message));
  }
}

function withMessage(text: string, message: string | undefined): string {
  return message === undefined ? text : `${message}\n${text}`;
}

function describe(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value);
}
