import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EventFeed, type EventFeedOptions } from "../../src/api/event_feed.ts";
import { EventLog } from "../../src/history/mod.ts";
import { makeDraft, NOON_MS } from "../history/_event.ts";
import { makeMonitor } from "./_fake_source.ts";

/** A process with a log of a few events. */
function setUp(maxEvents = 100, epoch = "e1") {
  const log = new EventLog({ maxEvents, maxAgeMs: 1_000, now: () => NOON_MS });
  const state = { isLoaded: true, nowMs: 0, revisions: { alerts: 0, devices: 0, hosts: 0 } };
  const { history } = makeMonitor([]);
  const monitor: EventFeedOptions["monitor"] = {
    history: Object.assign(Object.create(history), { log }),
    get isLoaded() {
      return state.isLoaded;
    },
    revisions: () => state.revisions,
  };
  const open = (lastEventId: string | null = null, query: EventFeedOptions["query"] = {}) =>
    new EventFeed({ monitor, epoch, lastEventId, query, retryMs: 3_000, now: () => state.nowMs });
  return { log, open, state };
}

/** Messages of a text as `event id data`, with the number of an event in place of its data. */
function messagesOf(text: string | undefined): readonly string[] {
  assert(text === undefined || text.endsWith("\n\n"));
  return (text ?? "").split("\n\n").slice(0, -1).map((message) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(message)?.[1] ?? "";
    const data = JSON.parse(field("data") || "null");
    return `${field("event") || "event"} ${field("id")} ${data?.message ?? JSON.stringify(data)}`;
  });
}

Deno.test("EventFeed.next() begins now, then tells each event once", () => {
  const { log, open } = setUp();
  log.add(makeDraft({ message: "before" }));
  const feed = open();
  assertEquals(feed.next(), "retry: 3000\nevent: ready\nid: e1:1\ndata: {}\n\n");
  assertEquals(feed.next(), undefined);
  log.add(makeDraft({ message: "one\ntwo", node: { key: "example.com/7", name: "web" } }));
  assertEquals(
    feed.next(),
    'id: e1:2\ndata: {"id":2,"time":"2026-02-01T00:00:00Z","type":"node_offline",' +
      '"severity":"warning","node":{"id":"7","name":"web"},"message":"one\\ntwo","simulated":false}\n\n',
  );
  assertEquals(feed.next(), undefined);
});

Deno.test("EventFeed.next() goes on after the last event that was received", () => {
  const { log, open } = setUp();
  for (const message of ["a", "b", "c"]) log.add(makeDraft({ message }));
  const feed = open("e1:1");
  assertEquals(messagesOf(feed.next()), ["ready e1:1 {}"]);
  assertEquals(messagesOf(feed.next()), ["event e1:2 b", "event e1:3 c"]);
});

Deno.test("EventFeed.next() says that events are missing", () => {
  const { log, open } = setUp(2);
  const slow = open("e1:0");
  slow.next();
  for (const message of ["a", "b", "c", "d"]) log.add(makeDraft({ message }));
  const rest = ["gap e1:2 {}", "event e1:3 c", "event e1:4 d"];
  assertEquals(messagesOf(slow.next()), rest);
  const late = open("e1:1");
  assertEquals(messagesOf(late.next()), ["ready e1:1 {}"]);
  assertEquals(messagesOf(late.next()), rest);
  // Of another process, of the future, and no ids at all.
  for (const id of ["e2:3", "e1:5", "e1:", "", "e1:x", "3"]) {
    assertEquals(messagesOf(open(id).next()), ["ready e1:4 {}", "gap e1:4 {}"], id);
  }
});

Deno.test("EventFeed.next() waits until the past has been read", () => {
  const { log, open, state } = setUp();
  state.isLoaded = false;
  const feed = open();
  assertEquals(feed.next(), undefined);
  log.restore([{ ...makeDraft(), id: 41 }]);
  state.isLoaded = true;
  assertEquals(messagesOf(feed.next()), ["ready e1:41 {}"]);
});

