import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createEventStream, type EventStreamOptions } from "../../src/http/event_stream.ts";
import { serve } from "../../src/http/server/server.ts";
import { Secret } from "../../src/secret/secret.ts";
import { makeMonitor } from "../api/_fake_source.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { until } from "../_support/until.ts";
import { makeDraft } from "../history/_event.ts";
import { fakeViews, get } from "./_fake_views.ts";
import { makeHandler, REMOTE, statusOf } from "./_handler.ts";

const PATH = "/api/v1/events/stream";

function setUp(options: Partial<EventStreamOptions> = {}) {
  const clock = new FakeClock();
  const monitor = makeMonitor([]);
  const views = fakeViews();
  const facts = { ...views.facts, monitor: () => monitor };
  const answer = createEventStream({
    views: { facts },
    epoch: "e1",
    now: clock.now,
    delay: clock.delay,
    random: () => 0.5,
    slices: { pause: () => Promise.resolve() },
    ...options,
  });
  const open = async (headers: Record<string, string> = {}, hostname = "192.0.2.1") =>
    await answer(get(PATH, headers), { hostname });
  return { answer, clock, facts, monitor, open, views };
}

/** A reader, and the text that it has received so far. */
function readerOf(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert(reader !== undefined);
  const state = { text: "", end: "" };
  const run = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      state.text += value;
    }
    state.end = "ended";
  };
  run().catch((error) => void (state.end = error.message));
  return { state, cancel: () => reader.cancel() };
}

Deno.test("createEventStream() sends events within a second, and a comment where there are none", async () => {
  const { clock, monitor, open } = setUp();
  const response = await open();
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  assertEquals(response.headers.get("x-accel-buffering"), "no");
  const { state } = readerOf(response);
  await settle();
  assertEquals(state.text, "retry: 3500\nevent: ready\nid: e1:0\ndata: {}\n\n");
  monitor.history.log.add(makeDraft({ message: "web-1 is offline" }));
  await clock.advance(1_000);
  assertStringIncludes(state.text, '"message":"web-1 is offline"');
  const { length } = state.text;
  await clock.advance(45_000);
  assertEquals(state.text.slice(length), ":\n\n".repeat(3));
});

Deno.test("createEventStream() counts streams, and looks for nothing without them", async () => {
  const { clock, monitor, open } = setUp();
  const readers = [readerOf(await open()), readerOf(await open())];
  assertEquals([monitor.streams.open, clock.waiting], [2, 1]);
  for (const reader of readers) await reader.cancel();
  await settle();
  assertEquals([monitor.streams.open, clock.waiting], [0, 0]);
});

Deno.test("createEventStream() bounds the streams of an address, and all", async () => {
  const { monitor, open } = setUp({ max: 4, maxEach: 2 });
  for (const hostname of ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"]) {
    assertEquals((await open({}, hostname)).status, 200);
  }
  for (const hostname of ["192.0.2.1", "192.0.2.3"]) {
    const refused = await open({}, hostname);
    assertEquals([refused.status, refused.headers.get("retry-after")], [503, "30"]);
  }
  assertEquals(monitor.streams, { open: 4, refused: 2 });
});

Deno.test("createEventStream() sends to many readers in slices, and looks again after the last", async () => {
  let elapsedMs = 0;
  const pauses: (() => void)[] = [];
  const { clock, monitor, open } = setUp({
    slices: {
      // Each slice is over when the next work begins.
      elapsed: () => elapsedMs += 100,
      pause: () => new Promise((resolve) => void pauses.push(resolve)),
    },
  });
  const readers = [readerOf(await open()), readerOf(await open()), readerOf(await open())];
  const served = (text: string) => readers.filter(({ state }) => state.text.includes(text)).length;
  const turn = async () => {
    pauses.shift()?.();
    await settle();
  };
  await settle();
  // What a reader asks for by itself waits its turn, too.
  for (let count = 0; count <= 3; count++, await turn()) {
    assertEquals([served("event: ready"), pauses.length], [count, 1]);
  }
  for (let count = 0; count < 20 && pauses.length > 0; count++) await turn();
  monitor.history.log.add(makeDraft({ message: "web-1 is offline" }));
  await clock.advance(1_000);
  // Each reader waits for more as soon as it was served, which takes turns of its own.
  for (let count = 0; count < 3; count++, await turn()) {
    assertEquals([served("web-1 is offline"), pauses.length, clock.waiting], [count, 1, 0]);
    await clock.advance(5_000);
  }
  assertEquals([served("web-1 is offline"), clock.waiting], [3, 1]);
});

Deno.test("createEventStream() cuts off a reader that takes nothing for 30 s", async () => {
  const { clock, monitor, open } = setUp();
  const response = await open();
  const reader = response.body?.getReader();
  await reader?.read();
  for (let at = 0; at < 10_000; at++) monitor.history.log.add(makeDraft());
  await clock.advance(29_000);
  assertEquals(monitor.streams.open, 1);
  await clock.advance(2_000);
  assertEquals(monitor.streams.open, 0);
  const text = await reader?.read().catch(({ message }) => message);
  assertEquals(text, "Cannot send events: the reader took nothing for 30 s");
});

