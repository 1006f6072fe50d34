import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FakeCaches } from "../_support/fake_caches.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { known } from "../facts/_snapshot.ts";
import { MINUTE_MS, Run } from "./_run.ts";

/** What a reader of alerts sees, and what receivers were told. */
async function alertsOf({ alerts }: Run): Promise<unknown> {
  return [await alerts.list(), alerts.silences(), [...alerts.told.values()]];
}

Deno.test("encodeAlerts() and decodeAlerts() keep alerts, silences and what was told over any restart, wherever the process is killed", async () => {
  const step = fc.record({
    offline: fc.subarray(["1", "2", "3"]),
    passedMinutes: fc.nat(3),
    silenced: fc.option(fc.constantFrom("1", "2")),
    isTold: fc.boolean(),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 8 });
  const runs = fc.array(fc.record({ steps, changes: fc.nat(40) }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(runs, async (processes) => {
      const [clock, caches] = [new FakeClock(), new FakeCaches()];
      // What was there after the last look that was written whole, and after those since.
      let possible: unknown[] = [await alertsOf(await Run.start(caches, clock, "none"))];
      for (const [number, { changes, steps }] of processes.entries()) {
        caches.maxChanges = Infinity;
        const run = await Run.start(caches, clock, `p${number}`);
        const found = await alertsOf(run);
        assert(possible.some((each) => isSame(each, found)), JSON.stringify([possible, found]));
        possible = [found];
        caches.maxChanges = caches.changes.length + changes;
        for (const { isTold, offline, passedMinutes, silenced } of steps) {
          // No two looks are at the same moment, of whichever process.
          await clock.advance(passedMinutes * MINUTE_MS + 1_000);
          if (silenced !== null) {
            run.alerts.silence({ node: silenced, untilMs: clock.now() + 60 * MINUTE_MS });
          }
          const [alert] = await run.alerts.list({ states: ["firing"] });
          if (isTold && alert?.firedMs !== undefined) {
            const { firedMs, id } = alert;
            run.alerts.noteTold({ id, firedMs, state: "firing", toldMs: clock.now() });
          }
          await run.look(["1", "2", "3"].map((id) => known({ id }, !offline.includes(id))));
          possible.push(await alertsOf(run));
          // It is dead as soon as a write fails: the look may be in the store, or the one before.
          if (run.archive.errorCount > 0) break;
          possible = [possible.at(-1)];
        }
      }
    }),
    { numRuns: 60 },
  );
});

function isSame(one: unknown, other: unknown): boolean {
  try {
    assertEquals(one, other);
    return true;
  } catch {
    return false;
  }
}
