import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { LocalApiError } from "../../../src/tailscale/local/error.ts";
import type { Notice } from "../../../src/tailscale/local/notice.ts";
import { createWatch } from "../../../src/tailscale/local/watch.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { type Answer, fakeTransport, never, stalling } from "./_fake_transport.ts";

const FIRST = fixtureText("localapi/watch-ipn-bus-130.ndjson");

function rig(answer: Answer, kind: "socket" | "bridge" = "socket") {
  const clock = new FakeClock();
  const transport = fakeTransport(answer, kind);
  const watch = createWatch({ transport, timeoutMs: 3_000, delay: clock.delay });
  return { watch, clock, transport };
}

/** Watches to the end, and tells how it was. */
async function all(notices: AsyncIterable<Notice>) {
  const found: Notice[] = [];
  try {
    for await (const notice of notices) found.push(notice);
  } catch (error) {
    return { found, error };
  }
  return { found, error: undefined };
}

Deno.test("watch() asks for state and health without network maps", async () => {
  const { watch, transport } = rig(() => new Response(FIRST));
  await all(watch());
  assertEquals(transport.sent, [{ endpoint: "watch-ipn-bus", query: { mask: "8322" } }]);
});

Deno.test("watch() gives what tells something, until the connection ends", async () => {
  const lines = [FIRST.trim(), '{"Engine":{}}', '{"State":4}', "x".repeat(2 << 20), '{"State":6}'];
  const { watch, clock } = rig(() => new Response(`${lines.join("\n")}\n`));
  const { found, error } = await all(watch());
  assertEquals(found.map(({ backendState }) => backendState), ["Running", "Stopped", "Running"]);
  assertEquals(found[0]?.warnings, []);
  assert(error instanceof LocalApiError);
  assertEquals(error.failure, "unreachable");
  assert(error.message.includes("it ended the connection"), error.message);
  await settle();
  assertEquals(clock.waiting, 0);
});

Deno.test("watch() may be silent for days, but not before it begins", async () => {
  const silent = rig((_request, signal) => new Response(stalling(FIRST, signal)));
  const notices = silent.watch();
  assertEquals((await notices.next()).value?.backendState, "Running");
  const next = notices.next();
  await silent.clock.advance(86_400_000);
  const order = await Promise.race([next.then(() => "told"), settle().then(() => "silent")]);
  assertEquals(order, "silent");
  const stopped = notices.return();

  const wedged = rig(never);
  const failed = assertRejects(() => wedged.watch().next(), LocalApiError);
  await wedged.clock.advance(3_000);
  assertEquals((await failed).failure, "timeout");
  void stopped;
  void next.catch(() => {});
});

Deno.test("watch() closes the connection when the caller leaves the loop", async () => {
  let given: AbortSignal | undefined;
  const { watch } = rig((_request, signal) => {
    given = signal;
    return new Response(stalling(FIRST, signal));
  });
  for await (const notice of watch()) {
    assertEquals(notice.backendState, "Running");
    break;
  }
  assertEquals(given?.aborted, true);
});

Deno.test("watch() throws the caller's reason, before, at and after the beginning", async () => {
  const reason = new Error("Enough");
  const stalled: Answer = (_request, signal) => new Response(stalling(FIRST, signal));
  for (const [answer, isEarly] of [[never, true], [never, false], [stalled, false]] as const) {
    const stop = new AbortController();
    if (isEarly) stop.abort(reason);
    const ended = all(rig(answer).watch({ signal: stop.signal }));
    await settle();
    stop.abort(reason);
    assertStrictEquals((await ended).error, reason);
  }
});

Deno.test("watch() explains what is no bus", async () => {
  const cases = [
    [rig(() => new Response("<html>\n")), "malformed"],
    [rig(() => new Response("no", { status: 403 })), "forbidden"],
    [rig(() => Promise.reject(new TypeError("connection refused"))), "unreachable"],
    [rig(() => new Response(null)), "unreachable"],
    [rig(never, "bridge"), "unsupported"],
  ] as const;
  for (const [{ watch }, failure] of cases) {
    const { error } = await all(watch());
    assert(error instanceof LocalApiError, String(error));
    assertEquals(error.failure, failure);
  }
});

Deno.test("watch() reads lines of a mebibyte and leaves longer ones out", async () => {
  const line = (bytes: number) => `{"State":6,"x":"${"y".repeat(bytes - 18)}"}`;
  for (const [bytes, count] of [[2 ** 20, 2], [2 ** 20 + 1, 1]] as const) {
    assertEquals(line(bytes).length, bytes);
    const { watch } = rig(() => new Response(`${line(bytes)}\n{"State":4}\n`));
    assertEquals((await all(watch())).found.length, count);
  }
});

Deno.test("watch() gives the event loop turns, by time and by bytes", async () => {
  const turns = async (body: string, msEach: number) => {
    let [nowMs, count] = [0, 0];
    const transport = fakeTransport(() => new Response(body));
    const watch = createWatch({
      transport,
      timeoutMs: 3_000,
      delay: new FakeClock().delay,
      elapsed: () => (nowMs += msEach) - msEach,
      pause: () => Promise.resolve(void count++),
    });
    const { found } = await all(watch());
    return [found.length, count];
  };
  // Each look at the clock, one a line and one a turn, seems to be 3 ms later.
  assertEquals(await turns('{"State":6}\n'.repeat(9), 3), [9, 3]);
  assertEquals(await turns("{}\n".repeat(9), 3), [0, 3]);
  // No line ends, and no time passes.
  assertEquals(await turns("x".repeat(3 << 20), 0), [0, 1]);
});
