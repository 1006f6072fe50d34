import { assert, assertEquals } from "@std/assert";
import { SegmentStore } from "../../src/archive/segment_store.ts";
import { FakeCaches } from "../_support/fake_caches.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { known } from "../facts/_snapshot.ts";
import { DAY_MS, MINUTE_MS, Run } from "./_run.ts";

Deno.test("Archive brings back events, time online, alerts and silences", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const run = await Run.start(caches, clock, "first");
  await run.look([known()]);
  run.alerts.silence({ node: "web", untilMs: clock.now() + DAY_MS, comment: "a disk" });
  run.alerts.noteTold({ id: "x", firedMs: 1, state: "firing", toldMs: 2 });
  await clock.advance(MINUTE_MS);
  await run.look([known({}, false)]);
  await clock.advance(MINUTE_MS);
  await run.look([known({}, false)]);
  await run.archive.save(true);
  assertEquals(run.history.uptime("example.com/1", DAY_MS).observedSeconds, 120);
  const later = await Run.start(caches, clock, "second");
  assertEquals(await later.seen(), await run.seen());
  assertEquals([run.lines, later.lines, later.archive.errorCount], [[], [], 0]);
  assertEquals(later.archive.savedMs, undefined);
});

Deno.test("Archive.save() writes what is due, and nothing twice", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const run = await Run.start(caches, clock, "first");
  await run.look([known()]);
  const { length } = caches.changes;
  await clock.advance(1_000);
  await run.look([known()]);
  assertEquals(caches.changes.length, length);
  await clock.advance(MINUTE_MS);
  await run.look([known({ name: "renamed.example.com" })]);
  const [opened] = caches.changes.slice(length);
  assertEquals(opened, "open test/0/events-1-first@2");
});

Deno.test("Archive neither repeats nor forgets, wherever the process is killed", async () => {
  const devices = (step: number) => [known({}, step % 3 !== 1), known({ id: "2" }, step < 4)];
  let changes = 0;
  for (let isDone = false; !isDone; changes++) {
    const clock = new FakeClock();
    const caches = new FakeCaches();
    const run = await Run.start(caches, clock, "first");
    const before = caches.changes.length;
    caches.maxChanges = before + changes;
    for (let step = 0; step < 6; step++) {
      await run.look(devices(step));
      await clock.advance(6 * MINUTE_MS);
    }
    isDone = caches.changes.length < caches.maxChanges;
    caches.maxChanges = Infinity;
    const later = await Run.start(caches, clock, "second");
    // Nothing is seen that was not there; what is lost is the end.
    const events = run.history.log.query({ limit: 1_000 }).events.toReversed();
    const kept = later.history.log.query({ limit: 1_000 }).events.toReversed();
    assertEquals(kept, events.slice(0, kept.length), `killed after ${changes} changes`);
    if (isDone) assertEquals(kept, events);
    // What ends is told once, whether the old or the new process sees it.
    const told: string[] = [];
    later.alerts.subscribe(({ entry, to }) => told.push(`${to} ${entry.id}`));
    await later.look(devices(5));
    const open = (await later.alerts.list({ states: ["firing"] })).map(({ id }) => id);
    assertEquals(told.filter((line) => line.startsWith("firing")).length <= open.length, true);
    assertEquals(later.archive.damagedCount <= 1, true);
  }
});

Deno.test("Archive of two processes on one store destroys nothing of the other", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const one = await Run.start(caches, clock, "one");
  const two = await Run.start(caches, clock, "two");
  for (let minute = 0; minute < 12; minute++) {
    const device = known({}, minute < 6);
    await one.look([device]);
    if (minute !== 3) await two.look([device]);
    await clock.advance(MINUTE_MS);
  }
  await one.archive.save(true);
  await two.archive.save(true);
  const places = new Set(
    caches.changes.flatMap((change) => /\/(\d)\/events/.exec(change)?.[1] ?? []),
  );
  assertEquals(places, new Set(["0", "1"]));
  const later = await Run.start(caches, clock, "three");
  // Both saw the same, which is there once; time is not counted twice.
  assertEquals(
    later.history.log.query().events.map(({ type }) => type),
    one.history.log.query().events.map(({ type }) => type),
  );
  assertEquals(later.history.uptime("example.com/1", DAY_MS).observedSeconds, 660);
  assertEquals(later.history.uptime("example.com/1", DAY_MS).onlineSeconds, 360);
});

