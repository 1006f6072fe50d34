/**
 * All that shows a host's peers, over one tailscaled: the page with what peers, watchdog and
 * keepalive tell of one peer.
 *
 * @module
 */

import fc from "fast-check";
import { KeepaliveCollector } from "../../../src/collectors/host/keepalive_collector.ts";
import { PeersCollector } from "../../../src/collectors/host/peers_collector.ts";
import { WatchdogCollector } from "../../../src/collectors/host/watchdog_collector.ts";
import type { LocalPeer, LocalStatus, PingResult } from "../../../src/tailscale/local/mod.ts";
import { FakeClock, nextTurn } from "../../_support/fake_clock.ts";
import { makeEndlessSlice } from "../../_support/time_slice.ts";
import { KeptLog, pageText } from "../_golden.ts";
import { FakeLocal, makeLocalPeer } from "./_heal_local.ts";
import { fakeLocal } from "./_local.ts";
import { makePoll } from "./_poll.ts";
import { FakeStore } from "./_watch_rig.ts";

/** A part of the program that looks at the host. */
export type HostPart = "peers" | "watchdog" | "keepalive";

/** What tailscaled says from now on, and who looks then. */
export interface HostMoment {
  /** Time since the last moment, in milliseconds. */
  readonly ms: number;
  /** What tailscaled is doing; "silent" if it does not answer. */
  readonly state: LocalStatus["backendState"] | "silent";
  /** Whether the host is connected to control; undefined if it does not say. */
  readonly hasControl: boolean | undefined;
  /** The peer; undefined if it has left. */
  readonly peer: Partial<LocalPeer> | undefined;
  /** What pings come to. */
  readonly ping: PingResult;
  /** The parts that look, one after the other. */
  readonly parts: readonly HostPart[];
}

/** What the page says of the peer; undefined for a family that it does not have. */
export interface PeerPageFacts {
  readonly up: number | undefined;
  readonly online: number | undefined;
  readonly active: number | undefined;
  readonly direct: number | undefined;
  /** Paths with a sample of 1. */
  readonly paths: readonly string[];
  /** Whether the watchdog shows a relay. */
  readonly watched: number | undefined;
  /** For how long it says that this is so. */
  readonly relaySeconds: number | undefined;
  /** Paths of the keepalive's last answer with a sample of 1. */
  readonly pinged: readonly string[];
}

/** Plays moments, and reads the page. */
export class HostPageRig {
  readonly #clock = new FakeClock(undefined, nextTurn);
  readonly #local = new FakeLocal();
  readonly #log = new KeptLog();
  readonly #self = { isOnline: true as boolean | undefined };
  readonly #peers: PeersCollector;
  readonly #watchdog: WatchdogCollector;
  readonly #keepalive: KeepaliveCollector;

  /** Parts that have not looked yet; their interval is 30 s. */
  constructor() {
    const { delay, elapsed, now } = this.#clock;
    const log = this.#log;
    const slice = makeEndlessSlice();
    const status = async (options: { readonly signal?: AbortSignal | undefined } = {}) => {
      const self = makeLocalPeer({ id: "self", name: "self", ...this.#self });
      return { ...await this.#local.status(options), self };
    };
    const poll = makePoll({ status }, this.#clock);
    const local = fakeLocal({ supports: () => false });
    this.#peers = new PeersCollector({ local, poll, slice, intervalMs: 30_000, elapsed, log });
    this.#watchdog = new WatchdogCollector({
      local: this.#local,
      poll,
      mode: "observe",
      intervalMs: 30_000,
      thresholdMs: 60_000,
      cooldownMs: 600_000,
      maxRestarts: 3,
      store: new FakeStore(),
      now,
      elapsed,
      delay,
      log,
      slice,
      onRestart: () => {},
    });
    this.#keepalive = new KeepaliveCollector({
      local: this.#local,
      poll,
      filter: () => true,
      intervalMs: 10_000,
      elapsed,
      delay,
      random: () => 0,
      log,
      slice,
    });
  }

