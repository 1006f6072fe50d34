import { assert, assertEquals, assertRejects } from "@std/assert";
import { WATCHDOG_KEY } from "../../../src/collectors/host/watchdog_collector.ts";
import { encodeState } from "../../../src/paths/watchdog_state.ts";
import { nextTurn } from "../../_support/fake_clock.ts";
import { WatchdogRig } from "./_watch_rig.ts";

/** Looks until the next one would do this. */
const BEFORE = { reconnect: 8 } as const;

Deno.test("heal() ends a reconnect although it is told to stop", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  for (const at of ["down", "pause", "up"]) {
    const stop = new AbortController();
    rig.local.onCall = (call) => {
      if (call === at) stop.abort(new Error("SIGTERM"));
      if (call === "down" && at === "pause") {
        void nextTurn().then(() => stop.abort(new Error("SIGTERM")));
      }
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

Deno.test("heal() does not begin a reconnect after it was told to stop", async () => {
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

Deno.test("heal() takes tailscaled up though it did not say that it went down", async () => {
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

Deno.test("heal() leaves a failed start of tailscaled to the next look, and to the next process", async () => {
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
