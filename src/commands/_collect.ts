/**
 * What `once` and `check` have in common: everything is opened, runs once and is closed again.
 *
 * @module
 */

import type { Config, Part } from "../config/mod.ts";
import { Exporter } from "../exporter.ts";
import type { Runtime } from "../runtime.ts";
import { openSources, type Sources } from "../source/mod.ts";

/** What a command works with while it runs. */
export interface Collection {
  /** The program's parts. */
  readonly exporter: Exporter;
  /** Where the facts come from. */
  readonly sources: Sources;
  /** Whether the collection gave facts. */
  readonly hasFacts: boolean;
  /** Whether the watchdog asks for a restart of tailscaled. */
  readonly wantsRestart: boolean;
}

/** How {@linkcode collectOnce} works. */
export interface CollectOptions {
  /** What is collected. Default: all that is configured. */
  readonly collect?: readonly Part[] | undefined;
  /**
   * Follows the collection until it ends; `isJoined` tells whether the wait for our own node is
   * over, before which nothing is asked. Default: nothing does.
   */
  readonly watch?: (exporter: Exporter, sources: Sources, isJoined: () => boolean) => Disposable;
  /** Takes the sentence that the API asked for a wait. Default: a warning in the log. */
  readonly onApiWait?: (sentence: string) => void;
}

/**
 * Collects once, lets `use` do something with it, and closes what was opened, whatever happens.
 *
 * @returns What `use` returns; 1 if the process was asked to stop before that.
 */
export async function collectOnce(
  config: Config,
  runtime: Runtime,
  use: (collection: Collection) => Promise<number>,
  { collect, onApiWait, watch }: CollectOptions = {},
): Promise<number> {
  const stop = new AbortController();
  runtime.onStop(() => stop.abort(new Error("asked to stop")));
  // A reader of standard output that stands still must not keep the process alive for ever.
  const stopped = new Promise<number>((resolve) => {
    stop.signal.addEventListener("abort", () => resolve(1));
  });
  let wantsRestart = false;
  await using sources = await openSources(config, runtime, collect);
  const exporter = await Exporter.open(config, sources, runtime, {
    isRepeating: false,
    collect,
    onApiWait,
    onRestart: () => wantsRestart = true,
  });
  try {
    const hasFacts = await collectWatched(exporter, sources, stop.signal, watch);
    return await Promise.race([use({ exporter, sources, hasFacts, wantsRestart }), stopped]);
  } catch (error) {
    if (stop.signal.aborted) return 1;
    throw error;
  } finally {
    exporter.close();
  }
}

/** Joins the tailnet and collects; what follows that ends with it, before anything is printed. */
async function collectWatched(
  exporter: Exporter,
  sources: Sources,
  signal: AbortSignal,
  watch: CollectOptions["watch"],
): Promise<boolean> {
  let isJoined = sources.joined === undefined;
  using _progress = watch?.(exporter, sources, () => isJoined);
  await sources.joined?.(signal);
  isJoined = true;
  return await exporter.runOnce(signal);
}
