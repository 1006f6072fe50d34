import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { GRACE_MS } from "../../src/paths/path_state.ts";
import type { PeerObservation } from "../../src/paths/observation.ts";
import { MAX_PINGS } from "../../src/paths/watchdog.ts";
import {
  decodeState,
  encodeState,
  type Episode,
  freshState,
  MAX_EPISODES,
  type WatchdogState,
} from "../../src/paths/watchdog_state.ts";
import { at, makePeer, peerIn, START_MS } from "./_peer.ts";
import { INTERVAL_MS, WatchRig } from "./_watch.ts";
import { peersOf, steps, verdictsOf } from "./_watch_step.ts";

const STUCK = [peerIn("derp")];
const WELL = [makePeer()];

Deno.test("Watchdog goes from detection over each grade to a restart, and cools down", () => {
  const rig = new WatchRig();
  assertEquals(rig.looks(14, STUCK), [
    "DETECTED: hostname transitioned to relay",
    "WAITING: hostname on relay for 120s (threshold: 600s)",
    "WAITING: hostname on relay for 180s (threshold: 600s)",
    "WAITING: hostname on relay for 240s (threshold: 600s)",
    "WAITING: hostname on relay for 300s (threshold: 600s)",
    "WAITING: hostname on relay for 360s (threshold: 600s)",
    "HEAL: hostname on relay for 360s, asking tailscaled to re-STUN and rebind",
    "→ rebind restun rebind",
    "WAITING: hostname on relay for 420s (threshold: 600s)",
    "WAITING: hostname on relay for 480s (threshold: 600s)",
    "HEAL: hostname on relay for 480s, taking tailscaled down and up",
    "→ reconnect down up",
    "WAITING: hostname on relay for 540s (threshold: 600s)",
    "WAITING: hostname on relay for 600s (threshold: 600s)",
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    "→ restart exit 75",
    "COOLDOWN: hostname exceeded threshold but in cooldown (540s remaining)",
    "COOLDOWN: hostname exceeded threshold but in cooldown (480s remaining)",
  ]);
  assertEquals(rig.look(WELL), ["RECOVERED: hostname back to direct"]);
  assertEquals(rig.watchdog.cooldownMs, 420_000);
  assertEquals(rig.watchdog.counters, {
    detections: 1,
    recoveries: 1,
    // Not with the reconnect and not with the restart.
    done: { ping: 12, rebind: 1, reconnect: 1, restart: 1 },
    failed: { ping: 0, rebind: 0, reconnect: 0, restart: 0 },
  });
});

const LIMIT = "LIMIT: hostname exceeded threshold but 2 restarts within a day";

/** Looks at a peer that each restart helps for a look; gives the lines that are rare. */
function looksWithHelp(rig: WatchRig, count: number): readonly string[] {
  const rare: string[] = [];
  let peers: readonly PeerObservation[] = STUCK;
  for (let look = 0; look < count; look++) {
    const lines = rig.look(peers);
    rare.push(...lines.filter((line) => !/^(DETECTED|WAITING|COOLDOWN|HEAL|→)/.test(line)));
    peers = lines.some((line) => line.startsWith("RESTART")) ? WELL : STUCK;
  }
  return rare;
}

Deno.test("Watchdog restarts again when it has cooled down, and not more often than it may a day", () => {
  const rig = new WatchRig({ maxRestarts: 2 });
  assertEquals(looksWithHelp(rig, 40), [
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    "RECOVERED: hostname back to direct",
    "RESTART: hostname on relay for 660s, restarting tailscaled",
    "RECOVERED: hostname back to direct",
    ...new Array<string>(3).fill(LIMIT),
  ]);
  // The first restart was 1,680 s ago; the day is over a minute before it may be repeated.
  rig.looks(1411, STUCK);
  assertEquals(rig.look(STUCK), [
    "RESTART: hostname on relay for 85500s, restarting tailscaled",
    "→ restart exit 75",
  ]);
});

const NO_RESTART = "LIMIT: hostname exceeded threshold but 0 restarts within a day";

