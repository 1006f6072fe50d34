/**
 * A chart of series over time, drawn by uPlot; the legend below tells the values under the pointer,
 * else the last ones. Lines differ by dashes, too, so that none depends on its colour.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { type Column, lastOf } from "./series.ts";

/** A line of a chart. */
export interface ChartLine {
  /** Its name. */
  readonly name: string;
  /** The custom property that has its colour, without dashes: "good". */
  readonly color: string;
  /** Lengths of dashes and gaps; none for a whole line. */
  readonly dash?: readonly number[];
  /** Whether the area to zero is tinted. */
  readonly isFilled?: boolean;
  /** What is drawn. */
  readonly values: Column;
}

/** What a {@linkcode TimeChart} shows. */
export interface TimeChartProps {
  /** What the chart is about, for those who cannot see it. */
  readonly label: string;
  /** Times in seconds since 1970. */
  readonly times: readonly number[];
  /** The lines. */
  readonly lines: readonly ChartLine[];
  /** Writes a value; its sign may say something else than the value's. */
  readonly format: (value: number | null) => string;
}

/** Height of the drawing, in pixels. */
const HEIGHT = 190;

/** A chart as wide as its place. */
export function TimeChart({ format, label, lines, times }: TimeChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | undefined>(undefined);
  const [at, setAt] = useState<number | undefined>(undefined);
  const names = lines.map(({ name }) => name).join();
  const data = dataOf(times, lines);
  // A change of theme draws anew between two renders.
  const latest = useRef({ data, format, lines });
  latest.current = { data, format, lines };
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = () => {
      const { data, format, lines } = latest.current;
      chart.current?.destroy();
      chart.current = new UPlot(optionsOf(element, lines, format, setAt), data, element);
    };
    draw();
    const theme = matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", draw);
    const sizes = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: HEIGHT })
    );
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      theme.removeEventListener("change", draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [names]);
  useEffect(() => chart.current?.setData(data), [times, lines]);
  const valueOf = ({ values }: ChartLine) => at === undefined ? lastOf(values) : values[at] ?? null;
  const moment = at === undefined ? undefined : times[at];
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={`${label}: ${describe(lines, format)}`} />
      <figcaption>
        {lines.map((line) => (
          <span key={line.name}>
            <svg class="key" viewBox="0 0 20 8" aria-hidden="true">
              <path
                d="M0 4h20"
                stroke={`var(--${line.color})`}
                stroke-width="2"
                stroke-dasharray={line.dash?.join(" ") ?? "none"}
              />
            </svg>
            {line.name} <b>{format(valueOf(line))}</b>
          </span>
        ))}
        <span class="soft when">{moment === undefined ? "" : formatTime(moment)}</span>
      </figcaption>
    </figure>
  );
}

function describe(lines: readonly ChartLine[], format: TimeChartProps["format"]): string {
  return lines.map(({ name, values }) => `${name} ${format(lastOf(values))}`).join(", ");
}

function dataOf(times: readonly number[], lines: readonly ChartLine[]): UPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])];
}

function formatTime(seconds: number): string {
  return new Date(1000 * seconds).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
}

function optionsOf(
  element: HTMLElement,
  lines: readonly ChartLine[],
  format: TimeChartProps["format"],
  onCursor: (at: number | undefined) => void,
): UPlot.Options {
  const [soft, grid] = [colorOf(element, "soft"), colorOf(element, "line")];
  const axis = {
    stroke: soft,
    font: `12px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? undefined)] },
    scales: {
      y: { range: (_, least, most) => [Math.min(0, 1.1 * least), Math.max(1, 1.1 * most)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 28, values: formatTimes },
      { ...axis, size: widthOf, values: (_, values) => values.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ color, dash, isFilled = false, name }): UPlot.Series => {
        const stroke = colorOf(element, color);
        return {
          label: name,
          stroke,
          width: 1.6,
          points: { show: false },
          spanGaps: false,
          ...dash !== undefined && { dash: [...dash] },
          ...isFilled && { fill: stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.12)") },
        };
      }),
    ],
  };
}

/** Width of the axis of values, in pixels: that of its longest label. */
function widthOf(_chart: UPlot, labels: readonly string[] | null): number {
  return 20 + 7 * Math.max(1, ...(labels ?? []).map(({ length }) => length));
}

/** Labels of the axis of time: days where they are a day apart, else times. */
function formatTimes(
  _chart: UPlot,
  splits: readonly number[],
  _axis: number,
  _space: number,
  step: number,
): string[] {
  return splits.map((seconds) => {
    const time = new Date(1000 * seconds);
    return step >= 86_400
      ? time.toLocaleDateString(undefined, { day: "numeric", month: "short" })
      : time.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  });
}

/** A custom property's colour in the present theme: a canvas does not know `light-dark()`. */
function colorOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
