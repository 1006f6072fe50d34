import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { WATCHDOG_KEY } from "../../../src/collectors/host/watchdog_collector.ts";
import { encodeState, freshState } from "../../../src/paths/watchdog_state.ts";
import { assertGolden, pageText } from "../_golden.ts";
import { makeLocalPeer, makeStuckPeer } from "./_heal_local.ts";
import { chances, play } from "./_watch_chance.ts";
import { INTERVAL_MS, WatchdogRig } from "./_watch_rig.ts";

/** Looks until the next one would do this. */
const BEFORE = { rebind: 6, reconnect: 8, restart: 11 } as const;

Deno.test("WatchdogCollector goes from detection to a restart, and says so to the letter", async () => {
  const rig = new WatchdogRig();
  assertEquals(await rig.looks(13), [
    "warning DETECTED: hostname transitioned to relay",
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

Deno.test("WatchdogCollector shows what it knows, and nothing of unknown paths", async () => {
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

Deno.test("WatchdogCollector tells the record what it does to the host", async () => {
  const told: string[] = [];
  const record = {
    acted: (action: { kind: string; succeeded: boolean }) =>
      void told.push(`${action.kind} ${action.succeeded}`),
  };
  await new WatchdogRig({ record }).looks(BEFORE.restart + 1);
  assertEquals(told, ["rebind true", "reconnect true", "restart true"]);
});

Deno.test("WatchdogCollector does nothing that it could not remember and must", async () => {
  const rig = new WatchdogRig();
  rig.store.isKept = false;
  const lines = await rig.looks(BEFORE.restart + 1);
  const why = "for the watchdog's state cannot be kept: it would forget that";
  assertEquals(lines.filter((line) => !/DETECTED|WAITING/.test(line)), [
    "warning HEAL: hostname on relay for 360s, asking tailscaled to re-STUN and rebind",
    "info The rebind is done",
    "→ debug restun",
    "→ debug rebind",
    "warning HEAL: hostname on relay for 480s, taking tailscaled down and up",
    `error The reconnect is not done, ${why}`,
    "warning RESTART: hostname on relay for 660s, restarting tailscaled",
    `error The restart is not done, ${why}`,
  ]);
  assertEquals([rig.restarts, rig.state.isReconnecting], [[], false] as never);
  // What was not tried may still help.
  assertEquals(rig.state.resigned, []);
  const page = pageText(rig.collector.section);
  assert(page.includes('actions_total{action="reconnect",outcome="failed"} 1\n'));
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

Deno.test("WatchdogCollector makes no calls when it is off", async () => {
  const rig = new WatchdogRig({ mode: "off" });
  await rig.looks(3);
  assertEquals([rig.local.calls, rig.store.texts.size], [[], 0] as never);
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
      // Time without observations does not count.
      "info WAITING: hostname on relay for 120s (threshold: 600s)",
    ]);
  });
}

Deno.test("WatchdogCollector knows nothing of peers while tailscaled is not up", async () => {
  const rig = new WatchdogRig();
  await rig.looks(3);
  for (const state of ["Stopped", "Starting"] as const) {
    rig.local.state = state;
    rig.local.peers = [];
    assertEquals(await rig.look(), []);
    assertEquals(pageText(rig.collector.section).includes("peer_id"), false);
    assertEquals(rig.local.take(), []);
  }
  rig.local.state = "Running";
  rig.local.peers = [makeStuckPeer()];
  assertEquals(await rig.look(), ["info WAITING: hostname on relay for 120s (threshold: 600s)"]);
  assert(pageText(rig.collector.section).includes("peer_id"));
  assertEquals(rig.state.runs, 6);
});

for (const state of ["Stopped", "NeedsLogin", "Starting", undefined] as const) {
  Deno.test(`WatchdogCollector reports peers that recovered while tailscaled was ${state}`, async () => {
    const rig = new WatchdogRig();
    rig.local.peers = [makeStuckPeer(), makeStuckPeer({ id: "n2", name: "leaves" })];
    await rig.looks(3);
    const peers = [makeLocalPeer()];
    for (let look = 0; look < 5; look++) {
      [rig.local.state, rig.local.peers] = [state, []];
      assertEquals(await rig.look(), []);
      // Whether one process looks or many.
      if (look % 2 === 0) rig.endProcess();
    }
    [rig.local.state, rig.local.peers] = ["Running", peers];
    assertEquals(await rig.look(), [
      "info RECOVERED: hostname back to direct",
      "info ENDED: leaves no longer on relay (gone)",
    ]);
    assert(pageText(rig.collector.section).includes("watchdog_recoveries_total 1\n"));
  });
}

Deno.test("WatchdogCollector goes on after a reconnect that left tailscaled on its way up", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.reconnect);
  rig.local.behaviours.set("up", "unreachable");
  assertEquals((await rig.look()).filter((line) => line.startsWith("→")), [
    "→ down",
    "→ up",
    "→ up",
    "→ up",
  ]);
  [rig.local.state, rig.local.peers] = ["Stopped", []];
  rig.local.behaviours.clear();
  assertEquals(await rig.look(), [
    "warning HEAL: a reconnect was cut off, taking tailscaled up again",
    "info The reconnect is done",
    "→ up",
  ]);
  rig.local.state = "Starting";
  assertEquals(await rig.look(), []);
  [rig.local.state, rig.local.peers] = ["Running", [makeStuckPeer()]];
  assertEquals((await rig.looks(4)).map((line) => line.split(",")[0]), [
    "info WAITING: hostname on relay for 480s (threshold: 600s)",
    "info WAITING: hostname on relay for 540s (threshold: 600s)",
    "info WAITING: hostname on relay for 600s (threshold: 600s)",
    "warning RESTART: hostname on relay for 660s",
  ]);
});

Deno.test("WatchdogCollector does nothing for what was before its host was down for a day", async () => {
  const rig = new WatchdogRig();
  await rig.looks(BEFORE.restart);
  [rig.local.state, rig.local.peers] = ["Stopped", []];
  assertEquals(await rig.looks(1440), []);
  [rig.local.state, rig.local.peers] = ["Running", [makeStuckPeer()]];
  const lines = await rig.looks(6);
  assertEquals(lines.filter((line) => !line.includes("WAITING")), []);
  assertEquals([rig.restarts, rig.local.take()], [[], []]);
});

Deno.test("WatchdogCollector takes down and up where it may not restart, and no more", async () => {
  const rig = new WatchdogRig({ maxRestarts: 0 });
  const lines = await rig.looks(60);
  assertEquals(lines.filter((line) => line.startsWith("→")), [
    "→ debug restun",
    "→ debug rebind",
    "→ down",
    "→ up",
  ]);
  assertEquals(rig.restarts, []);
  assertEquals(
    lines.at(-1),
    "info LIMIT: hostname exceeded threshold but 0 restarts within a day",
  );
});

Deno.test("WatchdogCollector goes on in each new process as if it were one", async () => {
  const [one, many] = [new WatchdogRig(), new WatchdogRig()];
  for (let look = 0; look < 30; look++) {
    for (const rig of [one, many]) {
      rig.local.peers = [look === 20 ? makeLocalPeer() : makeStuckPeer()];
    }
    assertEquals(await many.look(), await one.look(), `${look}`);
    assertEquals(pageText(many.collector.section), pageText(one.collector.section));
    many.endProcess();
  }
  assertEquals(many.restarts, one.restarts);
  assertEquals(one.restarts.length, 1);
});

/** Ways in which time goes wrong before a look. */
const JUMPS: Readonly<Record<string, (rig: WatchdogRig) => unknown>> = {
  "the date is set forward": (rig) => rig.clock.set(86_400_000),
  "the date is set back": (rig) => rig.clock.set(-86_400_000),
  "a new process finds the date set forward": (rig) => {
    rig.clock.set(86_400_000);
    rig.endProcess();
  },
  "a new process finds the date set back": (rig) => {
    rig.clock.set(-86_400_000);
    rig.endProcess();
  },
  "nobody looked for more than an hour": (rig) => rig.clock.advance(3_600_001),
  "a new process comes more than an hour later": async (rig) => {
    await rig.clock.advance(3_600_001);
    rig.endProcess();
  },
};

for (const [name, jump] of Object.entries(JUMPS)) {
  Deno.test(`WatchdogCollector does not restart because ${name}`, async () => {
    for (const looks of [2, 5, BEFORE.restart - 1]) {
      const rig = new WatchdogRig();
      await rig.looks(looks);
      await jump(rig);
      const lines = await rig.look();
      assertEquals(lines.filter((line) => /RESTART|HEAL/.test(line)), []);
      assertEquals(rig.restarts, []);
    }
  });
}

Deno.test("WatchdogCollector begins anew, cooled down, where it cannot read what it kept", async () => {
  const rig = new WatchdogRig({ thresholdMs: 120_000 });
  rig.store.texts.set(WATCHDOG_KEY, '{"version":1,"runs":');
  const lines = await rig.looks(12);
  assertEquals(lines.filter((line) => !/WAITING|COOLDOWN|→/.test(line)), [
    "warning Cannot read what the watchdog remembered: it begins anew, with a cooldown as if it " +
    "had just restarted tailscaled",
    "warning DETECTED: hostname transitioned to relay",
    "warning RESTART: hostname on relay for 600s, restarting tailscaled",
  ]);
});

Deno.test("WatchdogCollector holds to other settings from the next process on", async () => {
  const rig = new WatchdogRig({ thresholdMs: 120_000, cooldownMs: 120_000 });
  await rig.looks(4);
  assertEquals(rig.restarts, [180_000]);
  rig.endProcess({ cooldownMs: 3_600_000, maxRestarts: 2 });
  rig.local.peers = [makeLocalPeer()];
  await rig.look();
  rig.local.peers = [makeStuckPeer()];
  await rig.looks(70);
  assertEquals(rig.restarts, [180_000, 3_780_000]);
  rig.endProcess({ cooldownMs: 60_000, maxRestarts: 2 });
  rig.local.peers = [makeLocalPeer()];
  await rig.look();
  rig.local.peers = [makeStuckPeer()];
  assertEquals(
    (await rig.looks(5)).at(-1),
    "info LIMIT: hostname exceeded threshold but 2 restarts within a day",
  );
});

Deno.test("WatchdogCollector keeps its promises, whatever tailscaled and the system do", async () => {
  let restartCount = 0;
  await fc.assert(
    fc.asyncProperty(chances, async (chances) => {
      const cooldownMs = 7 * INTERVAL_MS;
      const rig: WatchdogRig = new WatchdogRig({
        thresholdMs: 3 * INTERVAL_MS,
        cooldownMs,
        maxRestarts: 2,
        onRestart: () => {
          // The next process knows of it.
          assertEquals([rig.store.isKept, rig.state.restartAgesMs.at(-1)], [true, 0] as never);
          rig.restarts.push(rig.realMs);
        },
      });
      for (const chance of chances) {
        const asked = await play(rig, chance);
        // A tailscaled that was taken down was taken up, in the same look.
        const isDown = asked.includes("down") && chance.behaviours.down !== "forbidden";
        if (isDown) assert(asked.lastIndexOf("up") > asked.indexOf("down"), `${asked}`);
        // Who is not up is looked at, and taken up at most.
        const isOther = (call: string) => call !== "status" && call !== "up";
        if (chance.state !== "Running") assertEquals(asked.filter(isOther), []);
      }
      for (const [index, ms] of rig.restarts.entries()) {
        assert(ms - (rig.restarts[index - 1] ?? -Infinity) >= cooldownMs, `${rig.restarts}`);
      }
      assert(rig.restarts.length <= 2, `${rig.restarts}`);
      restartCount += rig.restarts.length;
    }),
    { numRuns: 20 },
  );
  assert(restartCount > 0);
});

Deno.test("WatchdogCollector leaves out a peer in WebAssembly, which is always on a relay", async () => {
  const rig = new WatchdogRig();
  rig.local.peers = [makeStuckPeer({ os: "js" })];
  assertEquals([await rig.looks(13), rig.restarts], [[], []] as never);
  assertEquals(pageText(rig.collector.section).includes("peer_id"), false);
});