Deno.test("Watchdog does all that is milder where no restart is allowed, and once", () => {
  const rig = new WatchRig({ maxRestarts: 0 });
  const lines = rig.looks(2000, STUCK);
  // That no restart is allowed is said once, not at each look.
  assertEquals(lines.filter((line) => !/^(DETECTED|WAITING)/.test(line)), [
    "HEAL: hostname on relay for 360s, asking tailscaled to re-STUN and rebind",
    "→ rebind restun rebind",
    "HEAL: hostname on relay for 480s, taking tailscaled down and up",
    "→ reconnect down up",
    NO_RESTART,
  ]);
  // Not again, but once it has been direct.
  rig.look([]);
  assertEquals(rig.looks(20, STUCK).filter((line) => line.startsWith("→")), []);
  rig.look(WELL);
  assertEquals(rig.looks(20, STUCK).filter((line) => line.startsWith("→")), [
    "→ rebind restun rebind",
    "→ reconnect down up",
  ]);
});

Deno.test("Watchdog does what is milder where looks are far apart and no restart is allowed", () => {
  const rig = new WatchRig({ maxRestarts: 0, thresholdMs: 50_000 });
  assertEquals(rig.looks(3, STUCK), [
    "DETECTED: hostname transitioned to relay",
    "HEAL: hostname on relay for 60s, taking tailscaled down and up",
    NO_RESTART,
    "→ reconnect down up",
  ]);
});

Deno.test("Watchdog says in observe mode what it would do, and asks for pings only", () => {
  const rig = new WatchRig({ mode: "observe" });
  const lines = rig.looks(14, STUCK);
  assertEquals(lines.slice(-5), [
    "WAITING: hostname on relay for 540s (threshold: 600s)",
    "WAITING: hostname on relay for 600s (threshold: 600s)",
    "OBSERVED: hostname on relay for 660s, would restart tailscaled",
    "WAITING: hostname on relay for 720s (threshold: 600s)",
    "WAITING: hostname on relay for 780s (threshold: 600s)",
  ]);
  assertEquals(lines.filter((line) => line.startsWith("→")), []);
  assertEquals(rig.watchdog.counters.done, { ping: 14, rebind: 0, reconnect: 0, restart: 0 });
});

Deno.test("Watchdog says in observe mode of a peer that is overdue when it is detected that it is", () => {
  const rig = new WatchRig({ mode: "observe", thresholdMs: 4_000, intervalMs: 2_000 });
  const lines = Array.from({ length: 8 }, () => rig.look(STUCK, 2_000)).flat();
  assertEquals(lines, [
    "DETECTED: hostname transitioned to relay",
    "OBSERVED: hostname on relay for 10s, would restart tailscaled",
    "WAITING: hostname on relay for 12s (threshold: 4s)",
    "WAITING: hostname on relay for 14s (threshold: 4s)",
  ]);
});

Deno.test("Watchdog does nothing when it is off", () => {
  const rig = new WatchRig({ mode: "off" });
  assertEquals(rig.looks(20, STUCK), []);
  assertEquals(rig.report(STUCK).actions, []);
  assertEquals(rig.pinged("n1", "derp"), []);
  assertEquals([rig.watchdog.lastRunSeconds, rig.watchdog.peers()], [undefined, []] as never);
});

Deno.test("Watchdog never restarts for a peer that answers no ping", () => {
  const rig = new WatchRig();
  rig.look(STUCK);
  rig.pinged("n1", "none");
  assertEquals(rig.looks(100, STUCK), []);
  // It answers again: time goes on from where it stood.
  assertEquals(rig.pinged("n1", "derp"), []);
  assertEquals(rig.look(STUCK), ["DETECTED: hostname transitioned to relay"]);
  assertEquals(rig.look(STUCK), ["WAITING: hostname on relay for 120s (threshold: 600s)"]);
});

/** A state with a peer that has been on a relay for longer than the threshold. */
function overdueState(fields: Partial<Episode>): WatchdogState {
  const episode = { id: "n1", name: "hostname", isDetected: true, relayMs: 700_000 };
  const paused = { isPaused: false, idleMs: undefined };
  const episodes = [{ ...episode, verdict: undefined, askedAt: 0, ...paused, ...fields }];
  return { ...freshState(), lastRunMs: START_MS - INTERVAL_MS, runs: 7, episodes };
}

