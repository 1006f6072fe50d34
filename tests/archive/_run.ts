/**
 * Runs of the program on one store, for the tests of this folder.
 *
 * @module
 */

import { Alerts } from "../../src/alerts/mod.ts";
import { Archive } from "../../src/archive/archive.ts";
import { SegmentStore } from "../../src/archive/segment_store.ts";
import type { KnownDevice, TailnetFacts } from "../../src/facts/mod.ts";
import { createClassifier, History } from "../../src/history/mod.ts";
import type { FakeCaches } from "../_support/fake_caches.ts";
import type { FakeClock } from "../_support/fake_clock.ts";
import { snapshot } from "../facts/_snapshot.ts";

/** A minute and a day, in milliseconds. */
export const MINUTE_MS = 60_000, DAY_MS = 86_400_000;

/** One run of the program: its parts, and how it looks at a tailnet. */
export class Run {
  readonly history: History;
  readonly alerts: Alerts;
  readonly archive: Archive;
  readonly lines: string[] = [];
  readonly #clock: FakeClock;

  constructor(caches: FakeCaches, clock: FakeClock, owner: string, maxEvents = 10_000) {
    const now = clock.now;
    const elapsed = clock.elapsed;
    let silences = 0;
    const classify = createClassifier({ types: [], critical: [] });
    this.#clock = clock;
    this.history = new History({
      maxEvents,
      keepMs: 30 * DAY_MS,
      maxGapMs: 5 * MINUTE_MS,
      now,
      isCritical: () => false,
      findNode: () => undefined,
    });
    this.alerts = new Alerts({
      classify,
      includesPersonal: false,
      offlineMs: 0,
      now,
      makeId: () => `${owner}-silence-${++silences}`,
      findDevice: () => undefined,
      credentialExpiresAtSeconds: () => undefined,
    });
    this.archive = new Archive({
      store: new SegmentStore(() => caches, "test"),
      history: this.history,
      alerts: this.alerts,
      keepMs: 30 * DAY_MS,
      maxEvents,
      now,
      elapsed,
      owner,
      log: {
        warning: (message) => this.lines.push(message),
        info: (message) => this.lines.push(message),
      },
    });
  }

  /** Reads the past. */
  static async start(caches: FakeCaches, clock: FakeClock, owner: string): Promise<Run> {
    const run = new Run(caches, clock, owner);
    await run.archive.load();
    return run;
  }

  /** Looks at a tailnet, and saves what is due. */
  async look(devices: readonly KnownDevice[]): Promise<void> {
    const facts = factsAt(this.#clock, devices);
    await this.history.look(facts);
    await this.alerts.look(facts);
    await this.archive.save();
  }

  /** Everything that a reader sees. */
  async seen(): Promise<unknown> {
    const { observedSeconds, onlineSeconds } = this.history.uptime("example.com/1", DAY_MS);
    return {
      events: this.history.log.query().events,
      uptime: [onlineSeconds, observedSeconds],
      alerts: await this.alerts.list(),
      silences: this.alerts.silences(),
      told: [...this.alerts.told.values()],
    };
  }
}

function factsAt(clock: FakeClock, devices: readonly KnownDevice[]): TailnetFacts {
  const atMs = clock.now();
  const { listing, ...facts } = snapshot(devices, { atMs });
  return { ...facts, listing: listing && { ...listing, elapsedMs: clock.elapsed() } };
}
