import { assertEquals } from "@std/assert";
import { PatientArchive } from "../../src/archive/patient_archive.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

/** A store whose works end when the test says so. */
function setUp() {
  const clock = new FakeClock();
  const works: { readonly name: string; readonly end: () => void }[] = [];
  const lines: string[] = [];
  const start = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    works.push({ name, end: resolve });
    return promise;
  };
  const archive = new PatientArchive({
    archive: {
      load: () => start("load"),
      save: (isLast = false) => start(isLast ? "last save" : "save"),
    },
    delay: clock.delay,
    log: { warning: (message) => lines.push(message) },
  });
  /** For how long a work is waited for. */
  const waited = async (work: Promise<void>) => {
    let isOver = false;
    work.then(() => isOver = true);
    const startMs = clock.now();
    for (await settle(); !isOver; await settle()) await clock.advance(500);
    return clock.now() - startMs;
  };
  return { archive, clock, lines, waited, works };
}

Deno.test("PatientArchive.load() waits ten seconds for a store that hangs, and says so", async () => {
  const { archive, lines, waited } = setUp();
  assertEquals(await waited(archive.load()), 10_000);
  assertEquals(lines, ["Cannot read the history within {seconds} s: going on without it"]);
});

Deno.test("PatientArchive.save() begins no save while another hangs", async () => {
  const { archive, waited, works } = setUp();
  assertEquals(await waited(archive.save()), 2_000);
  assertEquals([await waited(archive.save()), works.length], [0, 1]);
  works[0]?.end();
  await settle();
  assertEquals([await waited(archive.save()), works.length], [2_000, 2]);
});

Deno.test("PatientArchive waits for as long as the store takes, and no longer", async () => {
  const { archive, clock, lines, works } = setUp();
  for (const work of [() => archive.load(), () => archive.save(), () => archive.saveLast()]) {
    const ended = work();
    works.at(-1)?.end();
    await ended;
  }
  assertEquals(works.map(({ name }) => name), ["load", "save", "last save"]);
  assertEquals([clock.waiting, lines], [0, []]);
});

Deno.test("PatientArchive.saveLast() waits three seconds", async () => {
  const { archive, waited } = setUp();
  assertEquals(await waited(archive.saveLast()), 3_000);
});
