/**
 * Work that goes on beside other work until a signal ends it. A leaf: imports nothing.
 *
 * @module
 */

/**
 * Waits for work that ends by the reason of its signal. Where it is not awaited, anything else that
 * it throws becomes an unhandled rejection, which ends the program as each defect does, instead of
 * ending the work unnoticed.
 *
 * @throws What the work throws, except the reason of its signal.
 */
export async function untilStopped(work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  }
}
