/**
 * What came of the keepalive's pings to one peer, and how that is shown.
 *
 * @module
 */

import { type Block, formatBound } from "../../exposition/mod.ts";
import { indexOf } from "../../metric.ts";
import {
  KEEPALIVE_DEFINITIONS,
  type PathState,
  PING_PATHS,
  type PingPath,
  RTT_BUCKETS,
} from "../../paths/mod.ts";
import type { SampleWriter } from "../_device_shape.ts";

/** The position of each family in `KEEPALIVE_METRICS`. */
export const KEEPALIVE_INDEX: Readonly<Record<keyof typeof KEEPALIVE_DEFINITIONS, number>> =
  indexOf(KEEPALIVE_DEFINITIONS);

/** Consecutive lost pings after which the path is unknown. */
const LOST_IN_A_ROW = 3;

const BOUNDS: readonly string[] = [...RTT_BUCKETS, Infinity].map((bound) =>
  `le="${formatBound(bound)}"`
);

/** Answers over one path. */
interface Answers {
  /** By bucket, not cumulative. */
  readonly counts: number[];
  seconds: number;
}

/** One peer's pings since it was first pinged. */
export class PingRecord {
  readonly #answers = new Map<PingPath, Answers>();
  #path: PingPath | undefined;
  #pings = 0;
  #lost = 0;
  #lostInARow = 0;
  #lastSeconds: number | undefined;

  /** The round-trip time of the last answer, in seconds; undefined after three lost pings. */
  get rttSeconds(): number | undefined {
    return this.#lostInARow >= LOST_IN_A_ROW ? undefined : this.#lastSeconds;
  }

  /** Counts an answer. */
  answered(path: PingPath, seconds: number): void {
    const answers = this.#answers.get(path) ?? { counts: BOUNDS.map(() => 0), seconds: 0 };
    const found = RTT_BUCKETS.findIndex((bound) => seconds <= bound);
    const bucket = found === -1 ? RTT_BUCKETS.length : found;
    answers.counts[bucket] = (answers.counts[bucket] ?? 0) + 1;
    answers.seconds += seconds;
    this.#answers.set(path, answers);
    this.#pings++;
    this.#lostInARow = 0;
    this.#lastSeconds = seconds;
    this.#path = path;
  }

  /** Counts a ping without an answer. */
  lost(): void {
    this.#pings++;
    this.#lost++;
    this.#lostInARow++;
    if (this.#lostInARow >= LOST_IN_A_ROW) this.#path = undefined;
  }

  /** Takes the path for unknown until the next answer. */
  forgetPath(): void {
    this.#path = undefined;
  }

  /**
   * Whether the path of the last answer is known, and a look that found the peer in this state does
   * not contradict it. An answer of TSMP or ICMP, which tells no path, fits every path.
   */
  agrees(state: PathState | undefined): boolean {
    switch (state) {
      case undefined:
      case "offline":
      case "expired":
        return false;
      case "idle":
      case "unknown":
        return this.#path !== undefined;
      default:
        return this.#path === state || this.#path === "unknown";
    }
  }

  /**
   * What is shown.
   *
   * Shape: 2 samples, 5 for the path while it is known, 14 for each path that answers came over
   *
   * @param labelText The labels of the peer, as they are written.
   * @param showsPath Whether the path of the last answer still holds.
   */
  render(writer: SampleWriter, labelText: string, showsPath: boolean): Block {
    writer.begin(labelText);
    for (const path of PING_PATHS) {
      const answers = this.#answers.get(path);
      if (answers !== undefined) renderAnswers(writer, path, answers);
    }
    if (showsPath) {
      for (const path of PING_PATHS) {
        writer.sample(KEEPALIVE_INDEX.path, path === this.#path ? 1 : 0, `path="${path}"`);
      }
    }
    writer.sample(KEEPALIVE_INDEX.pings, this.#pings);
    writer.sample(KEEPALIVE_INDEX.lost, this.#lost);
    return writer.finish();
  }
}

function renderAnswers(writer: SampleWriter, path: PingPath, { counts, seconds }: Answers): void {
  const label = `path="${path}"`;
  let count = 0;
  for (const [index, bound] of BOUNDS.entries()) {
    count += counts[index] ?? 0;
    writer.sample(KEEPALIVE_INDEX.rtt, count, `${label},${bound}`, "_bucket");
  }
  writer.sample(KEEPALIVE_INDEX.rtt, seconds, label, "_sum");
  writer.sample(KEEPALIVE_INDEX.rtt, count, label, "_count");
}
