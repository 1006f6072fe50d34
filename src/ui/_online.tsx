/**
 * How many nodes were online in the last 30 days.
 *
 * @module
 */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { TimeChart } from "./_chart.tsx";
import { Card } from "./_element.tsx";
import { useData } from "./_use_data.ts";
import type { Client } from "./client.ts";
import type { OnlineHours } from "./series_model.ts";
import { onlineColumns } from "./series.ts";

/** How often it is asked for, in milliseconds. */
const INTERVAL_MS = 5 * 60_000;

/** The card of the overview; nothing until two hours were observed. */
export function OnlineChart({ client }: { client: Client }): JSX.Element | null {
  const { data } = useData<OnlineHours>(client, "api/v1/online?days=30", INTERVAL_MS);
  const chart = useMemo(() => {
    const { nodes, online, times } = onlineColumns(data?.hours ?? []);
    return {
      times,
      lines: [
        { name: "online", color: "good", isFilled: true, values: online },
        { name: "all nodes", color: "soft", dash: [4, 4], values: nodes },
      ],
    };
  }, [data]);
  if (chart.times.length < 2) return null;
  return (
    <Card title="Nodes online" aside={<span class="soft">{spanOf(chart.times.length)}</span>}>
      <TimeChart label="Nodes online" format={formatNodes} {...chart} />
    </Card>
  );
}

function spanOf(hours: number): string {
  return hours < 48 ? `last ${hours} hours` : `last ${Math.round(hours / 24)} days`;
}

function formatNodes(nodes: number | null): string {
  return nodes === null ? "–" : String(Math.round(10 * nodes) / 10);
}