Deno.test("Archive of two processes keeps the alerts and silences of both, and ends what one has ended", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const one = await Run.start(caches, clock, "one");
  const ended = one.alerts.silence({ node: "ended", untilMs: clock.now() + DAY_MS });
  await one.archive.save();
  const two = await Run.start(caches, clock, "two");
  two.alerts.silence({ node: "of two", untilMs: clock.now() + DAY_MS });
  two.alerts.unsilence(ended.id);
  two.alerts.noteTold({ id: "x", firedMs: 1, state: "firing", toldMs: 2 });
  await two.archive.save(true);
  await clock.advance(MINUTE_MS);
  one.alerts.noteTold({ id: "y", firedMs: 3, state: "firing", toldMs: 4 });
  await one.archive.save(true);
  const later = await Run.start(caches, clock, "three");
  assertEquals(later.alerts.silences().map(({ node }) => node), ["of two"]);
  assertEquals([...later.alerts.told.keys()].sort(), ["x", "y"]);
});

Deno.test("Archive puts a damaged segment aside with one line, and reads the others", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const run = await Run.start(caches, clock, "first");
  await run.look([known()]);
  await run.archive.save(true);
  for (const [name, cache] of caches.entries) {
    if (!name.includes("/events-")) continue;
    for (const [url, bytes] of cache) cache.set(url, bytes.slice(0, 20));
  }
  const later = await Run.start(caches, clock, "second");
  assertEquals(later.lines, ["Put aside a damaged segment of the history: {segment}"]);
  assertEquals([later.archive.damagedCount, later.history.log.size], [1, 0]);
  assertEquals([...caches.entries.keys()].filter((name) => name.includes("damaged")), [
    "test/damaged/0/events-1-first@1",
  ]);
  const again = await Run.start(caches, clock, "third");
  assertEquals(again.lines, []);
});

Deno.test("Archive reads a segment that another process replaces meanwhile, and calls it whole", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const first = await Run.start(caches, clock, "first");
  await first.look([known()]);
  await first.archive.save(true);
  const store = new SegmentStore(() => caches, "test");
  const [name = ""] = [...(await store.list()).keys()].filter((each) => each.includes("events"));
  const [version] = (await store.list()).get(name) ?? [];
  const bytes = version && await store.read(version);
  assert(bytes !== undefined);
  const second = new Run(caches, clock, "second");
  // The other process writes when the list has been made.
  const keys = caches.keys.bind(caches);
  let isWritten = false;
  caches.keys = async () => {
    const list = await keys();
    if (!isWritten) {
      isWritten = true;
      await store.write(name, bytes);
    }
    return list;
  };
  await second.archive.load();
  assertEquals(second.history.log.query().total, 1);
  assertEquals([second.archive.damagedCount, second.lines], [0, []]);
});

Deno.test("Archive goes on in memory while there is no place, and says so once", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const first = await Run.start(caches, clock, "first");
  await first.look([known()]);
  await first.archive.save(true);
  caches.failure = new Error("the disk is full");
  const run = await Run.start(caches, clock, "second");
  for (let minute = 0; minute < 3; minute++) {
    await run.look([known()]);
    await clock.advance(MINUTE_MS);
  }
  assertEquals([run.lines.length, run.archive.errorCount], [1, 4]);
  caches.failure = undefined;
  await run.look([known()]);
  assertEquals(run.lines.at(-1), "The history is kept beyond this process again");
  await run.archive.save(true);
  // The time of the first process is there, too.
  const later = await Run.start(caches, clock, "third");
  assertEquals(later.history.log.query({ types: ["tailnet_known"] }).total, 2);
});

