/**
 * A heatmap of requests: a row for each day, a column for each hour.
 *
 * @module
 */

import type { JSX } from "preact";
import type { AccessHour } from "./access_model.ts";
import { plural } from "./format.ts";
import { heatmapOf } from "./heatmap.ts";

/** Hours with a label above them. */
const LABELLED = 6;

/** The heatmap of some days. */
export function Heatmap(
  { days, hours, nowMs }: { days: number; hours: readonly AccessHour[]; nowMs: number },
): JSX.Element {
  const rows = heatmapOf(hours, { days, nowMs });
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Requests by day and hour">
      <table class="heatmap">
        <caption class="hidden">Requests by day and hour, in your time zone</caption>
        <thead>
          <tr>
            <td />
            {Array.from({ length: 24 }, (_, hour) => (
              <th key={hour} scope="col">
                <span class={hour % LABELLED === 0 ? "" : "hidden"}>{hour}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ atMs, cells }) => {
            const day = new Date(atMs).toLocaleDateString(undefined, {
              weekday: "short",
              day: "numeric",
              month: "short",
              timeZone: "UTC",
            });
            return (
              <tr key={atMs}>
                <th scope="row">{day}</th>
                {cells.map((cell, hour) =>
                  cell === undefined ? <td key={hour} class="outside" /> : (
                    <td
                      key={hour}
                      class={`level-${cell.level}`}
                      title={`${day}, ${hour}:00: ${plural(cell.requests, "request")}`}
                    >
                      <span class="hidden">{cell.requests}</span>
                    </td>
                  )
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
