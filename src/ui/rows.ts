/**
 * Which rows of a long table are on the screen, so that only these are in the document.
 *
 * @module
 */

/** Rows beyond each edge that are in the document, too, so that fast scrolling shows no gap. */
const SPARE_ROWS = 12;

/** A part of a table. */
export interface RowWindow {
  /** Index of the first row. */
  readonly first: number;
  /** Index after the last row. */
  readonly end: number;
}

/**
 * The rows to render.
 *
 * Units: pixels
 *
 * @param scrollTop How far the table is scrolled.
 * @param height The height of what is visible of it.
 */
export function visibleRows(
  { count, height, rowHeight, scrollTop }: {
    readonly count: number;
    readonly height: number;
    readonly rowHeight: number;
    readonly scrollTop: number;
  },
): RowWindow {
  const first = Math.floor(scrollTop / rowHeight) - SPARE_ROWS;
  const end = Math.ceil((scrollTop + height) / rowHeight) + SPARE_ROWS;
  return { first: Math.min(Math.max(0, first), count), end: Math.min(count, Math.max(0, end)) };
}

/**
 * The row that a key selects.
 *
 * @returns undefined for a key that selects none.
 */
export function selectRow(
  key: string,
  { count, page, selected }: {
    readonly count: number;
    readonly page: number;
    readonly selected: number;
  },
): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -Infinity,
    End: Infinity,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return undefined;
  return Math.min(count - 1, Math.max(0, selected + step));
}
