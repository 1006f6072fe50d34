/**
 * Does to tailscaled what the watchdog asks for, except the restart, which it cannot do.
 * What takes the host off the tailnet takes it on again, whatever happens in between.
 *
 * @module
 */

import type { HealingStep, HostAction } from "../../paths/mod.ts";
import { type LocalApi, LocalApiError } from "../../tailscale/local/mod.ts";
import { withTimeout } from "../../time/timeout.ts";
import type { Clock } from "../../time/clock.ts";

/** Timeout of one healing step, in milliseconds. */
export const STEP_MS = 5_000;

/** So long the host is off the tailnet on purpose: what is to be torn down is, by then. */
const DOWN_MS = 1_000;

/** So often it is told to come on again, and how long each time, and between: 7 s in all. */
const UP_TRIES = 3, UP_MS = 2_000, UP_GAP_MS = 500;

/** What {@linkcode heal} needs. */
export interface HealOptions extends Pick<Clock, "delay"> {
  /** The tailscaled. */
  readonly local: Pick<LocalApi, "debug" | "editPrefs">;
}

/** What came of an action. */
export interface Healed {
  /** The first thing that went wrong; undefined if nothing did. */
  readonly error: unknown;
  /** Whether the host is on the tailnet again, as far as it was up to us. */
  readonly isUp: boolean;
}

/**
 * Does one action, step by step, until one fails. Never rejects.
 *
 * Once it has been told to go down, the host is told to come up, by a call of its own that the
 * signal does not end.
 *
 * Units: a rebind takes at most 10 s, a reconnect 13 s, and 7 s once the signal is aborted
 */
export async function heal(
  action: HostAction,
  options: HealOptions,
  signal: AbortSignal,
): Promise<Healed> {
  let error: unknown;
  let isUp = true;
  for (const step of action.steps) {
    const isUpStep = step.kind === "prefs" && step.wantRunning;
    if (error !== undefined && (isUp || !isUpStep)) continue;
    try {
      if (isUpStep) {
        isUp = false;
        await takeUp(options);
        isUp = true;
      } else {
        await take(step, options, signal);
        if (step.kind === "prefs") isUp = false;
      }
    } catch (thrown) {
      error ??= thrown ?? new Error("unknown error");
      if (step.kind === "prefs" && !isUpStep) isUp = isWithoutEffect(thrown);
    }
    if (!isUp && !isUpStep) await pause(DOWN_MS, options, signal);
  }
  return { error, isUp };
}

/** One step that the signal may end. */
async function take(step: HealingStep, options: HealOptions, signal: AbortSignal): Promise<void> {
  const { local, delay } = options;
  if (signal.aborted) throw new NotBegunError(signal.reason);
  await withTimeout(STEP_MS, async (ended) => {
    if (step.kind === "debug") await local.debug(step.action, ended);
    if (step.kind === "prefs") await local.editPrefs({ wantRunning: step.wantRunning }, ended);
  }, { delay, signal });
}

/** The step that nothing may keep from being done. */
async function takeUp(options: HealOptions): Promise<void> {
  const { local, delay } = options;
  for (let attempt = 1;; attempt++) {
    try {
      await withTimeout(UP_MS, (ended) => local.editPrefs({ wantRunning: true }, ended), { delay });
      return;
    } catch (error) {
      if (attempt === UP_TRIES) throw error;
    }
    await pause(UP_GAP_MS, options);
  }
}

/** A wait that is cut short by the signal. */
async function pause(ms: number, { delay }: HealOptions, signal?: AbortSignal): Promise<void> {
  await delay(ms, signal).catch(() => {});
}

/** Nothing was sent, because it was cancelled before. */
class NotBegunError extends Error {
  override readonly name = "NotBegunError";

  constructor(cause: unknown) {
    super("Gave up before it began", { cause });
  }
}

/** Whether a call that failed cannot have changed anything; in doubt it has. */
function isWithoutEffect(error: unknown): boolean {
  if (error instanceof NotBegunError) return true;
  return error instanceof LocalApiError &&
    (error.failure === "forbidden" || error.failure === "not_found" ||
      error.failure === "unsupported");
}