/** How the platform refuses a change: what Deno's SQLite says, and what the system does. */
const READ_ONLY = [
  new Error("attempt to write a readonly database"),
  new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
];

for (const error of READ_ONLY) {
  Deno.test(`Archive on a read-only store shows the past and what is new: ${error.message}`, async () => {
    const clock = new FakeClock();
    const caches = new FakeCaches();
    const first = await Run.start(caches, clock, "first");
    await first.look([known()]);
    first.alerts.silence({ node: "web", untilMs: clock.now() + DAY_MS });
    await clock.advance(MINUTE_MS);
    await first.look([known({}, false)]);
    await first.archive.save(true);
    const before = structuredClone(caches.entries);
    const writable = new FakeCaches();
    for (const [name, entries] of structuredClone(before)) writable.entries.set(name, entries);
    caches.changeFailure = error;
    const run = await Run.start(caches, clock, "second");
    const other = await Run.start(writable, clock, "second");
    for (let minute = 0; minute < 20; minute++) {
      assertEquals(await run.seen(), await other.seen(), `${minute}`);
      await clock.advance(MINUTE_MS);
      for (const each of [run, other]) await each.look([known({}, minute % 2 === 0)]);
    }
    assertEquals(run.history.log.query().total > first.history.log.query().total, true);
    await run.archive.save(true);
    // The start tried to write, and so did each look and the end.
    assertEquals([run.archive.errorCount, run.archive.savedMs], [22, undefined]);
    assertEquals([run.lines.length, run.archive.damagedCount], [1, 0]);
    assertEquals(caches.entries, before);
  });
}

Deno.test("Archive on a read-only store says once that a segment is damaged, and reads the others", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const first = await Run.start(caches, clock, "first");
  for (let minute = 0; minute < 3; minute++) {
    await first.look([known()]);
    await clock.advance(MINUTE_MS);
  }
  first.alerts.silence({ node: "web", untilMs: clock.now() + DAY_MS });
  await first.archive.save(true);
  for (const [name, cache] of caches.entries) {
    if (!name.includes("/uptime-")) continue;
    for (const [url, bytes] of cache) cache.set(url, bytes.slice(0, 20));
  }
  const before = structuredClone(caches.entries);
  caches.changeFailure = new Error("attempt to write a readonly database");
  const run = await Run.start(caches, clock, "second");
  assertEquals(run.history.log.query().events, first.history.log.query().events);
  assertEquals(run.alerts.silences().length, 1);
  for (let minute = 0; minute < 3; minute++) {
    await run.look([known()]);
    await clock.advance(MINUTE_MS);
  }
  assertEquals(run.lines.map((line) => line.replace(/:.*/, "")), [
    "Left out a damaged segment of the history, which cannot be put aside",
    "Cannot keep the history beyond this process",
  ]);
  assertEquals([run.archive.damagedCount, run.archive.errorCount], [1, 4]);
  assertEquals(caches.entries, before);
  // As soon as it can be put aside, it is.
  caches.changeFailure = undefined;
  const later = await Run.start(caches, clock, "third");
  assertEquals(later.lines, ["Put aside a damaged segment of the history: {segment}"]);
});

Deno.test("Archive brings an alert back once while nothing can be written", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const first = await Run.start(caches, clock, "first");
  await first.look([known({}, false)]);
  first.alerts.silence({ node: "other", untilMs: clock.now() + DAY_MS });
  await first.archive.save(true);
  caches.maxChanges = caches.changes.length;
  const run = await Run.start(caches, clock, "second");
  const told: string[] = [];
  run.alerts.subscribe(({ to }) => told.push(to));
  for (let minute = 0; minute < 6; minute++) {
    await run.look([known()]);
    await clock.advance(MINUTE_MS);
  }
  assertEquals([told, run.alerts.silences().length], [["resolved"], 1]);
  assertEquals(run.lines.length, 1);
});

