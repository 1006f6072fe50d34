/**
 * Files and folders that a task needs while it runs, and must not leave behind.
 *
 * @module
 */

/** Signals that end a task, and the exit code of each. Windows knows the first only. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const SIGNALS: readonly (keyof typeof EXIT_CODES)[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/**
 * Runs a step and removes what it made, whether it succeeds, throws or is interrupted.
 *
 * @param paths Files, and folders with all that is in them; those that are not there are skipped.
 * @returns The result of the step.
 */
export async function withTemporary<T>(
  paths: readonly string[],
  step: () => Promise<T>,
): Promise<T> {
  const listeners = SIGNALS.map((signal) =>
    [signal, () => {
      paths.forEach(removeIfThere);
      Deno.exit(EXIT_CODES[signal]);
    }] as const
  );
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  try {
    return await step();
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    paths.forEach(removeIfThere);
  }
}

/** Synchronous, because an interrupted process has no later turn. */
function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
