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
const WAVES = 4;

/**
 * One rhythm: a day's wave and three faster ones, of other lengths for each device.
 *
 * The rate swings around 1 and never falls below 0, because the amplitudes sum up to less than 1.
 */
export class Load {
  readonly #turns = new Float64Array(WAVES);
  readonly #phases = new Float64Array(WAVES);
  readonly #swings = new Float64Array(WAVES);
  #offset = 0;

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
    for (let wave = 0; wave < WAVES; wave++) {
      const turn = 2 * Math.PI / (periods[wave] as number);
      // All devices share the time of day, give or take two hours.
      const phase = wave === 0
        ? (unit(seed, STREAM.wave, key, 4) - 0.5) + Math.PI
        : 2 * Math.PI * unit(seed, STREAM.wave, key, 5 + wave);
      this.#turns[wave] = turn;
      this.#phases[wave] = phase;
      this.#swings[wave] = (amplitudes[wave] as number) / turn;
      this.#offset += (this.#swings[wave] as number) * Math.cos(phase);
    }
  }

  /**
   * Seconds of average load between the beginning and a moment; never falls.
   *
   * Units: nowMs is milliseconds since 1970; the result is in seconds.
   */
  total(nowMs: number): number {
    const seconds = Math.max(0, nowMs - EPOCH_MS) / 1000;
    let sum = seconds + this.#offset;
    for (let wave = 0; wave < WAVES; wave++) {
      sum -= (this.#swings[wave] as number) *
        Math.cos((this.#turns[wave] as number) * seconds + (this.#phases[wave] as number));
    }
    return Math.max(0, sum);
  }
}
