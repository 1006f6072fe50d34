/**
 * The command `check`: tries credentials, API, each device and this host's tailscaled once, and
 * says what to mend.
 *
 * @module
 */

import type { Config, Part } from "../config/mod.ts";
import { describeError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { LocalApi } from "../tailscale/local/mod.ts";
import { collectOnce } from "./_collect.ts";
import { type CheckedLocal, makeReport, renderReport } from "./_report.ts";

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
  return await collectOnce(config, host, async ({ exporter, sources }) => {
    const { local, tailnet } = sources;
    const api = tailnet && {
      url: tailnet.apiUrl.href,
      tailnet: tailnet.tailnet,
      error: exporter.apiError?.message,
      rejected: exporter.rejected.map(({ index, reason }) => `entry ${index}: ${reason}`),
    };
    const report = makeReport(api, exporter.states(), local && await ask(local));
    const text = options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report);
    await host.write(new TextEncoder().encode(text));
    return report.ok ? 0 : 1;
  }, CHECKED);
}

/** A check looks and changes nothing: the watchdog would mend. */
const CHECKED: readonly Part[] = ["devices", "peers"];

async function ask(local: LocalApi): Promise<CheckedLocal> {
  const { place } = local;
  try {
    const { backendState, peers } = await local.status();
    return { place, state: backendState, peers: peers.length };
  } catch (error) {
    return { place, error: describeError(error) };
  }
}
