/**
 * What the database misses because the buffer was full: a warning when points begin to be dropped,
 * and one with their number and time once the database takes points again.
 *
 * @module
 */

import type { Logger } from "../log/log.ts";
import type { TroubleLog } from "../log/trouble.ts";
import type { Batch } from "./buffer.ts";

/** What a {@linkcode Gap} needs. */
export interface GapOptions {
  /** Maximum size of the buffer, in bytes. */
  readonly maxBytes: number;
  /** Where troubles are logged, once each. */
  readonly trouble: TroubleLog;
  /** Where the end of one is logged. */
  readonly log: Pick<Logger, "warning">;
}

/** The points that were dropped since the last time that was told. */
export class Gap {
  readonly #options: GapOptions;
  #points = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;

  /** No points yet. */
  constructor(options: GapOptions) {
    this.#options = options;
  }

  /** Adds points that were dropped. */
  add({ firstMs, lastMs, points }: Batch): void {
    this.#points += points;
    this.#firstMs = Math.min(this.#firstMs, firstMs);
    this.#lastMs = Math.max(this.#lastMs, lastMs);
    const { maxBytes, trouble } = this.#options;
    trouble.report(
      "full",
      "Dropping the oldest points: {bytes} bytes wait to be written, the limit of INFLUX_BUFFER",
      { bytes: maxBytes },
    );
  }

  /** Tells what was lost, if anything was; call it once there is room again. */
  tell(): void {
    if (this.#points === 0) return;
    const { log, trouble } = this.#options;
    trouble.forget("full");
    log.warning(
      "{points:point|points} from {from} to {to} were dropped and are not in the database",
      {
        points: this.#points,
        from: new Date(this.#firstMs).toISOString(),
        to: new Date(this.#lastMs).toISOString(),
      },
    );
    this.#points = 0;
    this.#firstMs = Infinity;
    this.#lastMs = -Infinity;
  }
}
