/**
 * Health points of a simulated past: how many nodes were online, counted from when each came and
 * went.
 *
 * @module
 */

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
  readonly isCritical: boolean;
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
  add({ joinedMs, leftMs = Infinity, outages }: DevicePast, isCritical: boolean): void {
    const step = (atMs: number, nodes: number, online: number) =>
      this.#steps.push({ atMs, nodes, online, isCritical });
    step(joinedMs, 1, 1);
    for (const { fromMs, untilMs } of outages) {
      step(Math.max(joinedMs, fromMs), 0, -1);
      if (untilMs !== undefined) step(untilMs, 0, 1);
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
    let [nodes, online, critical, criticalOnline, at] = [0, 0, 0, 0, 0];
    const points: HealthPoint[] = [];
    // At multiples of the interval, so that the last one is before the end.
    for (let atMs = Math.ceil(fromMs / everyMs) * everyMs; atMs <= untilMs; atMs += everyMs) {
      if (points.length % POINTS_A_LOOK === 0 && slice.isOver) await slice.next();
      for (let step = this.#steps[at]; step !== undefined && step.atMs <= atMs;) {
        nodes += step.nodes;
        online += step.online;
        critical += step.isCritical ? step.nodes : 0;
        criticalOnline += step.isCritical ? step.online : 0;
        step = this.#steps[++at];
      }
      const isKnown = !apiOutages.some(({ fromMs, untilMs = Infinity }) =>
        atMs >= fromMs && atMs < untilMs
      );
      if (isKnown) points.push({ atMs, nodes, online, critical, criticalOnline });
    }
    return points;
  }
}
