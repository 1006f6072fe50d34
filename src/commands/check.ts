/**
 * The command `check`: tries credentials, API and each device once, and says what to mend.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { Exporter } from "../exporter.ts";
import type { Host } from "../host.ts";
import { openSource } from "../source.ts";
import { makeReport, renderReport } from "./_report.ts";

/**
 * Collects once and writes a report to standard output.
 *
 * @returns 0 if nothing is to be mended, else 1.
 */
export async function runCheck(
  config: Config,
  host: Host,
  options: { readonly json: boolean },
): Promise<number> {
  const stop = new AbortController();
  host.onStop(() => stop.abort(new Error("asked to stop")));
  const source = await openSource(config, host);
  const exporter = new Exporter(config, source, host, { isRepeating: false });
  try {
    await exporter.runOnce(stop.signal);
    const report = makeReport({
      url: source.apiUrl.href,
      tailnet: source.tailnet,
      error: exporter.apiError?.message,
      rejected: exporter.rejected.map(({ index, reason }) => `entry ${index}: ${reason}`),
    }, exporter.states());
    const text = options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report);
    await host.write(new TextEncoder().encode(text));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return 1;
    throw error;
  } finally {
    exporter.close();
    await source.close();
  }
}
