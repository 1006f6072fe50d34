/**
 * The names of DERP regions, which change once a year: asked for once an hour at most.
 *
 * @module
 */

import {
  causeOf,
  type DerpRegion,
  type LocalApi,
  LocalApiError,
} from "../../tailscale/local/mod.ts";
import type { TroubleLog } from "../../log/trouble.ts";
import type { Clock } from "../../time/clock.ts";

/** Lifetime of the cached regions, in milliseconds. */
const FRESH_MS = 3_600_000;

/** Minimum age of cached regions before one that is missing makes us ask again, in milliseconds. */
const RETRY_MS = 600_000;

/** What {@linkcode RegionNames} need. */
export interface RegionNamesOptions extends Pick<Clock, "elapsed"> {
  /** The tailscaled that knows them. */
  readonly local: Pick<LocalApi, "derpMap" | "supports">;
  /** Is told once that they cannot be had. */
  readonly trouble: TroubleLog;
}

/** DERP regions by their code. */
export class RegionNames {
  readonly #options: RegionNamesOptions;
  #regions: ReadonlyMap<string, DerpRegion> = new Map();
  #askedMs: number | undefined;

  /** Regions that are not known yet. */
  constructor(options: RegionNamesOptions) {
    this.#options = options;
  }

  /** The region with this code, if it is known. */
  get(code: string): DerpRegion | undefined {
    return this.#regions.get(code);
  }

  /**
   * Asks for the regions if that is due.
   *
   * @param code The region that is wanted.
   * @returns Whether they were asked for and came.
   */
  async refresh(code: string, signal: AbortSignal): Promise<boolean> {
    const { local, elapsed, trouble } = this.#options;
    const holdsMs = this.#regions.has(code) ? FRESH_MS : RETRY_MS;
    const isDue = this.#askedMs === undefined || elapsed() - this.#askedMs >= holdsMs;
    // Over a bridge there is the code only, which is no trouble.
    if (!isDue || !local.supports("derpmap")) return false;
    this.#askedMs = elapsed();
    try {
      const regions = await local.derpMap(signal);
      this.#regions = new Map([...regions.values()].map((region) => [region.code, region]));
      trouble.over("regions", "DERP region names are resolved again");
      return true;
    } catch (error) {
      if (!(error instanceof LocalApiError)) throw error;
      const message = "Cannot resolve DERP region names: {reason}";
      trouble.report("regions", message, { reason: error.message }, { cause: causeOf(error) });
      return false;
    }
  }
}
