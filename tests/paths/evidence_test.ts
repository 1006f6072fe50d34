import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { planRound } from "../../src/paths/ping_round.ts";
import { isDirect, type PathState } from "../../src/paths/path_state.ts";
import { isAddressless, type PeerObservation } from "../../src/paths/observation.ts";
import { PathEvidence } from "../../src/paths/evidence.ts";
import { PathTracker } from "../../src/paths/tracker.ts";
import { Watchdog } from "../../src/paths/watchdog.ts";
import type { PingVerdict } from "../../src/paths/ping_verdict.ts";
import { makeEndlessSlice } from "../_support/time_slice.ts";
import { at, makePeer, peerIn, START_MS } from "./_peer.ts";

/** One peer and its tailscaled: bytes go up, and down when it is not there. */
class Story {
  #ms = 0;
  #rxBytes = 1_000;
  #txBytes = 1_000;
  #handshakeSeconds: number | undefined;
  readonly evidence: PathEvidence = new PathEvidence(at(0));

  /** A look, some seconds after the last; what came and went meanwhile. */
  look(
    seconds: number,
    fields: Partial<PeerObservation>,
    { rx = 0, tx = 0 }: { readonly rx?: number; readonly tx?: number } = {},
  ): PathState {
    this.#ms += seconds * 1000;
    this.#rxBytes += rx;
    this.#txBytes += tx;
    const bytes = { rxBytes: this.#rxBytes, txBytes: this.#txBytes };
    const lastHandshakeSeconds = this.#handshakeSeconds;
    return this.evidence.see(makePeer({ ...bytes, lastHandshakeSeconds, ...fields }), at(this.#ms));
  }

  /** A handshake now. */
  shakeHands(): void {
    this.#handshakeSeconds = (START_MS + this.#ms) / 1000;
  }

  ping(verdict: PingVerdict | undefined): void {
    this.evidence.pinged(verdict, at(this.#ms));
  }
}

const ADDRESSLESS = { currentAddress: undefined, isActive: true };
const IDLE = { currentAddress: undefined, isActive: false };
const BOTH = { rx: 200, tx: 300 };
const SENT = { tx: 148 };

Deno.test("PathEvidence says derp at the first look at a session that is on", () => {
  const story = new Story();
  story.shakeHands();
  assertEquals(story.look(60, ADDRESSLESS), "derp");
  // A rekey does not make it a new path.
  story.shakeHands();
  assertEquals(story.look(5, ADDRESSLESS, BOTH), "derp");
});

Deno.test("PathEvidence says of sparse traffic over a relay what it is each time", () => {
  const story = new Story();
  const states: PathState[] = [];
  // One request in 75 s, looks every 30 s; a peer is active for 45 s after a packet.
  for (let look = 0; look < 20; look++) {
    const sinceRequest = (look * 30) % 75;
    if (sinceRequest < 30 && look % 5 === 0) story.shakeHands();
    const isActive = sinceRequest < 45;
    states.push(story.look(30, isActive ? ADDRESSLESS : IDLE, sinceRequest < 30 ? BOTH : {}));
  }
  assertEquals(states.slice(0, 6), ["derp", "derp", "idle", "derp", "idle", "derp"]);
  assertEquals(states.filter((state) => state === "derp").length, 12);
  assertEquals(states.filter((state) => state === "idle").length, 8);
});

Deno.test("PathEvidence does not take a peer that was killed for one on a relay", () => {
  const story = new Story();
  story.shakeHands();
  assertEquals(story.look(0, {}, BOTH), "direct_v4");
  // It dies some seconds later: what came before that came straight.
  const states = [1, 2, 3, 4, 5].map((look) =>
    story.look(30, ADDRESSLESS, look === 1 ? BOTH : SENT)
  );
  assertEquals(states, ["unknown", "unknown", "unknown", "unknown", "unknown"]);
});

Deno.test("PathEvidence says within the grace and a look that a relayed peer is silent", () => {
  const story = new Story();
  story.shakeHands();
  assertEquals(story.look(60, ADDRESSLESS, BOTH), "derp");
  assertEquals(story.look(30, ADDRESSLESS, SENT), "derp");
  assertEquals(story.look(30, ADDRESSLESS, SENT), "unknown");
  // One answer is enough.
  assertEquals(story.look(30, ADDRESSLESS, BOTH), "derp");
});

Deno.test("PathEvidence believes lost pings once they have lasted, until an answer comes", () => {
  for (const answer of ["derp", undefined] as const) {
    const story = new Story();
    story.shakeHands();
    assertEquals(story.look(60, ADDRESSLESS), "derp");
    story.ping("none");
    assertEquals(story.look(9, ADDRESSLESS), "derp");
    assertEquals(story.look(1, ADDRESSLESS), "unknown");
    story.ping(answer);
    assertEquals(story.look(5, ADDRESSLESS), "derp");
  }
});

Deno.test("PathEvidence takes one answer over DERP on a fresh path for no relay", () => {
  const story = new Story();
  assertEquals(story.look(0, IDLE), "idle");
  assertEquals(story.look(30, ADDRESSLESS, BOTH), "unknown");
  story.ping("derp");
  assertEquals(story.look(5, ADDRESSLESS, BOTH), "unknown");
  assertEquals(story.look(5, {}, BOTH), "direct_v4");
});

Deno.test("PathEvidence counts the grace from the first answer over DERP", () => {
  const story = new Story();
  assertEquals(story.look(0, {}, BOTH), "direct_v4");
  story.evidence.pinged("derp", at(20_000));
  assertEquals(story.look(30, ADDRESSLESS, BOTH), "derp");
  assertEquals(story.look(30, {}, BOTH), "direct_v4");
  story.evidence.pinged("derp", at(51_000));
  assertEquals(story.look(30, IDLE), "idle");
  assertEquals(story.look(30, ADDRESSLESS, BOTH), "unknown");
});

Deno.test("PathEvidence forgets the relay when a ping comes straight", () => {
  for (const verdict of ["direct", "peer_relay"] as const) {
    const story = new Story();
    story.shakeHands();
    assertEquals(story.look(60, ADDRESSLESS, BOTH), "derp");
    story.ping(verdict);
    assertEquals(story.look(30, ADDRESSLESS, BOTH), "unknown");
    assertEquals(story.look(10, ADDRESSLESS, BOTH), "derp");
  }
});

Deno.test("PathEvidence goes on with what an earlier process knew", () => {
  const memory = { wasRelayed: false, addresslessMs: 0, isSilent: false };
  const cases = [
    [memory, "unknown"],
    [{ ...memory, wasRelayed: true }, "derp"],
    [{ ...memory, addresslessMs: 10_000 }, "derp"],
    [{ ...memory, wasRelayed: true, isSilent: true }, "unknown"],
  ] as const;
  for (const [each, wanted] of cases) {
    const evidence = new PathEvidence(at(0), undefined, each);
    assertEquals(evidence.see(peerIn("derp"), at(0)), wanted);
  }
});

Deno.test("PathEvidence trusts no handshake of a clock that is ahead", () => {
  const ahead = (seconds: number) =>
    new PathEvidence(at(0), 1).see(
      peerIn("derp", { lastHandshakeSeconds: START_MS / 1000 + seconds }),
      at(0),
    );
  assertEquals([ahead(-1), ahead(6)], ["derp", "unknown"]);
});

/** A look at two peers, or what came of a ping. */
interface Step {
  readonly ms: number;
  readonly peer: Partial<PeerObservation>;
  readonly verdict: PingVerdict | undefined | "no ping";
}

const steps = fc.array(
  fc.record<Step>({
    ms: fc.integer({ min: 0, max: 120_000 }),
    peer: fc.record({
      isOnline: fc.constantFrom(true, true, true, true, false, undefined),
      isActive: fc.constantFrom(true, true, true, false, undefined),
      isExpired: fc.constantFrom(false, false, false, false, true, undefined),
      isWireGuardOnly: fc.constantFrom(false, false, false, true),
      currentAddress: fc.constantFrom(undefined, undefined, "192.0.2.1:1", "100.64.0.9:1"),
      peerRelay: fc.constantFrom(undefined, undefined, undefined, "192.0.2.9:1:vni:1"),
      lastHandshakeSeconds: fc.option(
        fc.integer({ min: START_MS / 1000 - 300, max: START_MS / 1000 + 3600 }),
        { nil: undefined },
      ),
      rxBytes: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
      txBytes: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    }),
    verdict: fc.constantFrom(
      "no ping",
      "none",
      "derp",
      "direct",
      "peer_relay",
      undefined,
    ),
  }),
  { maxLength: 40 },
);

Deno.test("path, direct, active, keepalive and watchdog agree, whatever evidence comes", async () => {
  let relayCount = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const tracker = new PathTracker({ maxGapMs: 180_000 });
      const watchdog = new Watchdog({ mode: "heal", thresholdMs: 120_000 });
      let elapsedMs = 0;
      for (const { ms, peer: fields, verdict } of steps) {
        elapsedMs += ms;
        const peer = makePeer(fields);
        tracker.observe([peer], at(elapsedMs));
        const state = tracker.get("n1")?.state ?? "unknown";
        const { actions } = watchdog.look(tracker.tracks(), at(elapsedMs));
        // direct: the gauge beside the path says the same.
        if (peer.isOnline === true) {
          assertEquals(isDirect(peer), state === "direct_v4" || state === "direct_v6");
        }
        // online, expired.
        assertEquals(state === "offline", peer.isExpired !== true && peer.isOnline === false);
        assertEquals(state === "expired", peer.isExpired === true);
        // active: packets go somewhere, and over a relay only packets do.
        if (state === "idle") assertEquals(peer.isActive === true, false);
        if (state === "derp") assertEquals(isAddressless(peer), true);
        // The keepalive pings who can answer.
        const { pings } = await planRound([peer], {
          filter: () => true,
          pingsPerRound: 1,
          gapMs: 0,
          spreadMs: 0,
          maxPings: 1,
          lastRound: () => 0,
          random: () => 0,
          slice: makeEndlessSlice(),
        });
        const isReachable = state !== "expired" && peer.isOnline === true && !peer.isWireGuardOnly;
        assertEquals(pings.length === 1, isReachable);
        // The watchdog shows a relay where the path is one, and heals for no other.
        const [shown] = watchdog.peers();
        const wanted = state === "derp"
          ? true
          : state === "peer_relay" || state.startsWith("direct")
          ? false
          : undefined;
        if (!peer.isWireGuardOnly) assertEquals(shown?.isOnRelay, wanted, state);
        if (actions.some(({ kind }) => kind !== "ping")) assertEquals(state, "derp");
        watchdog.reconnected();
        if (state === "derp") relayCount++;
        if (verdict === "no ping") continue;
        tracker.pinged("n1", verdict, at(elapsedMs));
        if (verdict !== undefined) watchdog.pinged("n1", verdict);
        watchdog.acted("ping", true);
      }
    }),
    { numRuns: 500 },
  );
  assertEquals(relayCount > 0, true);
});
