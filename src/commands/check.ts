/**
 * The command `check`: tries credentials, API, each device and this host's tailscaled once, and
 * says what to do about what it finds.
 *
 * @module
 */

import type { Config, Part } from "../config/mod.ts";
import { describeIdle, isPreventive } from "../devices/mod.ts";
import type { Exporter } from "../exporter.ts";
import { createClassifier } from "../history/node_class.ts";
import type { Runtime } from "../runtime.ts";
import { formatShard } from "../shard.ts";
import type { Sources } from "../source/mod.ts";
import { toJson } from "../text/printable.ts";
import { checkedLocalOf } from "./_checked_local.ts";
import { checkDatabase } from "./_checked_database.ts";
import { collectOnce } from "./_collect.ts";
import { nodeProblem } from "./_node_problem.ts";
import { describeCollection, startProgress } from "./_progress.ts";
import { type CheckedApi, makeReport } from "./_check_report.ts";
import { renderReport } from "./_check_report_text.ts";
import { styleOf } from "./_terminal_text.ts";

/** How {@linkcode runCheck} works. */
export interface CheckOptions {
  /** Whether the report is written as JSON. */
  readonly json: boolean;
  /** What the settings allow and probably do not mean. Default: none. */
  readonly warnings?: readonly string[];
}

/**
 * Collects once and writes a report to standard output.
 *
 * @returns 0 if the report is ok, else 1.
 * @throws {ConfigError} If the server could not use its certificate and key.
 */
export async function runCheck(
  config: Config,
  runtime: Runtime,
  { json, warnings = [] }: CheckOptions,
): Promise<number> {
  const expiry = await checkServerKeys(config, runtime);
  return await collectOnce(config, runtime, async ({ exporter, sources }) => {
    const problem = await nodeProblem(sources, config.tsAuthkey !== undefined);
    const report = makeReport({
      warnings: [
        ...warnings,
        ...expiry,
        ...exporter.tailnets.flatMap((tailnet) => tailnet.warnings),
      ],
      api: checkApi(config, exporter, sources),
      devices: [...exporter.devices()],
      local: exporter.host &&
        checkedLocalOf(
          exporter.host.record.snapshot(),
          sources.local?.isOwnNode,
          problem,
        ),
      database: await checkDatabase(config, runtime, sources),
      classify: createClassifier({ types: config.nodeTypes, critical: config.criticalNodes }),
    });
    const text = json ? `${toJson(report, 2)}\n` : renderReport(report, styleOf(runtime.terminal));
    await runtime.write(new TextEncoder().encode(text));
    return report.ok ? 0 : 1;
  }, {
    collect: CHECKED,
    watch: (exporter, sources, isJoined) => watch(exporter, sources, isJoined, runtime),
    // At once, and not by the log, which says nothing of the API in a check.
    onApiWait: (sentence) => runtime.writeLine(sentence),
  });
}

/** A check looks and changes nothing: the watchdog would mend. */
const CHECKED: readonly Part[] = ["devices", "peers"];

/** Warnings about the server's keys, whose modules are loaded only where it has some. */
async function checkServerKeys(config: Config, runtime: Runtime): Promise<readonly string[]> {
  const { tlsCertPem, tlsKeyPem, tlsClientCaPem } = config;
  if (tlsCertPem === undefined) return [];
  const { checkTls } = await import("../http/server/server.ts");
  checkTls({ certPem: tlsCertPem, keyPem: tlsKeyPem, clientCaPem: tlsClientCaPem });
  const { expiryWarning } = await import("../http/certificate.ts");
  const warning = expiryWarning(tlsCertPem, runtime.now());
  return warning === undefined ? [] : [warning];
}

function checkApi(
  { shard }: Config,
  exporter: Exporter,
  { tailnet }: Sources,
): CheckedApi | undefined {
  const open = exporter.tailnets[0];
  if (tailnet === undefined || open === undefined) return undefined;
  const { filterUse: use, plane, record } = open;
  const idle = use.idle;
  return {
    url: tailnet.apiUrl.href,
    tailnet: tailnet.tailnet,
    emptyListHint: plane.profile.emptyListHint,
    isSimulated: tailnet.isDemo,
    error: record.api.error?.message,
    counts: use.counts,
    shard: shard && formatShard(shard),
    unmatched: idle.filter((entry) => !isPreventive(entry)).map(describeIdle),
    unused: idle.filter(isPreventive).map(describeIdle),
    rejected: record.listing?.rejected.map(({ index, reason }) => `entry ${index}: ${reason}`) ??
      [],
  };
}

function watch(
  exporter: Exporter,
  { embedded, local, tailnet }: Sources,
  isJoined: () => boolean,
  runtime: Runtime,
): Disposable {
  const nodeName = embedded === undefined ? "sidecar" : "embedded node";
  return startProgress({
    write: (line) => runtime.writeLine(line),
    describe() {
      const scrapes = [...exporter.devices()].map(({ scrape }) => scrape);
      return describeCollection({
        joining: isJoined() ? undefined : nodeName,
        apiHost: tailnet?.apiUrl.host,
        apiName: exporter.tailnets[0]?.plane.profile.apiName,
        hasList: exporter.tailnets[0]?.record.listing !== undefined,
        targets: scrapes.filter(({ url }) => url !== undefined).length,
        pending: scrapes.filter(({ state }) => state === "pending").length,
        local: local?.place,
      });
    },
  });
}
