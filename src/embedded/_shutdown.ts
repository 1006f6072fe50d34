/**
 * The end of an embedded node: an ephemeral one that is certain to get a new key is logged out, so
 * that its name is free for the next one at once. Others stay registered.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Delay } from "../time/delay.ts";
import { isSettledWithin } from "../time/timeout.ts";
import type { LocalResponse } from "./_protocol.ts";
import type { Link } from "./link.ts";

/** How a node ends. */
export interface ShutdownOptions {
  /** Whether the node is logged out before. */
  readonly logsOut: boolean;
  /** Waits. */
  readonly delay: Delay;
  /** Hears of the logout, with the reason if it failed. */
  readonly onLogout?: ((failure: string | undefined) => void) | undefined;
}

/** Grace period of a shutdown in milliseconds, and the part of it that a logout may take. */
const SHUTDOWN_MS = 5_000, LOGOUT_MS = 3_000;

/** Maximum length of the LocalAPI's reason in a message. */
const MAX_REASON = 200;

/**
 * Shuts the Go program down, within 5 s.
 *
 * @returns Whether the node is logged out, so that its identity is of no more use.
 */
export async function shutDown(
  link: Pick<Link, "call">,
  { delay, logsOut, onLogout }: ShutdownOptions,
): Promise<boolean> {
  let isLoggedOut = false;
  let isTold = !logsOut;
  function tell(failure: string | undefined): void {
    if (isTold) return;
    isTold = true;
    isLoggedOut = failure === undefined;
    onLogout?.(failure);
  }
  async function run(): Promise<void> {
    if (logsOut) tell(await logOut(link));
    // Rejects if the Worker is gone, which is what is wanted.
    await link.call("shutdown", 0).catch(() => {});
  }
  await isSettledWithin(SHUTDOWN_MS, run(), { delay });
  tell(`no answer within ${SHUTDOWN_MS / 1_000} s`);
  return isLoggedOut;
}

/** Why the node could not be logged out; undefined if it was. */
async function logOut(link: Pick<Link, "call">): Promise<string | undefined> {
  try {
    const answer = await link.call("localapi", LOGOUT_MS, "POST", "/localapi/v0/logout", null);
    const { body, status } = answer as LocalResponse;
    if (status === 204) return undefined;
    const reason = new TextDecoder().decode(body ?? new Uint8Array()).trim().slice(0, MAX_REASON);
    return `its LocalAPI answered ${status}${reason === "" ? "" : `: ${reason}`}`;
  } catch (error) {
    return describeError(error);
  }
}