Deno.test("Archive says once that the disk is full, and once that it is not any more", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const run = await Run.start(caches, clock, "first");
  await run.look([known()]);
  caches.maxChanges = caches.changes.length;
  async function lookForMinutes(minutes: number): Promise<void> {
    for (let at = 0; at < minutes * 6; at++) {
      await clock.advance(10_000);
      await run.look([known({ os: at === 0 ? "plan9" : "linux" })]);
    }
  }
  await lookForMinutes(11);
  assertEquals([run.lines.length, run.archive.errorCount > 2], [1, true]);
  caches.maxChanges = Infinity;
  await lookForMinutes(6);
  assertEquals(run.lines.slice(1), ["The history is kept beyond this process again"]);
});

Deno.test("Archive puts no old event behind a new one that came while the past was read", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const first = await Run.start(caches, clock, "first");
  await first.look([known()]);
  await first.archive.save(true);
  const second = new Run(caches, clock, "second");
  // The disk is slow: something happens after the first segment of events was opened.
  const open = caches.open.bind(caches);
  caches.open = async (name) => {
    if (name.includes("/events-") && second.history.log.lastId === 0) {
      const node = { key: "example.com/1", name: "a" };
      const draft = { type: "node_online", severity: "ok", message: "new" } as const;
      second.history.log.add({ ...draft, node, atMs: clock.now() });
    }
    return await open(name);
  };
  await second.archive.load();
  const messages = (run: Run) => run.history.log.query().events.map(({ message }) => message);
  assertEquals(messages(second), ["new"]);
  await clock.advance(MINUTE_MS);
  await second.archive.save(true);
  assertEquals([second.lines, second.archive.errorCount], [[], 0]);
  // The next process has both.
  const third = await Run.start(caches, clock, "third");
  assertEquals(messages(third).toSorted(), [...messages(first), "new"].toSorted());
});

Deno.test("Archive keeps no more events than it may, and no day that is too old", async () => {
  const clock = new FakeClock();
  const caches = new FakeCaches();
  const run = new Run(caches, clock, "first", 600);
  await run.archive.load();
  await run.look([known()]);
  await clock.advance(MINUTE_MS);
  await run.look([known()]);
  for (let at = 0; at < 2_000; at++) {
    const node = { key: "example.com/1", name: "a" };
    const draft = { type: "node_online", severity: "ok", node, message: `${at}` } as const;
    run.history.log.add({ ...draft, atMs: clock.now() });
    if (at % 100 === 99) {
      await clock.advance(MINUTE_MS);
      await run.archive.save();
    }
  }
  await run.archive.save(true);
  const segments = () => [...caches.entries.keys()].filter((name) => !name.includes("lease"));
  assertEquals(segments().filter((name) => name.includes("events")).length, 3);
  await clock.advance(32 * DAY_MS);
  const second = await Run.start(caches, clock, "second");
  assertEquals(segments().length, 4, "the clock may be wrong");
  await clock.advance(60 * MINUTE_MS);
  await second.archive.save();
  assertEquals(segments(), []);
});

Deno.test("Archive loses nothing by a clock that is wrong for a while, at a start or later", async () => {
  for (const jumpMs of [400 * DAY_MS, -400 * DAY_MS]) {
    const clock = new FakeClock();
    const caches = new FakeCaches();
    const first = await Run.start(caches, clock, "first");
    const online = async (run: Run, minutes: number) => {
      for (let at = 0; at < minutes; at++) {
        await clock.advance(MINUTE_MS);
        await run.look([known()]);
      }
    };
    await online(first, 11);
    clock.set(jumpMs);
    await online(first, 11);
    assertEquals(first.history.log.query().total > 0, true);
    await first.archive.save(true);
    const second = await Run.start(caches, clock, "second");
    await online(second, 11);
    clock.set(-jumpMs);
    await online(second, 11);
    await second.archive.save(true);
    const third = await Run.start(caches, clock, "third");
    const { observedSeconds, ratio } = third.history.uptime("example.com/1", DAY_MS);
    assertEquals([observedSeconds, ratio], [2 * 600, 1], `${jumpMs}`);
    const events = (run: Run) => run.history.log.query().events.map(({ message }) => message);
    assertEquals(events(third).length, events(first).length + 1, "each start notes the first list");
  }
});
