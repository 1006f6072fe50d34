/**
 * One bucket of time online of all nodes: seconds by slot, and what they add up to.
 *
 * @module
 */

/** One bucket of all nodes; a node's place in the arrays is its slot. */
export interface UptimeColumn {
  /** Begin of the bucket, in seconds since 1970; a multiple of `BUCKET_S`. */
  readonly startS: number;
  /** Seconds observed, by slot. */
  observed: Uint16Array;
  /** Seconds online, by slot. */
  online: Uint16Array;
}

/** A bucket of a log, and what its nodes add up to. */
export interface LogColumn extends UptimeColumn {
  /** The sums over all slots; undefined after a change. */
  sums: UptimeSums | undefined;
}

/** A bucket in a few numbers. Units: whole seconds. */
export interface UptimeSums {
  /** Time observed, of all nodes together. */
  readonly observed: number;
  /** Time online, of all nodes together. */
  readonly online: number;
  /** Time observed of the node that was observed the longest. */
  readonly longest: number;
}

/** Whether a slot was observed in any of the buckets. */
export function isObserved(columns: readonly UptimeColumn[], slot: number): boolean {
  for (const { observed } of columns) if ((observed[slot] ?? 0) > 0) return true;
  return false;
}

/** What all slots add up to. */
export function sumsOf({ observed, online }: UptimeColumn): UptimeSums {
  let [allObserved, allOnline, longest] = [0, 0, 0];
  for (let slot = 0; slot < observed.length; slot++) {
    const each = observed[slot] ?? 0;
    allObserved += each;
    allOnline += online[slot] ?? 0;
    if (each > longest) longest = each;
  }
  return { observed: allObserved, online: allOnline, longest };
}

/** The numbers of some slots. By hand: `Uint16Array.from()` takes twenty times as long. */
export function pick(numbers: Uint16Array, slots: readonly number[]): Uint16Array {
  const picked = new Uint16Array(slots.length);
  for (let at = 0; at < slots.length; at++) picked[at] = numbers[slots[at] ?? 0] ?? 0;
  return picked;
}

/** Makes room for a slot, and some more. */
export function grow(column: UptimeColumn, slot: number): void {
  widen(column, Math.max(64, Math.ceil((slot + 1) * 1.125)));
}

/** Makes room for as many slots at once: step by step would leave memory in small parts. */
export function widen(column: UptimeColumn, slots: number): void {
  if (slots <= column.observed.length) return;
  for (const name of ["observed", "online"] as const) {
    const wider = new Uint16Array(slots);
    wider.set(column[name]);
    column[name] = wider;
  }
}
