/**
 * The way back of an API that failed until the program asked it less often.
 *
 * @module
 */

import { assert } from "@std/assert";
import { until } from "../_support/until.ts";
import type { FakeTailnet } from "./_fake_tailnet.ts";

/** More than a cycle may come early: a quarter of the longest interval here is 750 ms. */
const MOST_EARLY_MS = 1_500;

/** A program whose API fails, and the end of that. */
export interface Recovery {
  /** The text of `/debug`. */
  readonly debug: () => Promise<string>;
  /** Ends the fault. */
  readonly mend: () => void | Promise<void>;
  /** Whether the page says that the API is up. */
  readonly isUp: () => Promise<boolean>;
}

/**
 * Ends the fault while the circuit is open, and waits until the API is up: at its next try, and at
 * none before that.
 */
export async function assertRecovers(
  tailnet: FakeTailnet,
  { debug, isUp, mend }: Recovery,
): Promise<void> {
  // A busy machine may look only when the wait is over: then the next wait will do.
  const nextTryMs: number = await until("the circuit to be open", async () => {
    const { api } = JSON.parse(await debug());
    const ms = api.circuit === "open" ? Date.parse(api.next_try ?? "") : NaN;
    return Number.isFinite(ms) && ms;
  });
  const lists = () => tailnet.seen.filter(({ url }) => url.includes("/devices"));
  const before = lists().length;
  await mend();
  await until("the API to be up", isUp, Math.max(0, nextTryMs - Date.now()) + 60_000);
  const triedMs = Date.now() - performance.now() + (lists()[before]?.atMs ?? NaN);
  const earlyMs = nextTryMs - triedMs;
  assert(earlyMs < MOST_EARLY_MS, `It was asked ${earlyMs} ms before its next try`);
}
