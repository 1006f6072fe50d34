import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { EventQuery, NodeEvent } from "../../src/history/event.ts";
import { EventLog } from "../../src/history/event_log.ts";
import { makeDraft, NOON_MS } from "./_event.ts";

function makeLog(maxEvents = 100, clock = { ms: NOON_MS }): EventLog {
  return new EventLog({ maxEvents, maxAgeMs: 1_000, now: () => clock.ms });
}

function idsOf(events: readonly NodeEvent[]): readonly number[] {
  return events.map(({ id }) => id);
}

Deno.test("EventLog.query() gives the newest first, and pages by cursor", () => {
  const log = makeLog();
  for (let at = 0; at < 5; at++) log.add(makeDraft());
  const first = log.query({ limit: 2 });
  assertEquals([idsOf(first.events), first.total, first.next], [[5, 4], 5, 4]);
  log.add(makeDraft());
  const second = log.query({ limit: 2, before: first.next });
  assertEquals([idsOf(second.events), second.total, second.next], [[3, 2], 3, 2]);
  const last = log.query({ limit: 2, before: second.next });
  assertEquals([idsOf(last.events), last.total, last.next], [[1], 1, undefined]);
});

Deno.test("EventLog.query() filters", () => {
  const log = makeLog();
  log.add(makeDraft({ severity: "ok", type: "node_online", message: "web-1 is online" }));
  log.add(makeDraft({ node: { key: "example.com/2", name: "DB-2" }, message: "db-2 is offline" }));
  log.add(makeDraft({ type: "alert", severity: "critical", node: undefined, message: "50%" }));
  log.add(makeDraft({ atMs: NOON_MS + 7 }));
  const cases: readonly (readonly [EventQuery, readonly number[]])[] = [
    [{}, [4, 3, 2, 1]],
    [{ types: ["alert", "node_online"] }, [3, 1]],
    [{ severities: ["critical"] }, [3]],
    [{ severities: [] }, []],
    [{ node: "example.com/2" }, [2]],
    [{ text: "IS OFF" }, [4, 2]],
    [{ text: "db-" }, [2]],
    [{ sinceMs: NOON_MS + 1 }, [4]],
    [{ untilMs: NOON_MS + 7 }, [3, 2, 1]],
    [{ after: 2 }, [4, 3]],
    [{ after: 1, before: 3 }, [2]],
    [{ after: 99 }, []],
    [{ offset: 1, limit: 2 }, [3, 2]],
    [{ offset: 9 }, []],
  ];
  for (const [query, ids] of cases) {
    assertEquals(idsOf(log.query(query).events), ids, JSON.stringify(query));
  }
});

Deno.test("EventLog keeps no more than it may, and none that is too old", () => {
  const clock = { ms: NOON_MS };
  const log = makeLog(3, clock);
  for (let at = 0; at < 5; at++) log.add(makeDraft({ atMs: NOON_MS + at }));
  assertEquals([idsOf(log.query().events), log.size], [[5, 4, 3], 3]);
  clock.ms = NOON_MS + 1_003;
  assertEquals([idsOf(log.query().events), log.size], [[5, 4], 2]);
  clock.ms = NOON_MS + 9_000;
  assertEquals([log.size, log.lastId], [0, 5]);
});

Deno.test("EventLog.subscribe() tells each new event until it is ended", () => {
  const log = makeLog();
  const told: number[] = [];
  log.restore([{ ...makeDraft(), id: 7 }]);
  const end = log.subscribe(({ id }) => told.push(id));
  log.add(makeDraft());
  end();
  log.add(makeDraft());
  assertEquals(told, [8]);
});

Deno.test("EventLog.restore() takes what rises, and ids go on behind it", () => {
  const log = makeLog();
  const old = [3, 4, 4, 2, 9].map((id) => ({ ...makeDraft(), id }));
  log.restore(old);
  log.add(makeDraft());
  assertEquals(idsOf(log.query().events), [10, 9, 4, 3]);
  assertEquals([...log.since(4)].map(({ id }) => id), [9, 10]);
});

/** What happens between two pages. */
const STEP = fc.oneof(
  { weight: 3, arbitrary: fc.record({ addedOfEither: fc.array(fc.boolean(), { maxLength: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ passedMs: fc.nat(400) }) },
  { weight: 4, arbitrary: fc.record({ limit: fc.integer({ min: 1, max: 7 }) }) },
);

for (const [what, severities] of [["all", undefined], ["one", ["warning"]]] as const) {
  Deno.test(`EventLog.query() never loses or repeats an event of ${what} while others come and go`, () => {
    fc.assert(fc.property(fc.nat(25), fc.array(STEP, { maxLength: 60 }), (count, steps) => {
      const clock = { ms: NOON_MS };
      const log = makeLog(30, clock);
      const isWanted = ({ severity }: NodeEvent) => severities === undefined || severity !== "ok";
      const add = (isOk: boolean) =>
        log.add(makeDraft({ atMs: clock.ms, severity: isOk ? "ok" : "warning" }));
      for (let at = 0; at < count; at++) add(at % 3 === 0);
      // All that may be seen from the first page on, and what of it the next page must begin with.
      const wanted = [...log.since(0)].filter(isWanted).map(({ id }) => id).reverse();
      const seen: number[] = [];
      let before: number | undefined = log.lastId + 1;
      const read = (limit: number) => {
        const kept = new Set([...log.since(0)].map(({ id }) => id));
        const left = wanted.filter((id) => kept.has(id) && !seen.includes(id));
        const page = log.query({ before, limit, severities });
        assertEquals(idsOf(page.events), left.slice(0, limit));
        assertEquals([page.total, page.next === undefined], [left.length, left.length <= limit]);
        seen.push(...idsOf(page.events));
        before = page.next;
      };
      for (const step of steps) {
        if ("addedOfEither" in step) step.addedOfEither.forEach(add);
        else if ("passedMs" in step) clock.ms += step.passedMs;
        else if (before !== undefined) read(step.limit);
      }
      while (before !== undefined) read(5);
      assertEquals(seen, wanted.filter((id) => seen.includes(id)));
    }));
  });
}

Deno.test("EventLog.droppedId is that of the newest event that number or age pushed out", () => {
  const clock = { ms: NOON_MS };
  const log = makeLog(2, clock);
  log.restore([{ ...makeDraft(), id: 7 }]);
  assertEquals(log.droppedId, 0);
  log.add(makeDraft());
  log.add(makeDraft({ atMs: NOON_MS + 500 }));
  assertEquals(log.droppedId, 7);
  clock.ms += 1_001;
  assertEquals([log.droppedId, log.size], [8, 1]);
  clock.ms += 1_001;
  assertEquals([log.droppedId, log.lastId, log.size], [9, 9, 0]);
});

Deno.test("EventLog.queryInSlices() gives others a turn, and finds what was there at its begin", async () => {
  const log = makeLog(5_000);
  const add = (count: number) => {
    for (let at = 0; at < count; at++) log.add(makeDraft({ message: `Event ${at % 10}` }));
  };
  add(5_000);
  let turns = 0;
  let elapsedMs = 0;
  // deno-lint-ignore require-await
  const pause = async () => {
    if (++turns === 1) add(3_000);
  };
  const page = await log.queryInSlices({ text: "event 3" }, {
    elapsed: () => elapsedMs += 4,
    pause,
  });
  assertEquals([turns > 1, page.total, page.events[0]?.id], [true, 500, 4_994]);
  assertEquals(log.query({ text: "event 3" }).events[0]?.id, 7_994);
});