Deno.test("Watchdog lets a ping have its chance before it restarts", () => {
  const rig = new WatchRig({ state: overdueState({}) });
  assertEquals(rig.look(STUCK), ["WAITING: hostname on relay for 760s (threshold: 600s)"]);
  assertEquals(rig.look(STUCK)[0], "RESTART: hostname on relay for 820s, restarting tailscaled");
  const settled = new WatchRig({ state: overdueState({ verdict: "derp" }) });
  assertEquals(settled.look(STUCK)[0]?.split(":", 1), ["RESTART"]);
});

Deno.test("Watchdog does not restart at a look that follows a gap, although it is due", () => {
  const state = { ...overdueState({ verdict: "derp" }), lastRunMs: START_MS - 86_400_000 };
  const rig = new WatchRig({ state });
  assertEquals(rig.look(STUCK), ["WAITING: hostname on relay for 700s (threshold: 600s)"]);
  assertEquals(rig.look(STUCK)[0], "RESTART: hostname on relay for 760s, restarting tailscaled");
});

Deno.test("Watchdog keeps a cooldown that is longer than a day", () => {
  const rig = new WatchRig({ cooldownMs: 2 * 86_400_000 });
  const looks = Array.from({ length: 2895 }, (_, look) => rig.look(look === 12 ? WELL : STUCK));
  const restarts = looks.flatMap((lines, look) =>
    lines.some((line) => line.startsWith("RESTART")) ? [look] : []
  );
  assertEquals(restarts, [11, 11 + 2880]);
});

Deno.test("Watchdog heals once for several peers that are stuck", () => {
  const rig = new WatchRig();
  const peers = ["a", "b", "c"].map((id) => peerIn("derp", { id, name: id }));
  rig.look(peers.slice(0, 2));
  rig.looks(10, peers);
  const lines = rig.look(peers);
  assertEquals(lines, [
    "WAITING: c on relay for 600s (threshold: 600s)",
    "RESTART: a on relay for 660s, restarting tailscaled",
    "COOLDOWN: b exceeded threshold but in cooldown (600s remaining)",
    "→ restart exit 75",
  ]);
  assertEquals(rig.watchdog.counters.done.restart, 1);
  assertEquals(rig.watchdog.counters.done.rebind, 1);
  assertEquals(rig.watchdog.counters.done.reconnect, 1);
});

Deno.test("Watchdog heals gently for one peer though it may not restart for another", () => {
  const rig = new WatchRig({ maxRestarts: 0 });
  rig.looks(20, STUCK);
  const peers = [...STUCK, peerIn("derp", { id: "n2", name: "other" })];
  const lines = rig.looks(7, peers).filter((line) => /HEAL|→/.test(line));
  assertEquals(lines, [
    "HEAL: other on relay for 360s, asking tailscaled to re-STUN and rebind",
    "→ rebind restun rebind",
  ]);
});

Deno.test("Watchdog asks for pings to those that waited longest, a bounded number", () => {
  const rig = new WatchRig({ mode: "observe" });
  const peers = Array.from({ length: MAX_PINGS * 2 }, (_, at) => peerIn("derp", { id: `${at}` }));
  const asked = () => rig.report(peers).actions.map((each) => each.kind === "ping" && each.peerId);
  const first = asked();
  const second = asked();
  assertEquals([first.length, second.length], [MAX_PINGS, MAX_PINGS]);
  assertEquals(new Set([...first, ...second]).size, MAX_PINGS * 2);
  assertEquals(rig.report(STUCK).actions, [{
    kind: "ping",
    peerId: "n1",
    peerName: "hostname",
    address: "100.64.0.2",
    reason: "no address for 0s",
  }]);
});

