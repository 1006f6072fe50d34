import { assert, assertEquals } from "@std/assert";
import type { Past } from "../../src/history/mod.ts";
import type { SimulatedTailnet } from "../../src/demo/mod.ts";
import { fleetAtNoon, NOON_MS, run } from "./_answer.ts";

const DAY = 86_400_000, FROM_MS = NOON_MS - 30 * DAY;

function pastOf(tailnet: SimulatedTailnet): Past {
  return tailnet.past(FROM_MS, NOON_MS);
}

Deno.test("SimulatedTailnet.past() ends where the present begins", () => {
  const tailnet = fleetAtNoon(200);
  const pasts = new Map([...pastOf(tailnet).devices()].map((each) => [each.id, each]));
  for (const { id, isOnline, name } of tailnet.devices()) {
    const past = pasts.get(id);
    const isOut = past?.outages.some(({ untilMs }) => untilMs === undefined);
    assertEquals([past?.name, past?.leftMs, isOut], [name, undefined, !isOnline], name);
  }
});

Deno.test("SimulatedTailnet.past() is the same for the same seed and clock", () => {
  const told = (seed: number) => {
    const { apiOutages, devices } = pastOf(fleetAtNoon(60, seed));
    return JSON.stringify([apiOutages, [...devices()]]);
  };
  assertEquals(told(1), told(1));
  assert(told(1) !== told(2));
});

Deno.test("SimulatedTailnet.past() has machines that came and went, and an API that was down", () => {
  const { apiOutages, devices } = pastOf(fleetAtNoon(1));
  const gone = [...devices()].slice(1);
  assert(gone.length > 80, `${gone.length}`);
  assertEquals(new Set(gone.map(({ id }) => id)).size, gone.length);
  for (const { joinedMs, leftMs = NaN } of gone) {
    assert(joinedMs >= FROM_MS && leftMs > joinedMs && leftMs <= NOON_MS);
  }
  assert(apiOutages.length >= 3, `${apiOutages.length}`);
  for (const { fromMs, untilMs = NaN } of apiOutages) {
    assert(fromMs >= FROM_MS && untilMs > fromMs && untilMs < NOON_MS);
  }
});

Deno.test("SimulatedTailnet.past() says since when something is wrong", () => {
  const byName = new Map(
    [...pastOf(fleetAtNoon(12)).devices()].map((each) => [each.name.split(".", 1)[0], each]),
  );
  const [web, queue, gateway] = ["web-fra-01", "queue-nyc-01", "gateway-fra-01"]
    .map((name) => byName.get(name));
  assertEquals(queue?.unreadable?.reason, "No answer in time");
  assertEquals([web?.unreadable, queue?.lockErrorMs], [undefined, undefined]);
  assertEquals(gateway?.routesMs, NOON_MS - 8 * 60_000);
  for (const ms of [web?.lockErrorMs, queue?.unreadable?.sinceMs]) {
    assert(ms !== undefined && ms > NOON_MS - 10 * DAY && ms < NOON_MS);
  }
});

Deno.test("startDemo() tells past and visits of a fleet, not of devices or for measuring", async () => {
  const cases = [["demo:2", true], ["demo:1001", false], ["gateway-1", false]] as const;
  for (const [devices, isWhole] of cases) {
    await using running = await run({ devices: [devices] });
    const { tellPast, tellVisits } = running.demo;
    assertEquals(tellPast(FROM_MS, NOON_MS) !== undefined, isWhole, devices);
    assertEquals(tellVisits !== undefined, isWhole, devices);
  }
});
