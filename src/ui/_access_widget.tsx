/**
 * Access analytics on the overview: the last 7 days in three numbers, the top endpoints, the last
 * requests. The numbers are asked for every 5 min; the last requests are live.
 *
 * @module
 */

import type { JSX } from "preact";
import { Counts, NUMBERS_MS, RequestList, useRecent } from "./_access_list.tsx";
import { Card } from "./_element.tsx";
import { useData } from "./_use_data.ts";
import type { AccessUsage } from "./access_model.ts";
import type { Client } from "./client.ts";
import { formatNumber } from "./format.ts";
import { formatPlace } from "./place.ts";

/** The widget; nothing before the first answer. */
export function AccessWidget(
  { client, nowMs }: { client: Client; nowMs: number },
): JSX.Element | null {
  const { data } = useData<AccessUsage>(
    client,
    "analytics/dashboard-usage?days=7&top=5",
    NUMBERS_MS,
  );
  const last = useRecent(client).data;
  if (data === undefined) return null;
  const recent = last?.access_logs ?? data.recent;
  const numbers = [
    ["requests", data.total_requests],
    ["users", data.unique_users],
    ["devices", data.active_devices],
  ] as const;
  return (
    <Card title="Access, last 7 days" aside={<a href={formatPlace("access")}>Show all</a>}>
      <dl class="spans">
        {numbers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatNumber(value)}</dd>
          </div>
        ))}
      </dl>
      {data.total_requests === 0 && recent.length === 0 ? null : (
        <div class="access-halves">
          <section>
            <h3>Top endpoints</h3>
            <Counts
              of={data.top_endpoints.filter(({ name }) => name !== "(other)")}
              mono
              most={5}
            />
          </section>
          <section>
            <h3>Last requests</h3>
            <RequestList nowMs={nowMs} of={recent} />
          </section>
        </div>
      )}
    </Card>
  );
}