Deno.test("Watchdog bounds what it says and remembers about a tailnet of peers on relays", () => {
  const rig = new WatchRig();
  const peers = Array.from(
    { length: MAX_EPISODES + 500 },
    (_, at) => peerIn("derp", { id: `${at}`, name: `peer-${at}` }),
  );
  rig.look(peers);
  const lines = rig.look(peers);
  assertEquals(lines.length, 101);
  assertEquals(lines.at(-1), `MORE: ${MAX_EPISODES - 100} lines about further peers left out`);
  assertEquals(rig.watchdog.state().episodes.length, MAX_EPISODES);
  const restart = rig.looks(10, peers).filter((line) => line.startsWith("RESTART"));
  assertEquals(restart.length, 1);
});

Deno.test("Watchdog asks for the second half of a reconnect until it is done", () => {
  const rig = new WatchRig();
  rig.looks(8, STUCK);
  const sights = STUCK.map((peer) => ({ peer, state: "derp" as const }));
  const actions = rig.watchdog.look(sights, at(480_000)).actions;
  assertEquals(actions.map(({ kind }) => kind), ["reconnect"]);
  // The process ended before it came up again.
  rig.restartProcess();
  assertEquals(rig.look(undefined), [
    "HEAL: a reconnect was cut off, taking tailscaled up again",
    "→ reconnect up",
  ]);
  assertEquals(rig.look(undefined), []);
  assertEquals(rig.look(STUCK), ["WAITING: hostname on relay for 480s (threshold: 600s)"]);
});

Deno.test("Watchdog only tells of a reconnect that was cut off, in observe mode", () => {
  const rig = new WatchRig({ mode: "observe", state: { ...freshState(), isReconnecting: true } });
  assertEquals(rig.look(undefined), [
    "OBSERVED: a reconnect was cut off, would take tailscaled up again",
  ]);
  rig.watchdog.reconnected();
  assertEquals(rig.look(undefined), []);
});

Deno.test("Watchdog does the harshest that is due where looks are far apart", () => {
  const rig = new WatchRig({ thresholdMs: 100_000, cooldownMs: 100_000 });
  assertEquals(rig.looks(4, STUCK), [
    "DETECTED: hostname transitioned to relay",
    "HEAL: hostname on relay for 60s, asking tailscaled to re-STUN and rebind",
    "→ rebind restun rebind",
    "RESTART: hostname on relay for 120s, restarting tailscaled",
    "→ restart exit 75",
    "COOLDOWN: hostname exceeded threshold but in cooldown (40s remaining)",
  ]);
});

Deno.test("Watchdog looks at what it is given at the interval it is told", () => {
  const rig = new WatchRig({ intervalMs: 5_000, thresholdMs: 30_000, cooldownMs: 60_000 });
  const looks = Array.from({ length: 9 }, () => rig.look(STUCK, 5_000)).flat();
  assertEquals(looks.filter((line) => /^(DETECTED|HEAL|RESTART)/.test(line)), [
    "DETECTED: hostname transitioned to relay",
    "HEAL: hostname on relay for 20s, asking tailscaled to re-STUN and rebind",
    "HEAL: hostname on relay for 25s, taking tailscaled down and up",
    "RESTART: hostname on relay for 35s, restarting tailscaled",
  ]);
});

Deno.test("Watchdog goes on in each new process, as the timer of a service manager starts them", () => {
  const rig = new WatchRig();
  const lines: string[] = [];
  for (let look = 0; look < 14; look++) {
    lines.push(...rig.look(STUCK));
    rig.restartProcess();
  }
  const one = new WatchRig();
  assertEquals(lines, [...one.looks(14, STUCK)]);
});

