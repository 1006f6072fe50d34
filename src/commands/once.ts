/**
 * The command `once`: one collection, the page to standard output, and nothing else there.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { Exporter } from "../exporter.ts";
import type { Host } from "../host.ts";
import { openSource } from "../source.ts";

/**
 * Collects once and writes the page in text format 0.0.4.
 *
 * @returns 0 with a page, 1 without one: nothing is written unless there are facts.
 */
export async function runOnce(config: Config, host: Host): Promise<number> {
  const stop = new AbortController();
  host.onStop(() => stop.abort(new Error("asked to stop")));
  const source = await openSource(config, host);
  const exporter = new Exporter(config, source, host, { isRepeating: false });
  try {
    if (!await exporter.runOnce(stop.signal)) return 1;
    for (const chunk of exporter.page.view().chunks("text")) await host.write(chunk);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 1;
    throw error;
  } finally {
    exporter.close();
    await source.close();
  }
}
