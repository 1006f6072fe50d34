import { assertEquals } from "@std/assert";
import { makeStuckPeer } from "./_heal_local.ts";
import { WatchdogRig } from "./_watch_rig.ts";

Deno.test("sendPings() tells of an answer that comes straight, and of none", async () => {
  const rig = new WatchdogRig();
  await rig.looks(3);
  rig.local.results.set("100.64.0.2", {
    outcome: "answered",
    latencySeconds: 0.01,
    endpoint: "192.0.2.1:41641",
  });
  assertEquals((await rig.look()).slice(1), ["info RECOVERED: hostname back to direct"]);
  rig.local.results.set("100.64.0.2", { outcome: "lost" });
  // Who does not answer is dead, or cut off: nothing done to this host would help.
  assertEquals(await rig.looks(30), []);
  assertEquals(rig.restarts, []);
});

Deno.test("sendPings() ends in time though no ping does", async () => {
  const rig = new WatchdogRig();
  rig.local.behaviours.set("ping", "wedged");
  rig.local.peers = Array.from(
    { length: 70 },
    (_, at) => makeStuckPeer({ id: `n${at}`, name: `peer-${at}`, addresses: [`100.64.1.${at}`] }),
  );
  const sinceMs = rig.realMs;
  assertEquals(await rig.look(), [
    "warning The watchdog cannot ping (timeout) and goes by the status alone: No answer within 6 s",
  ]);
  // Two turns of six seconds each.
  assertEquals(rig.realMs - sinceMs, 12_000);
  assertEquals(rig.state.counters.failed.ping, 64);
});

Deno.test("sendPings() leaves the watchdog to the status where it cannot, which is said once", async () => {
  const rig = new WatchdogRig();
  rig.local.peers = [makeStuckPeer(), makeStuckPeer({ id: "n2", name: "other", addresses: [] })];
  rig.local.results.set("100.64.0.2", { outcome: "refused", reason: "no matching peer" });
  const lines = await rig.looks(14);
  assertEquals(lines.filter((line) => /cannot ping|RESTART/.test(line)), [
    "warning The watchdog cannot ping (refused) and goes by the status alone",
    "warning RESTART: hostname on relay for 660s, restarting tailscaled",
  ]);
  assertEquals(rig.state.counters.done.ping, 0);
  rig.local.results.clear();
  assertEquals((await rig.look()).at(-1), "info The watchdog can ping again");
});
