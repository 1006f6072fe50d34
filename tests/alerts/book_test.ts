import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { AlertBook, type BookEntry, MAX_ALERTS, type Transition } from "../../src/alerts/book.ts";
import { makeCondition, NOON_MS } from "./_condition.ts";

const MINUTE_MS = 60_000;
const OFFLINE = makeCondition();

/** What an update did, in a word or two each. */
function told(transitions: readonly Transition[]): readonly string[] {
  return transitions.map(({ entry, to }) => `${to} ${entry.id}`);
}

/** A book, and a function that updates it some minutes after noon. */
function makeBook(): { book: AlertBook; at(minute: number, isThere: boolean): readonly string[] } {
  const book = new AlertBook();
  return {
    book,
    at: (minute, isThere) =>
      told(book.update("x", isThere ? [OFFLINE] : [], NOON_MS + minute * MINUTE_MS)),
  };
}

Deno.test("AlertBook.update() fires after a time, once, and resolves after a time, once", () => {
  const { at, book } = makeBook();
  assertEquals(at(0, true), []);
  assertEquals([...book.entries()].map(({ state }) => state), ["pending"]);
  assertEquals(at(1, true), []);
  assertEquals(at(2, true), ["firing node_offline example.com/1"]);
  assertEquals(at(3, true), []);
  assertEquals(at(4, false), []);
  assertEquals(at(5, false), ["resolved node_offline example.com/1"]);
  assertEquals(at(6, false), []);
  const [entry] = book.entries();
  assertEquals(
    [entry?.state, entry?.sinceMs, entry?.firedMs, entry?.resolvedMs],
    ["resolved", NOON_MS, NOON_MS + 2 * MINUTE_MS, NOON_MS + 5 * MINUTE_MS],
  );
});

Deno.test("AlertBook.update() neither fires nor resolves what flaps", () => {
  const { at } = makeBook();
  for (let minute = 0; minute < 20; minute++) assertEquals(at(minute, minute % 2 === 0), []);
  at(20, true);
  assertEquals(at(22, true), ["firing node_offline example.com/1"]);
  for (let half = 46; half < 80; half++) assertEquals(at(half / 2, half % 2 === 0), []);
});

Deno.test("AlertBook.update() judges each scope by itself", () => {
  const book = new AlertBook({ offlineMs: 0 });
  assertEquals(told(book.update("a", [OFFLINE], NOON_MS)), ["firing node_offline example.com/1"]);
  assertEquals(told(book.update("b", [], NOON_MS + 60 * MINUTE_MS)), []);
  assertEquals([...book.entries()].map(({ state }) => state), ["firing"]);
});

Deno.test("AlertBook.update() takes a clock that goes back as no time passed", () => {
  const { at } = makeBook();
  assertEquals([at(0, true), at(-60, true), at(-59, true)], [[], [], []]);
  assertEquals(at(-58, true), ["firing node_offline example.com/1"]);
});

Deno.test("AlertBook.update() renews what an open alert says of its node, and tells nothing of it", () => {
  const book = new AlertBook({ offlineMs: 0 });
  book.update("x", [OFFLINE], NOON_MS);
  const { version } = book;
  const labels = { ...OFFLINE.labels, node_type: "production" };
  assertEquals(told(book.update("x", [{ ...OFFLINE, labels }], NOON_MS + 1)), []);
  const [entry] = book.entries();
  assertEquals([entry?.labels, entry?.firedMs, book.version > version], [labels, NOON_MS, true]);
  const renewed = book.version;
  book.update("x", [{ ...OFFLINE, labels: { ...labels } }], NOON_MS + 2);
  assertEquals(book.version, renewed, "the same labels are no change");
});

Deno.test("AlertBook keeps a bounded number of alerts, and says how many found no room", () => {
  const book = new AlertBook({ offlineMs: 0 });
  const many = Array.from({ length: MAX_ALERTS + 7 }, (_, at) => makeCondition({ key: `${at}` }));
  assertEquals(book.update("x", many, NOON_MS).length, MAX_ALERTS);
  assertEquals([[...book.entries()].length, book.leftOutCount], [MAX_ALERTS, 7]);
  const stale = makeCondition({ rule: "collection_stale", key: "example.com", node: undefined });
  assertEquals(told(book.update("y", [stale], NOON_MS)), ["firing collection_stale example.com"]);
  const later = new AlertBook({ offlineMs: 0 });
  later.restore(book.entries());
  assertEquals(told(later.update("y", [stale], NOON_MS)), []);
  book.update("y", [], NOON_MS);
  book.update("x", [], NOON_MS);
  assertEquals(book.update("x", [], NOON_MS + MINUTE_MS).length, MAX_ALERTS);
  assertEquals([[...book.entries()].length, book.leftOutCount], [500, 0]);
  book.update("x", [], NOON_MS + 2 * 24 * 60 * MINUTE_MS);
  assertEquals([...book.entries()].length, 0);
});

Deno.test("AlertBook neither repeats nor forgets an alert over any restart", () => {
  const step = fc.record({
    passedMs: fc.nat(3 * MINUTE_MS),
    offline: fc.subarray(["a", "b", "c"]),
    isRestart: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const whole = new AlertBook();
    let parts = new AlertBook();
    let nowMs = NOON_MS;
    const firing = new Set<string>();
    for (const { isRestart, offline, passedMs } of steps) {
      nowMs += passedMs;
      if (isRestart) {
        const state: readonly BookEntry[] = JSON.parse(JSON.stringify([...parts.entries()]));
        parts = new AlertBook();
        parts.restore(state);
      }
      const conditions = offline.map((key) => makeCondition({ key }));
      const transitions = parts.update("x", conditions, nowMs);
      assertEquals(told(transitions), told(whole.update("x", conditions, nowMs)));
      for (const { entry, to } of transitions) {
        // Firing and resolved take turns.
        assertEquals(firing.has(entry.id), to === "resolved");
        if (to === "firing") firing.add(entry.id);
        else firing.delete(entry.id);
      }
    }
  }));
});
