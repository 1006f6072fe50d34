/**
 * A watchdog with its tailscaled, its clock, its store and processes that end.
 *
 * @module
 */

import {
  WATCHDOG_KEY,
  WatchdogCollector,
  type WatchdogCollectorOptions,
} from "../../../src/collectors/host/watchdog_collector.ts";
import { decodeState, type WatchdogState } from "../../../src/paths/watchdog_state.ts";
import type { Store } from "../../../src/store.ts";
import { FakeClock, nextTurn } from "../../_support/fake_clock.ts";
import { makeEndlessSlice } from "../../_support/time_slice.ts";
import { KeptLog } from "../_golden.ts";
import { FakeLocal, makeStuckPeer } from "./_heal_local.ts";
import { makePoll } from "./_poll.ts";

/** From one look to the next. */
export const INTERVAL_MS = 60_000;

/** A store that a test can look into, and break. */
export class FakeStore implements Store {
  readonly texts = new Map<string, string>();
  isKept = true;
  onSet: () => void = () => {};

  get(key: string): string | undefined {
    return this.texts.get(key);
  }

  set(key: string, text: string): boolean {
    this.texts.set(key, text);
    this.onSet();
    return this.isKept;
  }

  delete(key: string): void {
    this.texts.delete(key);
  }
}

/** Drives a {@linkcode WatchdogCollector}. */
export class WatchdogRig {
  readonly clock = new FakeClock(undefined, nextTurn);
  readonly local = new FakeLocal();
  readonly log = new KeptLog();
  readonly store = new FakeStore();
  /** When a restart was asked for, in real milliseconds from the beginning. */
  readonly restarts: number[] = [];
  readonly #startMs = this.clock.elapsed();
  #options: Partial<WatchdogCollectorOptions>;
  #nextMs = 0;
  /** Made at the first look, so that a test can fill the store before. */
  #collector: WatchdogCollector | undefined;

  constructor(options: Partial<WatchdogCollectorOptions> = {}) {
    this.#options = options;
    this.local.peers = [makeStuckPeer()];
  }

  get realMs(): number {
    return this.clock.elapsed() - this.#startMs;
  }

  get collector(): WatchdogCollector {
    return this.#collector ??= this.#make();
  }

  /** What is kept; throws if that is no state. */
  get state(): WatchdogState {
    const state = decodeState(this.store.texts.get(WATCHDOG_KEY) ?? "");
    if (state === undefined) throw new Error("No state is kept");
    return state;
  }

  /** One look when it is due. Gives the log's lines, and what was asked of tailscaled but pings. */
  async look(signal: AbortSignal = new AbortController().signal): Promise<readonly string[]> {
    await this.clock.advance(Math.max(0, this.#nextMs - this.realMs));
    this.#nextMs = this.realMs + INTERVAL_MS;
    const look = this.collector.collect(signal);
    let isOver = false;
    const over = look.finally(() => isOver = true);
    over.catch(() => {});
    for (;;) {
      await nextTurn();
      if (isOver) break;
      await this.clock.advance(this.clock.nextMs ?? 0);
    }
    await over;
    return this.take();
  }

  /** A number of looks. */
  async looks(count: number): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let look = 0; look < count; look++) lines.push(...await this.look());
    return lines;
  }

  /** What was said and asked since the last time, pings left out. */
  take(): readonly string[] {
    const calls = this.local.take().filter((call) => !call.startsWith("ping"));
    return [...this.log.take(), ...calls.map((call) => `→ ${call}`)];
  }

  /** Ends the process; the next one may be set otherwise. */
  endProcess(options: Partial<WatchdogCollectorOptions> = {}): void {
    this.#options = { ...this.#options, ...options };
    this.#collector = undefined;
  }

  #make(): WatchdogCollector {
    const bootMs = this.clock.elapsed();
    const elapsed = () => this.clock.elapsed() - bootMs;
    const clocks = { now: this.clock.now, elapsed };
    return new WatchdogCollector({
      local: this.local,
      poll: makePoll(this.local, clocks, { intervalMs: INTERVAL_MS }),
      mode: "heal",
      intervalMs: INTERVAL_MS,
      thresholdMs: 600_000,
      cooldownMs: 600_000,
      maxRestarts: 3,
      store: this.store,
      now: this.clock.now,
      elapsed,
      delay: this.clock.delay,
      log: this.log,
      slice: makeEndlessSlice(),
      onRestart: () => this.restarts.push(this.realMs),
      ...this.#options,
    });
  }
}
