/**
 * The command `once`: one collection, the page to standard output, or what the page costs, and
 * nothing else there.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { Exporter } from "../exporter.ts";
import type { Host } from "../host.ts";
import { takeCensus } from "../exposition/census.ts";
import { openSource } from "../source.ts";
import { makeExplanation, renderExplanation } from "./_explain.ts";

/** How {@linkcode runOnce} writes. */
export interface OnceOptions {
  /** Say what the page costs instead; false by default. */
  readonly explain?: boolean;
  /** Say it in JSON; false by default. */
  readonly json?: boolean;
}

/**
 * Collects once and writes the page in text format 0.0.4, or what it costs.
 *
 * @returns 0 with a page, 1 without one: nothing is written unless there are facts.
 */
export async function runOnce(
  config: Config,
  host: Host,
  options: OnceOptions = {},
): Promise<number> {
  const stop = new AbortController();
  host.onStop(() => stop.abort(new Error("asked to stop")));
  const source = await openSource(config, host);
  const exporter = new Exporter(config, source, host, { isRepeating: false });
  try {
    if (!await exporter.runOnce(stop.signal)) return 1;
    const chunks = exporter.page.view().chunks("text");
    if (options.explain === true) {
      const explanation = makeExplanation(
        takeCensus(chunks),
        exporter.states(),
        exporter.debug().cardinality.keptLabels,
      );
      const text = options.json === true
        ? `${JSON.stringify(explanation, null, 2)}\n`
        : renderExplanation(explanation);
      await host.write(new TextEncoder().encode(text));
    } else {
      for (const chunk of chunks) await host.write(chunk);
    }
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 1;
    throw error;
  } finally {
    exporter.close();
    await source.close();
  }
}
