/**
 * A slow, obvious model of time online: one entry for each second that was observed.
 *
 * @module
 */

import type { UptimeSample } from "../../src/history/uptime.ts";

const HOUR_S = 3_600;

/** Notes every second of every node. */
export class SlowUptime {
  readonly #seconds = new Map<string, Map<number, boolean>>();
  #last: UptimeSample | undefined;

  #endS = 0;
  readonly #maxGapMs: number;

  /** A model that has seen nothing. */
  constructor(maxGapMs: number) {
    this.#maxGapMs = maxGapMs;
  }

  /** Takes a sample. */
  observe(sample: UptimeSample): void {
    const last = this.#last;
    this.#last = sample;
    const atS = Math.floor(sample.atMs / 1000);
    // A clock that went back by more than an hour was wrong before: its future is forgotten.
    const endS = this.#endS;
    if (atS < endS - HOUR_S) this.#forget((second) => hourOf(second) >= hourOf(atS));
    this.#endS = atS < endS - HOUR_S ? atS : Math.max(endS, atS);
    if (last === undefined) return;
    const wallMs = sample.atMs - last.atMs;
    const elapsedMs = sample.elapsedMs - last.elapsedMs;
    if (wallMs <= 0 || wallMs > this.#maxGapMs || elapsedMs < 0) return;
    if (Math.abs(wallMs - elapsedMs) > 5_000) return;
    const freeS = atS < endS - HOUR_S ? atS : endS;
    for (const { isOnline, key } of last.nodes) {
      const seconds = this.#seconds.get(key) ?? new Map<number, boolean>();
      this.#seconds.set(key, seconds);
      for (let second = Math.floor(last.atMs / 1000); second < atS; second++) {
        if (second >= freeS) seconds.set(second, isOnline);
      }
    }
  }

  /** Seconds online and observed since the full hour before the window. */
  uptime(key: string, windowMs: number, nowMs: number): readonly [number, number] {
    const fromS = hourOf(Math.floor((nowMs - windowMs) / 1000)) * HOUR_S;
    const states = [...this.#seconds.get(key) ?? []].filter(([second]) => second >= fromS);
    return [states.filter(([, isOnline]) => isOnline).length, states.length];
  }

  #forget(isWrong: (second: number) => boolean): void {
    for (const seconds of this.#seconds.values()) {
      for (const second of [...seconds.keys()]) if (isWrong(second)) seconds.delete(second);
    }
  }
}

function hourOf(second: number): number {
  return Math.floor(second / HOUR_S);
}