Deno.test("EventFeed.next() filters events, and gets past thousands that do not pass", () => {
  const { log, open } = setUp(5_000);
  const feed = open(null, { types: ["alert"] });
  feed.next();
  for (let at = 0; at < 2_500; at++) log.add(makeDraft());
  log.add(makeDraft({ type: "alert", message: "last" }));
  assertEquals([feed.next(), feed.next()], [":\n\n", ":\n\n"]);
  assertEquals(messagesOf(feed.next()), ["event e1:2501 last"]);
});

Deno.test("EventFeed.next() sends many events in pieces", () => {
  const { log, open } = setUp(5_000);
  const feed = open();
  feed.next();
  for (let at = 0; at < 3_000; at++) log.add(makeDraft({ message: "x".repeat(200) }));
  let count = 0;
  for (let text = feed.next(); text !== undefined; text = feed.next()) {
    assert(text.length < 40_000, `${text.length}`);
    count += messagesOf(text).length;
  }
  assertEquals(count, 3_000);
});

Deno.test("EventFeed.next() tells what has changed, of one topic at most every five seconds", () => {
  const { open, state } = setUp();
  state.revisions = { alerts: 7, devices: 3, hosts: 0 };
  const feed = open();
  feed.next();
  assertEquals(feed.next(), undefined, "the reader asks for all of it when it is ready");
  state.revisions = { alerts: 8, devices: 4, hosts: 0 };
  assertEquals(feed.next(), 'event: changed\ndata: ["alerts","devices"]\n\n');
  state.revisions = { alerts: 9, devices: 4, hosts: 1 };
  assertEquals(feed.next(), 'event: changed\ndata: ["hosts"]\n\n');
  state.nowMs = 4_999;
  assertEquals(feed.next(), undefined);
  state.nowMs = 5_000;
  assertEquals(feed.next(), 'event: changed\ndata: ["alerts"]\n\n', "the last state is told");
  assertEquals(feed.next(), undefined);
});

/** What happens to a process and its one reader. */
const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.record({ note: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.constant("read" as const) },
  { weight: 2, arbitrary: fc.constant("lose" as const) },
  { weight: 1, arbitrary: fc.constant("reconnect" as const) },
  { weight: 1, arbitrary: fc.constant("restart" as const) },
);

Deno.test("EventFeed gives each event once and in order, or says that some are missing", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
      let total = 0;
      let process = setUp(5);
      let epoch = 1;
      let feed = process.open();
      let lastEventId: string | null = null;
      let seen: number | undefined;
      let mayMiss = false;
      const receive = (text: string | undefined) => {
        for (const message of messagesOf(text)) {
          const [event, id = "", data = ""] = message.split(" ");
          lastEventId = id;
          if (event === "gap") mayMiss = true;
          else if (event === "ready") seen ??= total;
          else {
            const number = Number(data);
            const before = seen ?? -1;
            assert(mayMiss ? number > before : number === before + 1, `${before}, then ${number}`);
            [seen, mayMiss] = [number, false];
          }
        }
      };
      const drain = () => {
        for (let text = feed.next(); text !== undefined; text = feed.next()) receive(text);
      };
      for (const step of steps) {
        if (step === "read") receive(feed.next());
        else if (step === "restart") {
          // Ids go on, or begin again, and may be those of other events.
          process = setUp(5, `e${++epoch}`);
          if (total % 2 === 0) process.log.restore([{ ...makeDraft(), id: total }]);
          feed = process.open(lastEventId);
        } else if (step === "reconnect" || step === "lose") {
          // What was sent, and has not arrived.
          if (step === "lose") feed.next();
          feed = process.open(lastEventId);
        } else {for (let n = 0; n < step.note; n++) {
            process.log.add(makeDraft({ message: `${++total}` }));
          }}
      }
      drain();
      assert(seen === total || mayMiss, `${seen} of ${total}`);
    }),
    { numRuns: 500 },
  );
});
