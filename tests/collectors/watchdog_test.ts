import { assert, assertEquals, assertRejects } from "@std/assert";
import { WATCHDOG_KEY } from "../../src/collectors/watchdog.ts";
import { encodeState, freshState } from "../../src/paths/watchdog_state.ts";
import { assertGolden, pageText } from "./_golden.ts";
import { makeLocalPeer, makeStuckPeer } from "./_heal_local.ts";
import { WatchdogRig } from "./_watch_rig.ts";

/** Looks until the next one would do this. */
const BEFORE = { rebind: 6, reconnect: 8, restart: 11 } as const;

Deno.test("WatchdogCollector goes from detection to a restart, and says so to the letter", async () => {
  const rig = new WatchdogRig();
  assertEquals(await rig.looks(13), [
    "warning DETECTED: hostname transitioned to relay",
    "info WAITING: hostname on relay for 60s (threshold: 600s)",
    "info WAITING: hostname on relay for 120s (threshold: 600s)",
    "info WAITING: hostname on relay for 180s (threshold: 600s)",
    "info WAITING: hostname on relay for 240s (threshold: 600s)",
    "info WAITING: hostname on relay for 300s (threshold: 600s)",
    "info WAITING: hostname on relay for 360s (threshold: 600s)",
    "warning HEAL: hostname on relay for 360s, asking tailscaled to re-STUN and rebind",
    "info The rebind is done",
    "→ debug restun",
    "→ debug rebind",
    "info WAITING: hostname on relay for 420s (threshold: 600s)",
    "info WAITING: hostname on relay for 480s (threshold: 600s)",
    "warning HEAL: hostname on relay for 480s, taking tailscaled down and up",
    "info The reconnect is done",
    "→ down",
    "→ up",
    "info WAITING: hostname on relay for 540s (threshold: 600s)",
    "info WAITING: hostname on relay for 600s (threshold: 600s)",
    "warning RESTART: hostname on relay for 660s, restarting tailscaled",
    "info COOLDOWN: hostname exceeded threshold but in cooldown (540s remaining)",
  ]);
  assertEquals(rig.restarts, [660_000]);
  rig.local.peers = [makeLocalPeer()];
  assertEquals(await rig.look(), ["info RECOVERED: hostname back to direct"]);
});

Deno.test("WatchdogCollector shows what it knows, and nothing of paths that nobody knows", async () => {
  const rig = new WatchdogRig();
  assertEquals(pageText(rig.collector.section).match(/^tailscale_watchdog_\w+/gm), [
    "tailscale_watchdog_restarts_total",
    "tailscale_watchdog_relay_detections_total",
    "tailscale_watchdog_recoveries_total",
    ...Array.from({ length: 8 }, () => "tailscale_watchdog_actions_total"),
  ]);
  rig.local.peers = [makeStuckPeer(), makeLocalPeer({ id: "n2", name: "leaves" })];
  await rig.looks(13);
  rig.local.peers = [makeStuckPeer(), makeLocalPeer({ id: "n3", name: 'odd "näme"\\\n' })];
  await rig.look();
  assertGolden("watchdog.prom", rig.collector.section);
  rig.local.behaviours.set("status", "unreachable");
  await rig.look();
  const page = pageText(rig.collector.section);
  assertEquals(page.includes("peer_id"), false);
  assert(page.includes("tailscale_watchdog_restarts_total 1\n"));
});

Deno.test("WatchdogCollector keeps its state before it does anything", async () => {
  const rig = new WatchdogRig();
  const seen: string[] = [];
  rig.local.onCall = (call) => {
    const { isReconnecting, rebindAgeMs, counters } = rig.state;
    seen.push(`${call} ${isReconnecting} ${rebindAgeMs} ${counters.done.rebind}`);
  };
  rig.store.texts.set(WATCHDOG_KEY, encodeState(freshState()));
  await rig.looks(BEFORE.rebind);
  seen.length = 0;
  await rig.look();
  assertEquals(seen.slice(1), [
    "debug restun false 0 0",
    "debug rebind false 0 0",
    "ping disco 100.64.0.2 false 0 1",
  ]);
  await rig.look();
  seen.length = 0;
  await rig.look();
  assertEquals(seen.slice(1), ["down true 120000 1", "up true 120000 1"]);
  assertEquals(rig.state.isReconnecting, false);
});

Deno.test("WatchdogCollector keeps its state before it asks for a restart", async () => {
  const seen: unknown[] = [];
  const rig = new WatchdogRig({
    onRestart: () => {
      const { restartAgesMs, resigned, counters } = rig.state;
      seen.push(restartAgesMs, resigned, counters.done.restart);
    },
  });
  await rig.looks(BEFORE.restart + 1);
  assertEquals(seen, [[0], ["n1"], 1]);
});

Deno.test("WatchdogCollector asks for no restart that it could not remember", async () => {
  const rig = new WatchdogRig();
  rig.store.isKept = false;
  await rig.looks(BEFORE.restart);
  assertEquals(await rig.look(), [
    "warning RESTART: hostname on relay for 660s, restarting tailscaled",
    "error tailscaled is not restarted: the watchdog's state cannot be kept, so it would forget " +
    "that it did, and do it again and again",
  ]);
  assertEquals(rig.restarts, []);
  const page = pageText(rig.collector.section);
  assert(page.includes('actions_total{action="restart",outcome="failed"} 1\n'));
  assert(page.includes("tailscale_watchdog_restarts_total 0\n"));
});

