/**
 * A row of the node table, and the head above its cells.
 *
 * @module
 */

import type { JSX } from "preact";
import { shortName } from "../text/short_name.ts";
import { DeviceSign } from "./_icon.tsx";
import { MetricsState } from "./_element.tsx";
import { formatAge, formatAgo, formatMoment } from "./format.ts";
import type { DeviceRow } from "./model.ts";
import { formatPlace } from "./place.ts";

/** The columns in their order; a column's name is what `filter.ts` sorts by. */
export const HEAD: readonly { readonly column: string; readonly title: string }[] = [
  { column: "problem", title: "State" },
  { column: "name", title: "Name" },
  { column: "owner", title: "Owner or tags" },
  { column: "os", title: "OS" },
  { column: "version", title: "Client" },
  { column: "seen", title: "Last seen" },
  { column: "expires", title: "Key expires" },
  { column: "metrics", title: "Metrics" },
];

/** A row at its place. */
export function NodeRow(
  { index, isSelected, nowMs, row, top }: {
    index: number;
    isSelected: boolean;
    nowMs: number;
    row: DeviceRow;
    top: number;
  },
): JSX.Element {
  const { expires, last_seen, name, online, os, owner, tags, version } = row;
  const short = shortName(name);
  const who = tags.length > 0
    ? tags.map((tag) => tag.replace(/^tag:/, "")).join(", ")
    : owner ?? "";
  return (
    <div
      class={`row${isSelected ? " selected" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="cell" class="cell problem">
        <DeviceSign row={row} />
      </div>
      <div role="cell" class="cell name">
        <a href={formatPlace("nodes", row.id)} tabIndex={-1} title={name}>
          <b>{short}</b>
          <span class="soft">{name.slice(short.length)}</span>
        </a>
        <span class="narrow">
          {[os, version, online ? "online" : formatAgo(last_seen, nowMs)].filter(Boolean).join(
            " · ",
          )}
        </span>
      </div>
      <div role="cell" class="cell owner" title={who}>{who}</div>
      <div role="cell" class="cell os">{os ?? ""}</div>
      <div role="cell" class="cell version">{version ?? ""}</div>
      <div role="cell" class="cell seen" title={formatMoment(last_seen)}>
        {online ? "now" : formatAgo(last_seen, nowMs)}
      </div>
      <div role="cell" class="cell expires" title={formatMoment(expires)}>
        {expires === null ? "never" : formatAge(expires, nowMs)}
      </div>
      <div role="cell" class="cell metrics">
        <MetricsState state={row.metrics} />
      </div>
    </div>
  );
}
