/**
 * The first view: the one thing that is most wrong, a few numbers, and the other problems.
 *
 * @module
 */

import type { JSX } from "preact";
import { shortName } from "../text/short_name.ts";
import { AccessWidget } from "./_access_widget.tsx";
import { DeviceSign, Sign } from "./_icon.tsx";
import { OnlineChart } from "./_online.tsx";
import { Card, Figure, Prose, Skeleton } from "./_element.tsx";
import { formatAgo, formatMoment, formatNumber, formatSpan, plural, words } from "./format.ts";
import { useData } from "./_use_data.ts";
import type { Client } from "./client.ts";
import { isAction } from "./filter.ts";
import type { DevicePage, Summary } from "./model.ts";
import { isOfOwnNode, isStarting } from "./own_node.ts";
import { formatPlace } from "./place.ts";

type SummaryProblem = Summary["problems"][number];

/** Maximum number of critical nodes shown. */
const MAX_CRITICAL = 24;

/** The overview of a summary. */
export function Overview(
  { client, summary, nowMs }: { client: Client; summary: Summary | undefined; nowMs: number },
): JSX.Element {
  if (summary === undefined) return <Skeleton rows={8} />;
  const actions = summary.problems.filter(isAction);
  const hints = summary.problems.filter((problem) => !isAction(problem));
  const [worst, ...others] = actions;
  const { devices, metrics, tailnets } = summary;
  const down = metrics.down ?? 0;
  return (
    <>
      <Headline problem={worst} summary={summary} nowMs={nowMs} />
      <div class="figures">
        <Figure
          name="Nodes online"
          value={formatNumber(devices.online)}
          note={`of ${formatNumber(devices.total)}`}
          href={formatPlace("nodes", "", { state: "online" })}
        />
        <Figure
          name="With metrics"
          value={formatNumber(metrics.up)}
          note={down === 0 ? "none failing" : `${formatNumber(down)} failing`}
          href={formatPlace("nodes", "", { state: down === 0 ? "up" : "down" })}
        />
        <Figure
          name="Need attention"
          value={formatNumber(sum(actions.map(({ count }) => count)))}
          note={`${plural(actions.length, "kind")} of problem`}
          href={formatPlace("nodes", "", { state: "problem" })}
        />
        <Figure
          name="Device list"
          value={formatAgo(tailnets[0]?.last_list ?? null, nowMs).replace(" ago", "") || "–"}
          note={tailnets[0] === undefined ? "no tailnet" : "old"}
          href={formatPlace("exporter")}
        />
      </div>
      <CriticalNodes client={client} nowMs={nowMs} />
      <OnlineChart client={client} />
      {summary.access ? <AccessWidget client={client} nowMs={nowMs} /> : null}
      {others.length + hints.length === 0
        ? null
        : (
          <Card title={worst === undefined ? "Hints" : "Also"}>
            <ul class="problems also">
              {[...others, ...hints].map((each) => (
                <ProblemLine key={`${each.kind} ${each.severity}`} problem={each} />
              ))}
            </ul>
          </Card>
        )}
      <Card title="Metrics of the nodes">
        <MetricsBar metrics={metrics} />
      </Card>
    </>
  );
}

/** The critical nodes, those that are offline first; nothing where there is none. */
function CriticalNodes({ client, nowMs }: { client: Client; nowMs: number }): JSX.Element | null {
  const path = `api/v1/devices?critical=true&sort=-online&limit=${MAX_CRITICAL}`;
  const { data } = useData<DevicePage>(client, path, 10_000);
  if (data === undefined || data.total === 0) return null;
  return (
    <Card
      title="Critical nodes"
      aside={data.next === null
        ? null
        : <span class="soft">{MAX_CRITICAL} of {formatNumber(data.total)}</span>}
    >
      <ul class="grid">
        {data.devices.map((row) => (
          <li key={row.id}>
            <a href={formatPlace("nodes", row.id)} title={row.name}>
              <DeviceSign row={row} />
              <b>{shortName(row.name)}</b>
              <span class="soft">
                {row.type}, {row.online ? "online" : `offline ${formatAgo(row.last_seen, nowMs)}`}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Headline(
  { nowMs, problem, summary }: {
    nowMs: number;
    problem: SummaryProblem | undefined;
    summary: Summary;
  },
): JSX.Element {
  if (problem === undefined && isStarting(summary)) {
    return (
      <section class="headline">
        <Sign name="offline" />
        <div>
          <h1>Starting</h1>
          <p>Waiting for the first device list.</p>
        </div>
      </section>
    );
  }
  if (problem === undefined) {
    const { total } = summary.devices;
    return (
      <section class="headline ok">
        <Sign name="ok" />
        <div>
          <h1>All is well</h1>
          <p>{total === 0 ? "No nodes yet." : `Nothing is wrong with ${plural(total, "node")}.`}</p>
        </div>
      </section>
    );
  }
  return (
    <section class={`headline ${problem.severity}`}>
      <Sign name={problem.severity} label={problem.severity} />
      <div>
        <h1>{titleOf(problem)}</h1>
        <ReasonLine problem={problem} nowMs={nowMs} />
        <p>
          <Prose text={problem.advice} />
        </p>
        <NodeLinks problem={problem} />
      </div>
    </section>
  );
}

/** Since when, and what is wrong with one of the nodes; nothing where neither is known. */
function ReasonLine(
  { nowMs, problem: { reason, since } }: { nowMs: number; problem: SummaryProblem },
): JSX.Element | null {
  if (reason === null && since === null) return null;
  const span = since === null ? "" : `For ${formatSpan(nowMs - Date.parse(since))}. `;
  return (
    <p>
      {span === "" ? null : <span title={formatMoment(since)}>{span}</span>}
      {reason === null ? null : <Prose text={reason} />}
    </p>
  );
}

function ProblemLine({ problem }: { problem: SummaryProblem }): JSX.Element {
  return (
    <li>
      <Sign name={problem.severity} label={problem.severity} />
      <div>
        <p class="title">{titleOf(problem)}</p>
        <p class="note">
          <Prose text={problem.advice} />
        </p>
        <NodeLinks problem={problem} />
      </div>
    </li>
  );
}

function NodeLinks(
  { problem: { count, devices, kind } }: { problem: SummaryProblem },
): JSX.Element | null {
  if (isOfOwnNode(kind)) {
    return (
      <p class="links">
        <a href={formatPlace("exporter")}>Node of the tailnet</a>
      </p>
    );
  }
  if (devices.length === 0) return null;
  return (
    <p class="links">
      {devices.map(({ id, name }) => (
        <a key={id} href={formatPlace("nodes", id)} title={name}>{shortName(name)}</a>
      ))}
      {count > devices.length ? <span>and {formatNumber(count - devices.length)} more</span> : null}
    </p>
  );
}

function titleOf({ count, title }: SummaryProblem): string {
  return count === 0 ? title : `${plural(count, "node")} ${title}`;
}

function MetricsBar({ metrics }: { metrics: Summary["metrics"] }): JSX.Element {
  const filled = Object.entries(metrics).filter(([, count]) => count > 0);
  const total = Math.max(1, sum(filled.map(([, count]) => count)));
  return (
    <>
      <div class="bar" aria-hidden="true">
        {filled.map(([state, count]) => (
          <span key={state} class={state} style={{ width: `${100 * count / total}%` }} />
        ))}
      </div>
      <ul class="legend">
        {filled.map(([state, count]) => (
          <li key={state}>
            <span class={`swatch ${state}`} />
            {words(state)} <b>{formatNumber(count)}</b>
          </li>
        ))}
      </ul>
    </>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
