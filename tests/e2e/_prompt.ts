/**
 * How long `/livez` keeps one waiting while something is done to the program.
 *
 * @module
 */

import { delay } from "../../src/time/delay.ts";
import { assert, assertEquals } from "@std/assert";
import type { Program } from "./_program.ts";

/** The longest wait that is still prompt; a quarter of it on a machine that does nothing else. */
const MOST_WAIT_MS = 1_000;

const STEP_MS = 20;

/** How often that is measured before it counts as too long. */
const MOST_TRIES = 6;

/**
 * Measures up to six times: a machine with other work may be late in some of them, a program whose
 * event loop is blocked is late in each.
 *
 * @param measure Does to a program what may block it; gives the longest wait, in milliseconds.
 * @throws {AssertionError} If there is a wait of a second each time.
 */
export async function assertPrompt(measure: () => Promise<number>): Promise<void> {
  const worst: number[] = [];
  do worst.push(await measure()); while (
    worst.length < MOST_TRIES && Math.min(...worst) >= MOST_WAIT_MS
  );
  console.log(`/livez took ${Math.min(...worst).toFixed(0)} ms at most`);
  assert(Math.min(...worst) < MOST_WAIT_MS, `/livez took up to ${worst} ms`);
}

/** Asks for `/livez` for that long, and gives the longest wait, both in milliseconds. */
export async function worstWaitMs(program: Program, watchedMs: number): Promise<number> {
  let worstMs = 0;
  for (const endMs = performance.now() + watchedMs; performance.now() < endMs;) {
    const askedMs = performance.now();
    const response = await program.get("/livez");
    await response.text();
    assertEquals(response.status, 200);
    worstMs = Math.max(worstMs, performance.now() - askedMs);
    await delay(STEP_MS);
  }
  return worstMs;
}
