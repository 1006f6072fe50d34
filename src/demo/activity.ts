/**
 * How busy a device is over the day, as the sum of everything it did since the demo's beginning:
 * counters are this sum times a rate, so they only ever grow and need no memory.
 *
 * @module
 */

import { hash, STREAM, unit } from "./random.ts";

/** When all counters began: 2024-01-01T00:00:00Z, in milliseconds. Before it they stand still. */
export const EPOCH_MS = 1_704_067_200_000;

const DAY_SECONDS = 86_400;

/**
 * One rhythm: a day's wave and three faster ones, of other lengths for each device.
 *
 * The rate swings around 1 and never falls below 0, because the amplitudes sum up to less than 1.
 */
export class Load {
  /** For each wave: radians a second, phase in radians, seconds gained at most. */
  readonly #waves: readonly (readonly [turn: number, phase: number, swing: number])[];
  readonly #offset: number;

  /**
   * A rhythm of one device.
   *
   * @param dayAmplitude How much day and night differ, from 0 to 0.6.
   * @param channel Which of a device's rhythms this is.
   */
  constructor(dayAmplitude: number, seed: number, device: number, channel: number) {
    const key = device * 16 + channel;
    const periods = [
      DAY_SECONDS,
      2_200 + hash(seed, STREAM.wave, key, 1) % 1_400,
      310 + hash(seed, STREAM.wave, key, 2) % 240,
      61 + hash(seed, STREAM.wave, key, 3) % 37,
    ];
    const amplitudes = [dayAmplitude, 0.15, 0.14, 0.1];
    this.#waves = periods.map((period, wave) => {
      const turn = 2 * Math.PI / period;
      // All devices share the time of day, give or take two hours.
      const phase = wave === 0
        ? (unit(seed, STREAM.wave, key, 4) - 0.5) + Math.PI
        : 2 * Math.PI * unit(seed, STREAM.wave, key, 5 + wave);
      return [turn, phase, (amplitudes[wave] as number) / turn] as const;
    });
    this.#offset = this.#waves.reduce((sum, [, phase, swing]) => sum + swing * Math.cos(phase), 0);
  }

  /**
   * Seconds of average load between the beginning and a moment; never falls.
   *
   * Units: nowMs is milliseconds since 1970; the result is in seconds.
   */
  total(nowMs: number): number {
    const seconds = Math.max(0, nowMs - EPOCH_MS) / 1000;
    let sum = seconds + this.#offset;
    for (const [turn, phase, swing] of this.#waves) sum -= swing * Math.cos(turn * seconds + phase);
    return Math.max(0, sum);
  }
}
