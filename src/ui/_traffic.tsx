/**
 * Traffic of a node over the last hour by path: received above zero, sent below.
 *
 * @module
 */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type ChartLine, TimeChart } from "./_chart.tsx";
import { Card } from "./_element.tsx";
import type { Traffic as TrafficData } from "./series_model.ts";
import { formatRate, trafficTimes, usedTrafficPaths } from "./series.ts";

const NAMES = { direct: "direct", peer_relay: "peer relay", derp: "DERP relay" } as const;

const STYLES = {
  direct: { color: "good" },
  peer_relay: { color: "accent", dash: [6, 3] },
  derp: { color: "fair", dash: [2, 2] },
} as const;

/** The card of a node. */
export function Traffic(
  { of, state }: { of: TrafficData | null; state: string },
): JSX.Element | null {
  const chart = useMemo(() => of === null ? undefined : chartOf(of), [of]);
  if (chart === undefined) {
    if (state !== "up") return null;
    return (
      <Card title="Traffic by path">
        <p class="soft">
          Rates appear after two minutes. They come from the device's own metrics.
        </p>
      </Card>
    );
  }
  return (
    <Card title="Traffic by path" aside={<span class="soft">last hour</span>}>
      <TimeChart label="Traffic of the last hour" format={formatRate} {...chart} />
    </Card>
  );
}

function chartOf(traffic: TrafficData) {
  const { received, sent } = traffic;
  const lines = usedTrafficPaths(traffic).flatMap((path): ChartLine[] => [
    { name: `${NAMES[path]} received`, isFilled: true, ...STYLES[path], values: received[path] },
    {
      name: "sent",
      isFilled: true,
      ...STYLES[path],
      values: sent[path].map((rate) => rate === null ? null : -rate),
    },
  ]);
  return { lines, times: trafficTimes(traffic) };
}