  /** Lets a moment happen; calls back whenever everything rests for a while. */
  async play(moment: HostMoment, onRest: (facts: PeerPageFacts) => void): Promise<void> {
    const { hasControl, ms, parts, peer, ping, state } = moment;
    await this.#clock.advance(ms);
    this.#local.behaviours.clear();
    if (state === "silent") this.#local.behaviours.set("status", "unreachable");
    else this.#local.state = state;
    this.#self.isOnline = hasControl;
    const other = makeLocalPeer({ id: "n2", addresses: ["100.64.0.3"] });
    this.#local.peers = peer === undefined ? [other] : [makeLocalPeer(peer), other];
    this.#local.results.set("100.64.0.2", ping);
    for (const part of parts) {
      let isOver = false;
      const work = this.#look(part).finally(() => isOver = true);
      for (await nextTurn(); !isOver; await nextTurn()) {
        onRest(this.facts());
        await this.#clock.advance(this.#clock.nextMs ?? 0);
      }
      await work;
      onRest(this.facts());
    }
  }

  async #look(part: HostPart): Promise<void> {
    const { signal } = new AbortController();
    if (part === "keepalive") await this.#keepalive.runRound(signal);
    else await (part === "peers" ? this.#peers : this.#watchdog).collect(signal);
  }

  /** What the page says now. */
  facts(): PeerPageFacts {
    const page = pageText(this.#peers.section, this.#watchdog.section, this.#keepalive.section);
    const valueOf = (name: string) => {
      const pattern = new RegExp(`^tailscale_${name}(?:\\{peer_id="n1"[^}]*\\})? (.+)$`, "m");
      const [, value] = pattern.exec(page) ?? [];
      return value === undefined ? undefined : Number(value);
    };
    const onesOf = (name: string, label: string) =>
      [...page.matchAll(
        new RegExp(`^tailscale_${name}\\{peer_id="n1".*,${label}="(\\w+)"\\} 1$`, "gm"),
      )].map(([, value = ""]) => value);
    return {
      up: valueOf("up"),
      online: valueOf("peer_online"),
      active: valueOf("peer_active"),
      direct: valueOf("peer_direct"),
      paths: onesOf("peer_path", "state"),
      watched: valueOf("watchdog_peer_state"),
      relaySeconds: valueOf("watchdog_peer_relay_duration_seconds"),
      pinged: onesOf("keepalive_path", "path"),
    };
  }
}

const START_SECONDS = new FakeClock().now() / 1000;

const anyPeer: fc.Arbitrary<Partial<LocalPeer>> = fc.record({
  isOnline: fc.constantFrom(true, true, true, true, true, false, undefined),
  isActive: fc.constantFrom(true, true, true, false, undefined),
  isExpired: fc.constantFrom(false, false, false, false, false, true, undefined),
  kind: fc.constantFrom("device", "device", "device", "device", "mullvad"),
  currentAddress: fc.constantFrom(undefined, undefined, undefined, "192.0.2.1:1", "100.64.0.9:1"),
  peerRelay: fc.constantFrom(undefined, undefined, undefined, undefined, "192.0.2.9:1:vni:1"),
  lastHandshakeSeconds: fc.option(
    fc.integer({ min: START_SECONDS - 300, max: START_SECONDS + 900 }),
    { nil: undefined },
  ),
  rxBytes: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  txBytes: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
});

/** A peer on a relay every other time: that has to last. */
const peer: fc.Arbitrary<Partial<LocalPeer>> = fc.oneof(
  anyPeer,
  fc.constant({ currentAddress: undefined }),
);

const RTT = { outcome: "answered", latencySeconds: 0.01 } as const;

/** What may happen to a host within some minutes. */
export const hostMoments: fc.Arbitrary<readonly HostMoment[]> = fc.array(
  fc.record<HostMoment>({
    ms: fc.integer({ min: 0, max: 45_000 }),
    state: fc.oneof(
      { weight: 12, arbitrary: fc.constant<HostMoment["state"]>("Running") },
      { weight: 2, arbitrary: fc.constantFrom<HostMoment["state"]>("Stopped", "silent") },
    ),
    hasControl: fc.constantFrom(true, true, true, true, false, undefined),
    peer: fc.option(peer, { nil: undefined, freq: 12 }),
    ping: fc.constantFrom<PingResult>(
      { ...RTT, derpRegionId: 1 },
      { ...RTT, endpoint: "192.0.2.1:1" },
      { ...RTT, peerRelay: "192.0.2.9:1:vni:1" },
      RTT,
      { outcome: "lost" },
    ),
    parts: fc.array(fc.constantFrom<HostPart>("peers", "watchdog", "keepalive"), { maxLength: 4 }),
  }),
  { maxLength: 20 },
);
