/**
 * A slow, obvious model of time online: one step for each second that was observed.
 *
 * @module
 */

import type { UptimeSample } from "../../src/history/uptime.ts";

const HOUR_S = 3_600;

/** Seconds online and observed of each node, by hour. */
export class SlowUptime {
  readonly #hours = new Map<string, Map<number, { online: number; observed: number }>>();
  readonly #maxGapMs: number;
  #last: UptimeSample | undefined;
  /** Second before which all is counted. */
  #endS = 0;

  /** A model that has seen nothing. */
  constructor(maxGapMs: number) {
    this.#maxGapMs = maxGapMs;
  }

  /** Another process goes on, which knows what was counted and nothing else. */
  restart(): void {
    this.#last = undefined;
    this.#endS = 0;
  }

  /** Takes a sample. */
  observe(sample: UptimeSample): void {
    const last = this.#last;
    this.#last = sample;
    const atS = Math.floor(sample.atMs / 1000);
    // After a large step back time counts again, after a small one when it has caught up.
    if (atS < this.#endS - HOUR_S) this.#endS = atS;
    const freeS = this.#endS;
    this.#endS = Math.max(freeS, atS);
    if (last === undefined) return;
    const wallMs = sample.atMs - last.atMs;
    const elapsedMs = sample.elapsedMs - last.elapsedMs;
    if (wallMs <= 0 || wallMs > this.#maxGapMs || elapsedMs < 0) return;
    if (Math.abs(wallMs - elapsedMs) > 5_000) return;
    for (let second = Math.floor(last.atMs / 1000); second < atS; second++) {
      if (second < freeS) continue;
      for (const { isOnline, key } of last.nodes) this.#count(key, hourOf(second), isOnline);
    }
  }

  /** Seconds online and observed from the full hour before the window until now. */
  uptime(key: string, windowMs: number, nowMs: number): readonly [number, number] {
    const fromHour = hourOf(Math.floor((nowMs - windowMs) / 1000));
    const nowHour = hourOf(Math.floor(nowMs / 1000));
    let [allOnline, allObserved] = [0, 0];
    for (const [hour, { observed, online }] of this.#hours.get(key) ?? []) {
      if (hour < fromHour || hour > nowHour) continue;
      allOnline += online;
      allObserved += observed;
    }
    return [allOnline, allObserved];
  }

  /** One second; an hour that is observed twice, because a clock was set back, has one hour. */
  #count(key: string, hour: number, isOnline: boolean): void {
    const hours = this.#hours.get(key) ?? new Map<number, { online: number; observed: number }>();
    this.#hours.set(key, hours);
    const { observed, online } = hours.get(hour) ?? { observed: 0, online: 0 };
    const more = Math.min(observed + 1, HOUR_S);
    hours.set(hour, { observed: more, online: Math.min(online + (isOnline ? 1 : 0), more) });
  }
}

function hourOf(second: number): number {
  return Math.floor(second / HOUR_S);
}
