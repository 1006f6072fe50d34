/**
 * The whole program but for its port, over the smallest tailnet there is.
 *
 * @module
 */

import type { ApiError } from "../../src/errors.ts";
import { Exporter } from "../../src/exporter.ts";
import type { DeviceScrape } from "../../src/facts/mod.ts";
import { openSources } from "../../src/source/mod.ts";
import { testConfig } from "./config.ts";
import { FakeRuntime } from "./fake_runtime.ts";
import { FakeTailnet } from "./fake_tailnet.ts";

/** A signal that is never aborted. */
export const SIGNAL: AbortSignal = new AbortController().signal;

/**
 * Hands the body an exporter and all that it depends on.
 *
 * @param settings May have SCRAPE_PROXY with `:PORT`, which becomes the port of the fake.
 */
export async function withExporter(
  body: (
    exporter: Exporter,
    tailnet: FakeTailnet,
    clock: { offsetMs: number },
    runtime: FakeRuntime,
  ) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
  options: {
    readonly variables?: Record<string, string>;
    readonly isRepeating?: boolean;
    /** Whether the tailnet is asked by headscale's API. */
    readonly isHeadscale?: boolean;
  } = {},
): Promise<void> {
  await using tailnet = new FakeTailnet();
  const clock = { offsetMs: 0 };
  const runtime = new FakeRuntime();
  Object.assign(runtime.variables, options.variables);
  runtime.now = () => Date.now() + clock.offsetMs;
  const own = settings.SCRAPE_PROXY?.replace(":PORT", `:${tailnet.port}`);
  const env = options.isHeadscale === true ? tailnet.headscaleEnv : tailnet.env;
  const config = testConfig({ ...env, ...settings, ...(own && { SCRAPE_PROXY: own }) });
  await using sources = await openSources(config, runtime);
  const { isRepeating = true } = options;
  const exporter = await Exporter.open(config, sources, runtime, { isRepeating });
  try {
    await body(exporter, tailnet, clock, runtime);
  } finally {
    exporter.close();
  }
}

/** Lets the steady clock jump; the function says how far it has in all. */
export function skipTime(runtime: FakeRuntime): (ms: number) => number {
  let skippedMs = 0;
  const { elapsedMs } = runtime;
  runtime.elapsedMs = () => elapsedMs.call(runtime) + skippedMs;
  return (ms) => skippedMs += ms;
}

/** One turn of the event loop, in which the network may move. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** The state of each device's metrics. */
export function scrapesOf(exporter: Exporter): readonly DeviceScrape[] {
  return [...exporter.devices()].map(({ scrape }) => scrape);
}

/** Why the last call of the API failed. */
export function apiErrorOf({ tailnets: [tailnet] }: Exporter): ApiError | undefined {
  return tailnet?.record.api.error;
}
