/**
 * Alerts and silences over a restart: one segment, written when something changed.
 *
 * @module
 */

import type { Alerts } from "../alerts/mod.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { mergeAlerts } from "./_alert_merge.ts";
import { decodeAlerts, encodeAlerts, type SavedAlerts } from "./_alert_segment.ts";
import type { SegmentReader } from "./_segment_reader.ts";
import type { SegmentStore, SegmentVersions } from "./segment_store.ts";

/** What {@linkcode KeptAlerts} needs. */
export interface KeptAlertsOptions {
  /** Alerts and silences; undefined if they are off. */
  readonly alerts: Alerts | undefined;
  /** Reads segments. */
  readonly reader: SegmentReader;
  /** Takes segments. */
  readonly store: Pick<SegmentStore, "write">;
  /** Bounds how long an encoding holds the event loop. */
  readonly slices: TimeSliceOptions;
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Keeps alerts in a segment. */
export class KeptAlerts {
  readonly #options: KeptAlertsOptions;
  #savedVersion = 0;

  /** Nothing is kept yet. */
  constructor(options: KeptAlertsOptions) {
    this.#options = options;
  }

  /** Reads what earlier processes kept. */
  async load(versions: SegmentVersions): Promise<void> {
    const { alerts, reader } = this.#options;
    if (alerts === undefined) return;
    const all: SavedAlerts[] = [];
    for (const [name, list] of versions) {
      if (!/^\d\/alerts$/.test(name)) continue;
      const saved = await reader.read(list, decodeAlerts);
      if (saved !== undefined) all.push(saved);
    }
    const state = mergeAlerts(all);
    if (state !== undefined) alerts.restore(state);
  }

  /** Writes the state if it has changed. */
  async save(place: number): Promise<void> {
    const { alerts, now, slices, store } = this.#options;
    if (alerts === undefined) return;
    const { version } = alerts;
    if (version === this.#savedVersion) return;
    const state = alerts.state();
    await store.write(`${place}/alerts`, await encodeAlerts({ state, savedMs: now() }, slices));
    this.#savedVersion = version;
  }
}
