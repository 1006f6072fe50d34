/**
 * A collector of peers over a tailscaled that says what the test hands in, and its page.
 *
 * @module
 */

import {
  PeersCollector,
  type PeersCollectorOptions,
} from "../../../src/collectors/host/peers_collector.ts";
import {
  type LocalApi,
  LocalApiError,
  type LocalStatus,
} from "../../../src/tailscale/local/mod.ts";
import { decodeDerpMap } from "../../../src/tailscale/local/derp_map.ts";
import { decodePrefs } from "../../../src/tailscale/local/prefs.ts";
import { FakeClock } from "../../_support/fake_clock.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { TimeSlice } from "../../../src/time/slice.ts";
import { KeptLog, pageText } from "../_golden.ts";
import { fakeLocal } from "./_local.ts";
import { makePoll } from "./_poll.ts";

export const NEVER = new AbortController().signal;

/** A few minutes after the fixtures were recorded. */
export const START_MS = Date.UTC(2026, 10, 21, 4, 30);

export const DOWN = new LocalApiError(
  "unreachable",
  "Cannot read the status: refused; check tailscaled",
);

/** How a rig differs from the usual one. */
export interface RigOptions extends Partial<PeersCollectorOptions> {
  /** Lets other work run. */
  readonly pause?: () => Promise<void>;
  /** Number of peers that are followed. */
  readonly maxPeers?: number;
}

/** A collector over a tailscaled that answers what `cycle` is given. */
export function makeCollector(
  { maxPeers, pause = () => Promise.resolve(), ...options }: RigOptions = {},
  calls: Partial<LocalApi> = {},
) {
  const clock = new FakeClock(START_MS);
  const log = new KeptLog();
  const told: (string | undefined)[] = [];
  let answer: LocalStatus | Error = new Error("no answer was set");
  const local = fakeLocal({
    status: () => answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
    derpMap: () => Promise.resolve(decodeDerpMap(fixtureText("localapi/derpmap.json"))),
    prefs: () => Promise.resolve(decodePrefs('{"WantRunning":true}')),
    ...calls,
  });
  const elapsed = options.elapsed ?? clock.elapsed;
  const slice = new TimeSlice({ elapsed, pause });
  const { intervalMs = 30_000 } = options;
  const poll = makePoll(local, { now: clock.now, elapsed }, { slice, intervalMs, maxPeers });
  const collector = new PeersCollector({
    local,
    poll,
    slice,
    findDevice: (nodeId) => nodeId === "2" ? { id: "8231" } : undefined,
    intervalMs,
    elapsed,
    log,
    onStatus: (status) => told.push(status?.backendState),
    ...options,
  });
  async function cycle(next: LocalStatus | Error | Promise<LocalStatus>): Promise<string> {
    answer = next instanceof Error ? next : await next;
    await poll.look(NEVER, 0);
    await collector.collect(NEVER);
    return pageText(collector.section);
  }
  /** Ids of the peers that the last look found; undefined if it found none that it believes. */
  async function peers(): Promise<readonly string[] | undefined> {
    const look = await poll.look(NEVER, Infinity);
    return look.peers?.map(({ local: { id } }) => id);
  }
  return { clock, log, told, collector, cycle, peers };
}

/** The samples of families with one of these beginnings that are not 0, "tailscale_" left out. */
export function samplesOf(page: string, ...names: readonly string[]): readonly string[] {
  return page.split("\n")
    .filter((line) => names.some((name) => line.startsWith(`tailscale_${name}`)))
    .filter((line) => !line.endsWith(" 0"))
    .map((line) => line.slice("tailscale_".length).replace(/,peer_name="[^"]*"/, ""));
}

/** A peer that is reached directly. */
export const DIRECT = {
  ID: "n1",
  Online: true,
  Active: true,
  CurAddr: "192.0.2.1:1",
  RxBytes: 500,
};
