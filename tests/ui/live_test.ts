import { assertEquals } from "@std/assert";
import { Live, topicsOf } from "../../src/ui/live.ts";
import { FakeClock, nextTurn } from "../_support/fake_clock.ts";

const READY = "retry: 2000\nevent: ready\nid: e:1\ndata: {}\n\n";

/** A stream that the test writes. */
class Source {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether the page has closed it. */
  isClosed = false;

  constructor() {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.isClosed = true),
    });
    this.response = new Response(stream, { headers: { "content-type": "text/event-stream" } });
  }

  async send(text: string): Promise<void> {
    this.#controller?.enqueue(new TextEncoder().encode(text));
    await rest();
  }

  async end(): Promise<void> {
    this.#controller?.close();
    await rest();
  }
}

async function rest(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

/** A page whose requests get these answers, one after the other. */
async function setUp(answers: readonly (Source | Response | Error)[]) {
  const clock = new FakeClock(1_000, rest);
  const sent: Headers[] = [];
  const told: (string | undefined)[] = [];
  const states: string[] = [];
  const stop = new AbortController();
  const live = new Live({
    fetch(path, { headers }) {
      assertEquals(path, "api/v1/events/stream");
      const answer = answers[sent.length] ?? new Error("no further answer");
      sent.push(new Headers(headers));
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer instanceof Source ? answer.response : answer);
    },
    delay: clock.delay,
    now: clock.now,
    random: () => 0,
  });
  live.subscribe((topic) => told.push(topic));
  live.onState(() => states.push(live.state));
  const ended = live.run(stop.signal);
  await rest();
  return {
    clock,
    sent,
    told,
    states,
    live,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

Deno.test("Live tells what has changed", async () => {
  const source = new Source();
  await using page = await setUp([source]);
  assertEquals(page.live.state, "reconnecting");
  await source.send(READY);
  assertEquals([page.live.state, page.told], ["live", []]);
  await source.send('event: changed\ndata: ["alerts","devices"]\n\n');
  await source.send("id: e:2\ndata: {}\n\n");
  await source.send("event: gap\nid: e:9\ndata: {}\n\n:\n\nevent: changed\ndata: x\n\n");
  assertEquals(page.told, ["alerts", "devices", "events", undefined]);
});

Deno.test("Live goes on after the last event when a stream ends, and has all asked anew", async () => {
  const [first, second] = [new Source(), new Source()];
  await using page = await setUp([first, second]);
  await first.send(READY);
  await first.send("id: e:7\ndata: {}\n\n");
  await first.end();
  assertEquals([page.live.state, page.sent.length], ["reconnecting", 1]);
  await page.clock.advance(2_000);
  assertEquals(page.sent.map((headers) => headers.get("last-event-id")), [null, "e:7"]);
  await second.send(READY);
  assertEquals([page.live.state, page.live.sinceMs, page.told], ["live", 3_000, [
    "events",
    undefined,
  ]]);
});

Deno.test("Live gives up a stream that is silent for 45 s", async () => {
  const [silent, next] = [new Source(), new Source()];
  await using page = await setUp([silent, next]);
  await silent.send(READY);
  await page.clock.advance(40_000);
  await silent.send(":\n\n");
  await page.clock.advance(44_000);
  assertEquals([silent.isClosed, page.live.state], [false, "live"]);
  await page.clock.advance(1_000);
  assertEquals([silent.isClosed, page.live.state], [true, "reconnecting"]);
  await page.clock.advance(2_000);
  assertEquals(page.sent.length, 2);
});

Deno.test("Live leaves it to the views to ask where a proxy keeps the stream back", async () => {
  const source = new Source();
  await using page = await setUp([source]);
  await page.clock.advance(45_000);
  assertEquals([source.isClosed, page.live.state], [true, "polling"]);
  await page.clock.advance(60_000);
  assertEquals(page.sent.length, 2);
});

Deno.test("Live waits longer and longer while there is no answer", async () => {
  const gone = new TypeError("network");
  await using page = await setUp([gone, gone, gone, gone, gone, gone, gone]);
  const waits: number[] = [];
  for (let at = 0; at < 7; at++) {
    waits.push(page.clock.nextMs ?? 0);
    await page.clock.advance(page.clock.nextMs ?? 0);
  }
  assertEquals(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assertEquals(page.states, []);
});

Deno.test("Live comes back when it is told to, and seldom where there is no stream", async () => {
  const cases: readonly (readonly [Response, number])[] = [
    [new Response("", { status: 503, headers: { "retry-after": "40" } }), 40_000],
    [new Response("", { status: 429, headers: { "retry-after": "1" } }), 5_000],
    [new Response("", { status: 429, headers: { "retry-after": "99999" } }), 300_000],
    [new Response("", { status: 404 }), 60_000],
    [new Response("", { status: 505 }), 60_000],
    [new Response("<html>", { headers: { "content-type": "text/html" } }), 60_000],
  ];
  for (const [answer, waitMs] of cases) {
    await using page = await setUp([answer]);
    assertEquals([page.live.state, page.clock.nextMs], ["polling", waitMs], `${answer.status}`);
  }
  await using starting = await setUp([new Response("", { status: 502 })]);
  assertEquals([starting.live.state, starting.clock.nextMs], ["reconnecting", 500]);
});

Deno.test("Live ends when the login is refused, and has the views ask, of which one shows it", async () => {
  const source = new Source();
  await using page = await setUp([source, new Response("", { status: 401 })]);
  await source.send(READY);
  await source.end();
  await page.clock.advance(2_000);
  assertEquals([page.live.state, page.told, page.clock.waiting], ["polling", [undefined], 0]);
});

Deno.test("Live closes the stream while the page is hidden, and catches up", async () => {
  const [first, second] = [new Source(), new Source()];
  await using page = await setUp([first, second]);
  await first.send(READY);
  page.live.setHidden(true);
  await rest();
  assertEquals([first.isClosed, page.live.state, page.clock.waiting], [true, "paused", 1]);
  await page.clock.advance(3_600_000);
  assertEquals(page.sent.length, 1);
  page.live.setHidden(false);
  page.live.setHidden(false);
  await rest();
  assertEquals(page.sent[1]?.get("last-event-id"), "e:1");
  await second.send(READY);
  assertEquals([page.live.state, page.told], ["live", [undefined]]);
});

Deno.test("topicsOf() names what an answer shows", () => {
  const cases = {
    "api/v1/summary": ["alerts", "devices", "hosts"],
    "api/v1/devices?limit=1000": ["devices"],
    "api/v1/devices/12": ["alerts", "devices", "events", "hosts"],
    "api/v1/events?limit=50": ["events"],
    "api/v1/alerts": ["alerts"],
    "api/v1/hosts?limit=500": ["hosts"],
    "api/v1/exporter": [],
    "analytics/devices": [],
  };
  for (const [path, topics] of Object.entries(cases)) assertEquals(topicsOf(path), topics);
});
