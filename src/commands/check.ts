/**
 * The command `check`: tries credentials, API and each device once, and says what to mend.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { Host } from "../host.ts";
import { collectOnce } from "./_collect.ts";
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
  return await collectOnce(config, host, async ({ exporter, source }) => {
    const report = makeReport({
      url: source.apiUrl.href,
      tailnet: source.tailnet,
      error: exporter.apiError?.message,
      rejected: exporter.rejected.map(({ index, reason }) => `entry ${index}: ${reason}`),
    }, exporter.states());
    const text = options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report);
    await host.write(new TextEncoder().encode(text));
    return report.ok ? 0 : 1;
  });
}