Deno.test("WatchdogCollector only pings in observe mode", async () => {
  const rig = new WatchdogRig({ mode: "observe" });
  const lines = await rig.looks(15);
  assertEquals(lines.filter((line) => !line.includes("WAITING")), [
    "warning DETECTED: hostname transitioned to relay",
    "warning OBSERVED: hostname on relay for 660s, would restart tailscaled",
  ]);
  assertEquals([rig.restarts, rig.state.counters.done.ping], [[], 15] as never);
});

Deno.test("WatchdogCollector asks nobody when it is off", async () => {
  const rig = new WatchdogRig({ mode: "off" });
  await rig.looks(3);
  assertEquals([rig.local.calls, rig.store.texts.size], [[], 0] as never);
});

Deno.test("WatchdogCollector ends a reconnect although it is told to stop", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  for (const at of ["down", "pause", "up"]) {
    const stop = new AbortController();
    rig.local.onCall = (call) => {
      if (call === at) stop.abort(new Error("SIGTERM"));
      if (call === "down" && at === "pause") setTimeout(() => stop.abort(new Error("SIGTERM")), 0);
    };
    const sinceMs = rig.realMs;
    await assertRejects(() => rig.look(stop.signal), Error, "SIGTERM");
    const calls = rig.take().filter((line) => line.startsWith("→"));
    assertEquals(calls, ["→ down", "→ up"], at);
    assert(rig.realMs - sinceMs <= 61_000, `${rig.realMs - sinceMs} ms`);
    assertEquals(rig.state.isReconnecting, false);
    rig.local.onCall = () => {};
    // Until there may be another.
    const { state } = rig;
    rig.store.texts.set(WATCHDOG_KEY, encodeState({ ...state, reconnectAgesMs: [] }));
    rig.endProcess();
  }
});

Deno.test("WatchdogCollector does not begin a reconnect after it was told to stop", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  const stop = new AbortController();
  rig.store.onSet = () => stop.abort(new Error("SIGTERM"));
  await assertRejects(() => rig.look(stop.signal), Error, "SIGTERM");
  assertEquals(rig.take().filter((line) => line.startsWith("→")), []);
  assertEquals(
    [rig.state.isReconnecting, rig.state.counters.failed.reconnect],
    [false, 1] as never,
  );
});

Deno.test("WatchdogCollector takes tailscaled up though it did not say that it went down", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  rig.local.behaviours.set("down", "wedged");
  const sinceMs = rig.realMs;
  assertEquals((await rig.look()).slice(2), [
    "warning The reconnect failed: No answer within 5 s",
    "→ down",
    "→ up",
  ]);
  assertEquals(rig.realMs - sinceMs, 60_000 + 5_000 + 1_000);
  assertEquals(
    [rig.state.isReconnecting, rig.state.counters.failed.reconnect],
    [false, 1] as never,
  );
});

Deno.test("WatchdogCollector asks for the way up until it succeeds, over processes too", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  rig.local.behaviours.set("up", "unreachable");
  assertEquals((await rig.look()).slice(2), [
    "warning The reconnect failed: Cannot up: unreachable",
    "→ down",
    ...["→ up", "→ up", "→ up"],
  ]);
  assertEquals(rig.state.isReconnecting, true);
  rig.endProcess();
  rig.local.state = "Stopped";
  rig.local.behaviours.clear();
  assertEquals(await rig.look(), [
    "warning HEAL: a reconnect was cut off, taking tailscaled up again",
    "info ENDED: hostname no longer on relay (gone)",
    "info The reconnect is done",
    "→ up",
  ]);
  assertEquals(rig.state.isReconnecting, false);
  assertEquals(await rig.look(), []);
});

Deno.test("WatchdogCollector takes tailscaled for up when it is", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  rig.local.behaviours.set("up", "timeout");
  await rig.look();
  // It went up all the same.
  assertEquals((await rig.look()).filter((line) => /HEAL|→/.test(line)), []);
  assertEquals(rig.state.isReconnecting, false);
});

Deno.test("WatchdogCollector goes on to the restart where it may do nothing else", async () => {
  const rig = new WatchdogRig();
  rig.local.behaviours.set("debug", "forbidden").set("down", "forbidden");
  const lines = await rig.looks(BEFORE.restart + 1);
  assertEquals(lines.filter((line) => /failed|→|RESTART/.test(line)), [
    "warning The rebind failed: Cannot debug restun: forbidden",
    "→ debug restun",
    "warning The reconnect failed: Cannot down: forbidden",
    // It never went down, so there is no way up to be done.
    "→ down",
    "warning RESTART: hostname on relay for 660s, restarting tailscaled",
  ]);
  assertEquals(rig.restarts, [660_000]);
  const { done, failed } = rig.state.counters;
  // None beside the reconnect and the restart.
  assertEquals(done, { ping: 10, rebind: 0, reconnect: 0, restart: 1 });
  assertEquals(failed, { ping: 0, rebind: 1, reconnect: 1, restart: 0 });
});

for (const failure of ["unreachable", "timeout", "malformed"] as const) {
  Deno.test(`WatchdogCollector does not look while tailscaled is ${failure}, and says so once`, async () => {
    const rig = new WatchdogRig();
    await rig.looks(3);
    rig.local.behaviours.set("status", failure);
    const { runs } = rig.state;
    assertEquals(await rig.looks(20), [
      `warning The watchdog cannot look: Cannot status: ${failure}`,
    ]);
    assertEquals(rig.state.runs, runs);
    rig.local.behaviours.clear();
    assertEquals(await rig.look(), [
      "info tailscaled answers again: the watchdog looks at its peers",
      // Nobody looked meanwhile: that time does not count.
      "info WAITING: hostname on relay for 120s (threshold: 600s)",
    ]);
  });
}