Deno.test("createEventStream() ends with the session, by its logout or its time", async () => {
  for (const ending of ["logout", "expiry"]) {
    const clock = new FakeClock();
    const [logouts, expiresMs] = [new Set<() => void>(), clock.now() + 5_000];
    const { monitor, open } = setUp({
      now: clock.now,
      delay: clock.delay,
      sessions: {
        watch({ headers }, onLogout) {
          if (!headers.has("cookie")) return undefined;
          logouts.add(onLogout);
          return { expiresMs, unwatch: () => void logouts.delete(onLogout) };
        },
      },
    });
    const browser = readerOf(await open({ cookie: "tsmetrics_session=1" }));
    const script = readerOf(await open());
    await clock.advance(4_000);
    assertEquals([browser.state.end, logouts.size], ["", 1]);
    if (ending === "logout") { for (const onLogout of [...logouts]) onLogout(); }
    else await clock.advance(1_000);
    await settle();
    assertEquals([browser.state.end, script.state.end, logouts.size], ["ended", "", 0], ending);
    assertEquals(monitor.streams.open, 1);
    await script.cancel();
  }
});

Deno.test("createEventStream() ends when the server shuts down", async () => {
  const { answer, monitor } = setUp();
  const [closing, stop] = [new AbortController(), new AbortController()];
  const ask = async () =>
    await answer(get(PATH), { hostname: "a", closing: closing.signal, stop: stop.signal });
  const polite = readerOf(await ask());
  await settle();
  const silent = await ask();
  closing.abort();
  await settle();
  assertEquals([polite.state.end, monitor.streams.open], ["ended", 0]);
  const { state } = readerOf(silent);
  await settle();
  assertEquals(state.end, "Cannot end a stream: its reader is too slow");
  assertEquals((await ask()).status, 503);
});

Deno.test("createEventStream() refuses what it cannot serve", async () => {
  const { answer, facts } = setUp();
  const fault = await answer(get(`${PATH}?type=nope`), REMOTE);
  assertEquals([fault.status, (await fault.json()).parameter], [400, "type"]);
  const old = await answer(get(PATH), { ...REMOTE, isOld: true });
  assertEquals(old.status, 505);
  const head = await answer(get(PATH, {}, "HEAD"), REMOTE);
  assertEquals([head.status, head.body], [200, null]);
  const off = createEventStream({ views: { facts: { ...facts, monitor: () => undefined } } });
  assertEquals((await off(get(PATH), REMOTE)).status, 404);
});

Deno.test("createHandler() guards the stream, and does not count it as unread", async () => {
  const { facts, views, clock } = setUp();
  const handle = makeHandler({
    views: { ...views, facts },
    metricsToken: new Secret("canary-token"),
    routePrefix: "/ts",
    now: clock.now,
    delay: clock.delay,
    maxUnread: 1,
  });
  const remote = { ...REMOTE, completed: () => new Promise<void>(() => {}) };
  assertEquals(await statusOf(handle(get(PATH), remote)), 401);
  const headers = { authorization: "Bearer canary-token" };
  const streams = [];
  for (let at = 0; at < 16; at++) streams.push(await handle(get(`/ts${PATH}`, headers), remote));
  assertEquals(new Set(streams.map(({ status }) => status)), new Set([200]));
  assertEquals(await statusOf(handle(get("/metrics", headers), remote)), 200);
  assertEquals(await statusOf(handle(get(PATH, headers), remote)), 503);
  for (const { body } of streams) await body?.cancel();
});

Deno.test("serve() ends a stream at once when it shuts down, and notices a client that goes", async () => {
  const { facts, monitor, views } = setUp();
  const handler = makeHandler({ views: { ...views, facts } });
  const server = serve({ handler, hostname: "127.0.0.1", port: 0 });
  const { port } = server.address;
  const ask = async (version: string) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const text = `GET ${PATH} HTTP/${version}\r\nHost: localhost\r\n\r\n`;
    await connection.write(new TextEncoder().encode(text));
    return connection;
  };
  const old = await ask("1.0");
  assertStringIncludes(await new Response(old.readable).text(), "HTTP/1.1 505 ");
  const goes = await ask("1.1");
  const stays = await ask("1.1");
  const first = new Uint8Array(4096);
  let head = "";
  while (!head.includes("event: ready")) {
    const length = await goes.read(first);
    assert(length !== null, `The stream ended after ${JSON.stringify(head)}`);
    head += new TextDecoder().decode(first.subarray(0, length));
  }
  assertStringIncludes(head, "\r\nconnection: close\r\n");
  await until("both streams", () => monitor.streams.open === 2);
  goes.close();
  await until("the end of one stream", () => monitor.streams.open === 1);
  // Its grace period is ten seconds by a clock that stands still.
  await server.shutdown();
  assertStringIncludes(await new Response(stays.readable).text(), "\r\n0\r\n\r\n");
  assertEquals(monitor.streams.open, 0);
});
