/**
 * The exporter itself: health, what it costs, its settings, and where the rest is.
 *
 * @module
 */

import type { JSX } from "preact";
import { Cardinality, Jobs, OwnNode } from "./_exporter_card.tsx";
import { Card, Facts, Failure, Figure, Skeleton } from "./_element.tsx";
import { useData } from "./_use_data.ts";
import type { Client } from "./client.ts";
import { formatAge, formatAgo, formatBytes, formatNumber, words } from "./format.ts";
import type { ExporterState } from "./exporter_model.ts";
import { otherReason } from "./own_node.ts";

const LINKS: readonly (readonly [path: string, text: string])[] = [
  ["metrics", "Everything known, for Prometheus"],
  ["sd/devices?port=9100", "The devices as targets of other exporters"],
  ["debug", "Settings, run time, and why a device has no metrics"],
  ["health", "Health of the exporter"],
  ["api/openapi.json", "The JSON API"],
  ["livez", "Probe: the collection makes progress"],
  ["readyz", "Probe: there is something to show"],
  ["startupz", "Probe: the first collection has finished"],
];

/** The exporter. */
export function Exporter(
  { client, nowMs, onLogout }: { client: Client; nowMs: number; onLogout: () => void },
): JSX.Element {
  const { data, error } = useData<ExporterState>(client, "api/v1/exporter", 10_000);
  if (data === undefined) return error === undefined ? <Skeleton /> : <Failure error={error} />;
  const { api, config, health, jobs, node, own_host, page, runtime, streams } = data;
  const push = health.push ?? null;
  const reason = health.status === "healthy" ? null : otherReason(health.reason, node);
  return (
    <>
      <Failure error={error} />
      <div class="figures">
        <Figure
          name="Status"
          value={health.status}
          note={`up for ${health.uptime}; ${health.version}, Deno ${runtime.deno_version}`}
        />
        <Figure name="Samples" value={formatNumber(page.samples)} note="on /metrics" />
        <Figure name="Memory" value={formatBytes(runtime.memory_bytes)} note="resident" />
        <Figure
          name="Failures"
          value={formatNumber(page.scrape_errors)}
          note="calls and scrapes since the start"
        />
      </div>
      {reason === null ? null : <p class="reason card">{reason}</p>}
      {config.metrics_token !== "set" ? null : (
        <p class="session">
          <button
            type="button"
            onClick={() => client.post("logout").catch(() => {}).then(onLogout)}
          >
            Log out
          </button>
        </p>
      )}
      {node === null ? null : <OwnNode node={node} />}
      <div class="columns">
        <Card title="Sources">
          <Facts
            of={[
              ["API", health.api],
              ["Device list", formatAgo(health.last_scrape, nowMs)],
              ["Circuit", api === null ? null : words(api.circuit)],
              ["Failed in a row", api === null ? null : formatNumber(api.failures)],
              ["Next attempt", formatAge(api?.next_try ?? null, nowMs)],
              ["Last error", api?.error ?? null],
              ["tailscaled", own_host ? null : health.tailscaled?.state ?? null],
              ["Peers", health.tailscaled === null ? null : formatNumber(health.tailscaled.peers)],
              ["Tailnet", health.demo ? "embedded demo" : null],
            ]}
          />
        </Card>
        <Cardinality of={data} />
        <Jobs of={jobs} nowMs={nowMs} />
        <Card title="Outputs">
          <Facts
            of={[
              ["Open event streams", formatNumber(streams.open)],
              ["Refused", streams.refused === 0 ? null : formatNumber(streams.refused)],
              ["Database", push === null ? null : push.state],
              ["Waiting points", push === null ? null : formatNumber(push.buffered_points)],
              ["Last write", formatAgo(push?.last_success ?? null, nowMs)],
            ]}
          />
        </Card>
        <Card title="Endpoints">
          <ul class="endpoints">
            {LINKS.map(([path, text]) => (
              <li key={path}>
                <a href={path}>/{path.replace(/\?.*$/, "")}</a>
                <span class="soft">{text}</span>
              </li>
            ))}
          </ul>
        </Card>
        <Settings of={config} />
      </div>
    </>
  );
}

function Settings({ of }: { of: ExporterState["config"] }): JSX.Element {
  const set = Object.entries(of).filter(([, value]) => !isEmpty(value));
  return (
    <Card title="Settings">
      <details>
        <summary>{set.length} of {Object.keys(of).length} have a value</summary>
        <Facts
          of={set.map(([name, value]) =>
            [name.toUpperCase(), <code key={name}>{textOf(value)}</code>] as const
          )}
        />
      </details>
    </Card>
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "not set" || (Array.isArray(value) && value.length === 0);
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
