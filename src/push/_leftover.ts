/**
 * What is done with points that the database has not taken when the process ends: they are kept for
 * the next start, except those that tell who did something, and those for which there is no place.
 *
 * @module
 */

import type { Logger } from "../log/log.ts";
import type { Delay } from "../time/delay.ts";
import { isSettledWithin } from "../time/timeout.ts";
import { isPersonal } from "./access_point.ts";
import type { Batch } from "./buffer.ts";
import type { KeptPoints } from "./kept_points.ts";

/** Timeout of keeping them, in milliseconds. */
const SAVE_MS = 2_000;

/** What {@linkcode keepLeftovers} needs. */
export interface LeftoverOptions {
  /** Keeps points over a restart. Default: they are lost. */
  readonly kept?: Pick<KeptPoints, "save"> | undefined;
  /** Waits. */
  readonly delay: Delay;
  /** The database, for the log. */
  readonly host: string;
  /** Where is logged what was kept and what is lost. */
  readonly log: Pick<Logger, "info" | "warning">;
}

/** Keeps batches for the next start, or logs that they are lost. */
export async function keepLeftovers(
  batches: readonly Batch[],
  options: LeftoverOptions,
): Promise<void> {
  // What tells who did something is never written to a file.
  await keep(batches.filter(({ measurement }) => !isPersonal(measurement)), options);
  tellLost(batches.filter(({ measurement }) => isPersonal(measurement)), options);
}

async function keep(batches: readonly Batch[], options: LeftoverOptions): Promise<void> {
  if (batches.length === 0) return;
  const { delay, host, kept, log } = options;
  try {
    const saved = kept?.save(batches);
    if (saved !== undefined && await isSettledWithin(SAVE_MS, saved, { delay })) {
      log.info(
        "Stopped before {host} took all points: kept {points:point|points} for the next start",
        { points: pointsIn(batches), host },
      );
      return;
    }
  } catch {
    // They are lost then, as without a place for them.
  }
  tellLost(batches, options);
}

function tellLost(batches: readonly Batch[], { host, log }: LeftoverOptions): void {
  if (batches.length === 0) return;
  log.warning("Stopped before {host} took all points: lost {points:point|points}", {
    points: pointsIn(batches),
    host,
  });
}

function pointsIn(batches: readonly Batch[]): number {
  return batches.reduce((sum, { points }) => sum + points, 0);
}
