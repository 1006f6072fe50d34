import { assertEquals, assertRejects } from "@std/assert";
import { AuthKeyCache } from "../../src/own_node/auth_key_cache.ts";
import type { NodeState } from "../../src/own_node/node_status.ts";

interface Rig {
  readonly cache: AuthKeyCache;
  elapsedMs: number;
  failure: Error | undefined;
}

function makeRig(): Rig {
  let made = 0;
  const rig: Rig = {
    cache: new AuthKeyCache({
      make: () => rig.failure ? Promise.reject(rig.failure) : Promise.resolve(`key ${++made}`),
      elapsed: () => rig.elapsedMs,
    }),
    elapsedMs: 5_000,
    failure: undefined,
  };
  return rig;
}

Deno.test("AuthKeyCache.get() gives an unused key again until a minute before it expires", async () => {
  const rig = makeRig();
  assertEquals(await rig.cache.get(), "key 1");
  rig.elapsedMs += 539_999;
  assertEquals(await rig.cache.get(), "key 1");
  rig.elapsedMs += 1;
  assertEquals(await rig.cache.get(), "key 2");
  rig.elapsedMs += 539_999;
  assertEquals(await rig.cache.get(), "key 2", "by its own age");
});

Deno.test("AuthKeyCache.get() tries again after a failure, which no older key hides", async () => {
  const rig = makeRig();
  await rig.cache.get();
  rig.elapsedMs += 540_000;
  rig.failure = new Error("no scope");
  await assertRejects(() => rig.cache.get(), Error, "no scope");
  rig.failure = undefined;
  assertEquals(await rig.cache.get(), "key 2");
});

Deno.test("AuthKeyCache.told() forgets a key that a login used", async () => {
  const states: readonly (readonly [NodeState, string])[] = [
    ["starting", "key 1"],
    ["needs_login", "key 1"],
    ["stuck", "key 1"],
    ["unreachable", "key 1"],
    ["key_expired", "key 1"],
    ["removed", "key 1"],
    ["needs_approval", "key 2"],
    ["running", "key 2"],
    ["control_away", "key 2"],
  ];
  for (const [state, key] of states) {
    const { cache } = makeRig();
    await cache.get();
    cache.told({ state, error: undefined });
    assertEquals(await cache.get(), key, state);
  }
});

Deno.test("AuthKeyCache.told() forgets a refused key only if an earlier attempt may have used it", async () => {
  const { cache } = makeRig();
  const refused = { state: "needs_login", error: "invalid key" } as const;
  await cache.get();
  cache.told(refused);
  assertEquals(await cache.get(), "key 1", "it was new, so another one would be refused, too");
  cache.told({ ...refused, state: "starting" });
  assertEquals(await cache.get(), "key 1", "the control plane was not reached");
  cache.told(refused);
  assertEquals(await cache.get(), "key 2");
});
