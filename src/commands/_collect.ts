/**
 * What `once` and `check` have in common: everything is opened, runs once and is closed again.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { Exporter } from "../exporter.ts";
import type { Host } from "../host.ts";
import { openSource, type Source } from "../source.ts";

/** What a command works with while it runs. */
export interface Collection {
  /** The program's parts. */
  readonly exporter: Exporter;
  /** Where the facts come from. */
  readonly source: Source;
  /** Whether the collection gave facts. */
  readonly hasFacts: boolean;
}

/**
 * Collects once, lets `use` do something with it, and closes what was opened, whatever happens.
 *
 * @returns What `use` returns; 1 if the host asked to stop before that.
 */
export async function collectOnce(
  config: Config,
  host: Host,
  use: (collection: Collection) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  host.onStop(() => stop.abort(new Error("asked to stop")));
  await using source = await openSource(config, host);
  const exporter = new Exporter(config, source, host, { isRepeating: false });
  try {
    const hasFacts = await exporter.runOnce(stop.signal);
    return await use({ exporter, source, hasFacts });
  } catch (error) {
    if (stop.signal.aborted) return 1;
    throw error;
  } finally {
    exporter.close();
  }
}
