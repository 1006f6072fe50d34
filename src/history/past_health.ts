/**
 * Health points of a simulated past: how many nodes were online, counted from when each came and
 * went.
 *
 * @module
 */

import { ABANDONED_MS } from "../facts/mod.ts";
import type { TimeSlice } from "../time/slice.ts";
import type { HealthPoint } from "./node_health.ts";
import type { DevicePast, Past } from "./past.ts";

/** Points between two looks at the clock. */
const POINTS_A_LOOK = 256;

/** A moment at which the counts change. */
interface Step {
  readonly atMs: number;
  readonly nodes: number;
  readonly online: number;
  readonly missed: number;
  readonly isCritical: boolean;
}

/** What counts of a device. */
export interface PastNode {
  /** Whether it is critical. */
  readonly isCritical: boolean;
  /** Whether it may be offline without anyone being told, as a laptop. */
  readonly isQuiet: boolean;
}

/** Counts nodes over time. */
export class PastHealth {
  readonly #past: Past;
  readonly #steps: Step[] = [];

  /** Has counted nothing. */
  constructor(past: Past) {
    this.#past = past;
  }

  /** Adds a device. */
  add(
    { joinedMs, leftMs = Infinity, outages }: DevicePast,
    { isCritical, isQuiet }: PastNode,
  ): void {
    const step = (atMs: number, nodes: number, online: number, missed = 0) =>
      this.#steps.push({ atMs, nodes, online, missed: isQuiet ? 0 : missed, isCritical });
    step(joinedMs, 1, 1);
    for (const { fromMs, untilMs = Infinity } of outages) {
      step(Math.max(joinedMs, fromMs), 0, -1, 1);
      // Missed until it is back or abandoned, whichever comes first.
      const abandonedMs = Math.max(joinedMs, fromMs + ABANDONED_MS);
      if (abandonedMs < untilMs) step(abandonedMs, 0, 0, -1);
      if (untilMs < Infinity) step(untilMs, 0, 1, abandonedMs < untilMs ? 0 : -1);
    }
    if (leftMs < Infinity) step(leftMs, -1, -1);
  }

  /** The points until a moment, oldest first; none while the control plane did not answer. */
  async points(
    everyMs: number,
    untilMs: number,
    slice: TimeSlice,
  ): Promise<readonly HealthPoint[]> {
    const { apiOutages, fromMs } = this.#past;
    this.#steps.sort((a, b) => a.atMs - b.atMs);
    let [nodes, online, critical, criticalOnline, missed, at] = [0, 0, 0, 0, 0, 0];
    const points: HealthPoint[] = [];
    // At multiples of the interval, so that the last one is before the end.
    for (let atMs = Math.ceil(fromMs / everyMs) * everyMs; atMs <= untilMs; atMs += everyMs) {
      if (points.length % POINTS_A_LOOK === 0 && slice.isOver) await slice.next();
      for (let step = this.#steps[at]; step !== undefined && step.atMs <= atMs;) {
        nodes += step.nodes;
        online += step.online;
        missed += step.missed;
        critical += step.isCritical ? step.nodes : 0;
        criticalOnline += step.isCritical ? step.online : 0;
        step = this.#steps[++at];
      }
      const isKnown = !apiOutages.some(({ fromMs, untilMs = Infinity }) =>
        atMs >= fromMs && atMs < untilMs
      );
      if (isKnown) points.push({ atMs, nodes, online, critical, criticalOnline, missed });
    }
    return points;
  }
}
