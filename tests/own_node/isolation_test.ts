import { assertEquals, assertRejects } from "@std/assert";
import { Isolation } from "../../src/own_node/isolation.ts";

const SIGNAL = new AbortController().signal;

/** A node, and how often its control plane was asked. */
function rig() {
  const world = { isReached: true, asked: 0, elapsedMs: 0 };
  const isolation = new Isolation({
    reachesControl: () => {
      world.asked++;
      return Promise.resolve(world.isReached);
    },
    elapsed: () => world.elapsedMs,
  });
  const judge = (answered: number, lost: number) => isolation.judge({ answered, lost }, SIGNAL);
  return { world, isolation, judge };
}

Deno.test("Isolation asks nothing while a device answers, or none has stopped to", async () => {
  const { judge, world } = rig();
  world.isReached = false;
  for (const [answered, lost] of [[3, 0], [1, 5], [0, 0]] as const) {
    assertEquals(await judge(answered, lost), undefined);
  }
  assertEquals(world.asked, 0);
});

Deno.test("Isolation is no cut where the control plane is reached", async () => {
  const { judge, world } = rig();
  assertEquals([await judge(0, 3), world.asked], [undefined, 1]);
});

Deno.test("Isolation is over as soon as all devices answer", async () => {
  const { judge, world } = rig();
  world.isReached = false;
  // Those that do not answer are not scraped in each cycle.
  for (const lost of [3, 3, 0]) assertEquals(await judge(0, lost), "none");
  assertEquals(world.asked, 3);
  assertEquals(await judge(3, 0), undefined);
  assertEquals(world.asked, 3);
});

Deno.test("Isolation gives the node a minute to reach devices again", async () => {
  const { judge, world } = rig();
  world.isReached = false;
  await judge(0, 3);
  world.isReached = true;
  assertEquals(await judge(0, 3), "returning");
  world.isReached = false;
  world.elapsedMs = 20_000;
  assertEquals(await judge(0, 3), "none", "it was gone again");
  world.isReached = true;
  assertEquals(await judge(0, 0), "returning");
  world.elapsedMs = 79_999;
  assertEquals(await judge(1, 2), "returning");
  world.elapsedMs = 80_000;
  assertEquals(await judge(1, 2), undefined);
});

Deno.test("Isolation does not take a control plane for back because a device answers", async () => {
  const { judge, world } = rig();
  world.isReached = false;
  await judge(0, 5);
  assertEquals(await judge(3, 2), "devices");
  world.elapsedMs = 30_000;
  assertEquals(await judge(0, 2), "none", "they are gone again");
  assertEquals(await judge(3, 2), "devices");
  world.isReached = true;
  assertEquals(await judge(3, 2), "returning");
  world.isReached = false;
  assertEquals(await judge(4, 1), "devices");
  world.elapsedMs = 90_000;
  assertEquals(await judge(4, 1), undefined, "Tailscale's own code tells the rest");
  const { asked } = world;
  assertEquals(await judge(4, 1), undefined);
  assertEquals(world.asked, asked);
});

Deno.test("Isolation.reset() forgets the cut, and a signal that is aborted changes nothing", async () => {
  const { isolation, judge, world } = rig();
  world.isReached = false;
  await judge(0, 3);
  isolation.reset();
  assertEquals(await judge(0, 0), undefined);
  const stopped = new Isolation({
    reachesControl: (signal) => Promise.reject(signal.reason),
    elapsed: () => 0,
  });
  const reason = new Error("stopped");
  const outcome = { answered: 0, lost: 1 };
  await assertRejects(() => stopped.judge(outcome, AbortSignal.abort(reason)), Error, "stopped");
  assertEquals(await stopped.judge({ answered: 0, lost: 0 }, SIGNAL), undefined);
});