Deno.test("Watchdog never restarts twice within a cooldown or too often a day, whatever comes", () => {
  fc.assert(fc.property(steps, fc.integer({ min: 0, max: 3 }), (steps, maxRestarts) => {
    const cooldownMs = 15 * INTERVAL_MS;
    const rig = new WatchRig({ thresholdMs: 4 * INTERVAL_MS, cooldownMs, maxRestarts });
    const restarts: number[] = [];
    const tried = new Set<string>();
    for (const step of steps) {
      rig.setDate(step.setBy);
      if (step.isNewProcess) rig.restartProcess();
      const peers = peersOf(step);
      const { actions, lines } = rig.report(peers, step.passedMs);
      for (const { id, currentAddress } of peers ?? []) if (currentAddress) tried.delete(id);
      for (const { text } of lines) {
        const peer = /^RESTART: (\w+) /.exec(text)?.[1];
        if (peer === undefined) continue;
        assertEquals(tried.has(peer), false, `${peer} has not been direct since the last restart`);
        tried.add(peer);
      }
      const kinds = actions.map(({ kind }) => kind).filter((kind) => kind !== "ping");
      assertEquals(kinds.length <= 1, true, `${kinds}`);
      if (kinds[0] === "restart") restarts.push(rig.realMs);
      for (const [id, verdict] of verdictsOf(step)) {
        rig.pinged(id, verdict);
        if (verdict === "direct") tried.delete(id);
      }
      const state = rig.watchdog.state();
      assertEquals(decodeState(encodeState(state)), state);
    }
    for (const [index, ms] of restarts.entries()) {
      assertEquals(ms - (restarts[index - 1] ?? -Infinity) >= cooldownMs, true, `${restarts}`);
      const today = restarts.filter((other) => other <= ms && ms - other < 86_400_000);
      assertEquals(today.length <= maxRestarts, true, `${restarts}`);
    }
  }));
});

Deno.test("Watchdog always restarts at the first look at which a stuck peer has cooled down", () => {
  const looks = fc.array(
    fc.record({
      passedMs: fc.integer({ min: 0, max: 3 * INTERVAL_MS }),
      setBy: fc.integer({ min: -(10 ** 11), max: 10 ** 11 }),
      verdict: fc.constantFrom("derp", undefined),
      dice: fc.nat({ max: 15 }),
    }),
    { minLength: 20, maxLength: 160 },
  );
  fc.assert(fc.property(looks, (looks) => {
    const [thresholdMs, cooldownMs, maxRestarts] = [4 * INTERVAL_MS, 7 * INTERVAL_MS, 1000];
    const rig = new WatchRig({ thresholdMs, cooldownMs, maxRestarts });
    rig.look(STUCK);
    // Stuck is who is on a relay for too long and whom no restart failed to help since it was well.
    let [lastMs, relayMs, isDetected, isResigned] = [-Infinity, 0, false, false];
    // No time counts while tailscaled is not up; after more than three minutes none of before does.
    let awayMs = NaN;
    // When it was first seen without an address, since it was well or tailscaled was not up.
    let sinceMs: number | undefined = rig.realMs;
    for (const { passedMs, setBy, verdict, dice } of looks) {
      const [isWell, isUp] = [dice === 0, dice > 2];
      rig.setDate(setBy);
      const wasAway = !Number.isNaN(awayMs);
      const { actions } = rig.report(isWell ? WELL : isUp ? STUCK : undefined, passedMs);
      if (wasAway || !(isWell || isUp)) awayMs = (wasAway ? awayMs : 0) + passedMs;
      if (awayMs > 3 * INTERVAL_MS || (!isDetected && !Number.isNaN(awayMs))) {
        relayMs = Number.isNaN(relayMs) ? NaN : 0;
      }
      if (isWell) [relayMs, isDetected, isResigned] = [NaN, false, false];
      else if (isUp) relayMs = Number.isNaN(relayMs) ? 0 : relayMs + (wasAway ? 0 : passedMs);
      if (isWell || isUp) awayMs = NaN;
      sinceMs = isUp && !isWell ? sinceMs ?? rig.realMs : undefined;
      isDetected ||= sinceMs !== undefined && rig.realMs - sinceMs >= GRACE_MS;
      const isStuck = isUp && isDetected && relayMs > thresholdMs && !isResigned;
      // The first look that finds it up again asks for a ping, the next one heals.
      const isDue = isStuck && !wasAway && rig.realMs - lastMs >= cooldownMs;
      assertEquals(actions.some(({ kind }) => kind === "restart"), isDue, `${rig.realMs}`);
      if (isDue) [lastMs, isResigned] = [rig.realMs, true];
      if (verdict === undefined || !isUp) continue;
      rig.pinged("n1", "derp");
    }
  }));
});
