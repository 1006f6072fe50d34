/**
 * Time online, day by day: a bar of 30 days. A day of which nothing was observed is empty, not red:
 * a gap of ours is no downtime.
 *
 * @module
 */

import type { JSX } from "preact";
import { Card } from "./_element.tsx";
import { formatMoment, formatSpan } from "./format.ts";
import type { UptimeState } from "./model.ts";

/** The card of a node. */
export function Uptime({ of }: { of: UptimeState }): JSX.Element {
  const spans = [["24 h", of.day], ["7 d", of.week], ["30 d", of.month]] as const;
  return (
    <Card title="Time online">
      <ul class="days" aria-label="The last 30 days">
        {of.days.map(({ day, observed_seconds, ratio }) => {
          const text = ratio === null
            ? `${day}: not observed`
            : `${day}: ${formatRatio(ratio)} of ${formatSpan(1000 * observed_seconds)} observed`;
          return (
            <li key={day} class={toneOf(ratio)} title={text}>
              <span class="hidden">{text}</span>
            </li>
          );
        })}
      </ul>
      <dl class="spans">
        {spans.map(([name, { observed_seconds, ratio }]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatRatio(ratio)}</dd>
            <dd class="note">{formatSpan(1000 * observed_seconds)} observed</dd>
          </div>
        ))}
      </dl>
      {of.simulated_until === null
        ? null
        : <p class="note">Simulated until {formatMoment(of.simulated_until)}.</p>}
    </Card>
  );
}

function formatRatio(ratio: number | null): string {
  if (ratio === null) return "–";
  // 99.96 % is not all of the time.
  return ratio === 1 ? "100 %" : `${(Math.floor(1000 * ratio) / 10).toFixed(1)} %`;
}

function toneOf(ratio: number | null): string {
  return ratio === null ? "none" : ratio >= 0.999 ? "full" : ratio >= 0.95 ? "most" : "part";
}
