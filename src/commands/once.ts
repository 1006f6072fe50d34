/**
 * The command `once`: one collection, the page to standard output, or what the page costs, and
 * nothing else there.
 *
 * @module
 */

import type { Config, Part } from "../config/mod.ts";
import { takeCensus } from "../exposition/mod.ts";
import { toJson } from "../text/printable.ts";
import { collectOnce } from "./_collect.ts";
import { RESTART_EXIT_CODE } from "../paths/healing.ts";
import { makeExplanation, renderExplanation } from "./_explain.ts";
import type { Runtime } from "../runtime.ts";

/** How {@linkcode runOnce} writes. */
export interface OnceOptions {
  /** Write the cost of the metrics instead. Default: false. */
  readonly explain?: boolean;
  /** Write the cost as JSON. Default: false. */
  readonly json?: boolean;
  /** What is collected. Default: all that is configured. */
  readonly collect?: readonly Part[] | undefined;
}

/**
 * Collects once and writes the page in text format 0.0.4, or what it costs.
 *
 * @returns 0 with a page, 1 without one: nothing is written unless there are facts; 75 with a page
 * if the watchdog asks for a restart of tailscaled.
 */
export async function runOnce(
  config: Config,
  runtime: Runtime,
  options: OnceOptions = {},
): Promise<number> {
  return await collectOnce(config, runtime, async ({ exporter, hasFacts, wantsRestart }) => {
    if (!hasFacts) return 1;
    const chunks = exporter.page.view().chunks("text");
    if (options.explain === true) {
      const explanation = makeExplanation(
        takeCensus(chunks),
        [...exporter.devices()],
        exporter.debug().cardinality,
      );
      const text = options.json === true
        ? `${toJson(explanation, 2)}\n`
        : renderExplanation(explanation);
      await runtime.write(new TextEncoder().encode(text));
    } else {
      for (const chunk of chunks) await runtime.write(chunk);
    }
    return wantsRestart ? RESTART_EXIT_CODE : 0;
  }, { collect: options.collect });
}
