/**
 * The node table: search, filters and order in the URL, and only the rows on the screen in the
 * document, so that 10,000 nodes scroll like ten.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { NodeFilters } from "./_node_filters.tsx";
import { HEAD, NodeRow } from "./_node_row.tsx";
import { Empty, Failure, Skeleton } from "./_element.tsx";
import { useDevices } from "./_use_data.ts";
import type { Client } from "./client.ts";
import { applyFilter, readFilter } from "./filter.ts";
import { formatNumber } from "./format.ts";
import { changePlace, formatPlace, type Place } from "./place.ts";
import { selectRow, visibleRows } from "./rows.ts";

/** How often the list is asked for, in milliseconds. */
const INTERVAL_MS = 20_000;

/** The height of a row on wide and on narrow screens, as in `page.css`. */
const ROW_HEIGHT = 44, NARROW_ROW_HEIGHT = 60;

/** The height of the head, which narrow screens do not have. */
const HEAD_HEIGHT = 38;

/** The table, for a place of the view "nodes". */
export function Nodes(
  { client, nowMs, place }: { client: Client; nowMs: number; place: Place },
): JSX.Element {
  const { data, error } = useDevices(client, INTERVAL_MS);
  const filter = readFilter(place.params);
  const key = JSON.stringify(filter);
  const rows = useMemo(() => applyFilter(data?.rows ?? [], filter), [data, key]);
  const change = (change: Partial<typeof filter>) => {
    const params = { ...filter, ...change };
    changePlace(place, { ...params, sort: params.sort === "problem" ? "" : params.sort });
  };
  return (
    <div class="nodes">
      <NodeFilters rows={data?.rows ?? []} filter={filter} onChange={change} />
      <p class="count" role="status">
        {data === undefined
          ? "Loading …"
          : `${formatNumber(rows.length)} of ${formatNumber(data.rows.length)} nodes`}
        {data?.isWhole === false ? ", loading more …" : ""}
      </p>
      <Failure error={error} />
      {data === undefined ? <Skeleton rows={12} /> : (
        <Table
          rows={rows}
          nowMs={nowMs}
          sort={filter.sort}
          resetKey={key}
          onSort={(sort) => change({ sort })}
        />
      )}
    </div>
  );
}

function Table(
  { nowMs, onSort, resetKey, rows, sort }: {
    nowMs: number;
    onSort: (sort: string) => void;
    resetKey: string;
    rows: ReturnType<typeof applyFilter>;
    sort: string;
  },
): JSX.Element {
  const body = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const [selected, setSelected] = useState(0);
  const isNarrow = matchMedia("(max-width: 760px)").matches;
  const [rowHeight, headHeight] = isNarrow ? [NARROW_ROW_HEIGHT, 0] : [ROW_HEIGHT, HEAD_HEIGHT];
  const measure = () => {
    const { clientHeight = 600, scrollTop = 0 } = body.current ?? {};
    setScroll({ top: scrollTop, height: clientHeight - headHeight });
  };
  useLayoutEffect(() => {
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  useEffect(() => {
    setSelected(0);
    body.current?.scrollTo(0, 0);
  }, [resetKey]);
  const onKey = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(scroll.height / rowHeight) - 1);
    const row = rows[selected];
    if (event.key === "Enter" && row !== undefined) {
      location.hash = formatPlace("nodes", row.id);
      return;
    }
    const next = selectRow(event.key, { count: rows.length, page, selected });
    if (next === undefined) return;
    event.preventDefault();
    setSelected(next);
    const [top, element] = [next * rowHeight, body.current];
    if (element === null) return;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + rowHeight + headHeight - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  };
  const { end, first } = visibleRows({
    count: rows.length,
    height: scroll.height,
    rowHeight,
    scrollTop: scroll.top,
  });
  return (
    <div class="table" role="table" aria-rowcount={rows.length + 1} aria-label="Nodes">
      <div
        class="body"
        role="rowgroup"
        ref={body}
        tabIndex={0}
        aria-label="Rows; arrow keys select, Enter opens"
        onScroll={measure}
        onKeyDown={onKey}
      >
        <div class="row head" role="row" aria-rowindex={1}>
          {HEAD.map(({ column, title }) => (
            <HeadCell key={column} column={column} title={title} sort={sort} onSort={onSort} />
          ))}
        </div>
        {rows.length === 0 ? <NoRows /> : null}
        <div class="rows" role="presentation" style={{ height: `${rows.length * rowHeight}px` }}>
          {rows.slice(first, end).map((row, at) => (
            <NodeRow
              key={row.id}
              row={row}
              index={first + at}
              top={(first + at) * rowHeight}
              isSelected={first + at === selected}
              nowMs={nowMs}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function NoRows(): JSX.Element {
  return (
    <div role="row">
      <div role="cell">
        <Empty title="No node matches">Change the search, or reset the filters.</Empty>
      </div>
    </div>
  );
}

function HeadCell(
  { column, onSort, sort, title }: {
    column: string;
    onSort: (sort: string) => void;
    sort: string;
    title: string;
  },
): JSX.Element {
  const isSorted = sort.replace(/^-/, "") === column;
  const isDescending = sort.startsWith("-");
  const order = !isSorted ? "none" : isDescending ? "descending" : "ascending";
  return (
    <div role="columnheader" class={`cell ${column}`} aria-sort={order}>
      <button
        type="button"
        onClick={() => onSort(isSorted && !isDescending ? `-${column}` : column)}
      >
        {title}
        <span class="arrow" aria-hidden="true">{!isSorted ? "" : isDescending ? "↓" : "↑"}</span>
      </button>
    </div>
  );
}
