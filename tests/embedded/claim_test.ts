import { assert, assertEquals } from "@std/assert";
import { type Claim, type ClaimOptions, isHeld, takeClaim } from "../../src/embedded/claim.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { settle } from "./_fake_worker.ts";

const KEY = "tsnet tsmetrics ";

/** Processes of one storage and one clock. */
function makeLab() {
  const clock = new FakeClock();
  const storage = new FakeRuntime().storage();
  const lost: string[] = [];
  const optionsOf = (owner: string): ClaimOptions => ({
    storage: () => storage,
    key: KEY,
    delay: clock.delay,
    makeOwner: () => owner,
    onLost: () => lost.push(owner),
  });
  /** What a claim comes to while time passes. */
  async function take(owner: string): Promise<Claim | undefined> {
    const taken = takeClaim(optionsOf(owner));
    for (let step = 0; step < 40; step++) {
      await clock.advance(250);
      await settle();
    }
    return await taken;
  }
  return { clock, lost, optionsOf, storage, take };
}

Deno.test("takeClaim() grants an identity to one living process at a time", async () => {
  const { lost, take } = makeLab();
  const first = await take("first");
  assert(first !== undefined);
  assertEquals(await take("second"), undefined);
  first[Symbol.dispose]();
  const third = await take("third");
  assert(third !== undefined);
  third[Symbol.dispose]();
  assertEquals(lost, []);
});

Deno.test("takeClaim() takes over from a process that was killed", async () => {
  const { storage, take } = makeLab();
  storage.setItem(`${KEY} owner`, "killed");
  using claim = await take("next");
  assert(claim !== undefined);
  assertEquals(storage.getItem(`${KEY} owner`), "next");
  assertEquals(storage.getItem(`${KEY} question`), null);
});

Deno.test("Claim says once that another process has taken over, and leaves it alone", async () => {
  const { clock, lost, storage, take } = makeLab();
  using _claim = await take("first");
  storage.setItem(`${KEY} owner`, "other");
  for (let second = 0; second < 3; second++) await clock.advance(1_000);
  await settle();
  assertEquals(lost, ["first"]);
  _claim?.[Symbol.dispose]();
  assertEquals(storage.getItem(`${KEY} owner`), "other");
});

Deno.test("takeClaim() is granted where nothing can be kept", async () => {
  const { optionsOf } = makeLab();
  const storage = () => {
    throw new TypeError("no directory");
  };
  using claim = await takeClaim({ ...optionsOf("first"), storage });
  assert(claim !== undefined);
  assertEquals(await isHeld({ ...optionsOf("second"), storage }, "second"), false);
});
