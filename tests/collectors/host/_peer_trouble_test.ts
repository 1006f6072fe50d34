import { assertEquals, assertMatch } from "@std/assert";
import {
  reportFailure,
  reportLeftOut,
  reportStatus,
} from "../../../src/collectors/host/_peer_trouble.ts";
import { KeepaliveCollector } from "../../../src/collectors/host/keepalive_collector.ts";
import { NativeCollector } from "../../../src/collectors/host/native_collector.ts";
import { PeersCollector } from "../../../src/collectors/host/peers_collector.ts";
import { WatchdogCollector } from "../../../src/collectors/host/watchdog_collector.ts";
import { PageRelay } from "../../../src/collectors/_page_relay.ts";
import { createBridgeHandler } from "../../../src/http/bridge.ts";
import {
  createLocalApi,
  LocalApiError,
  type LocalEndpoint,
} from "../../../src/tailscale/local/mod.ts";
import { SharedCauses, TroubleLog } from "../../../src/log/trouble.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { makeEndlessSlice } from "../../_support/time_slice.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { type Answer, fakeTransport, never } from "../../tailscale/local/_fake_transport.ts";
import { KeptLog } from "../_golden.ts";
import { statusWith } from "./_local.ts";
import { makePoll } from "./_poll.ts";
import { FakeStore } from "./_watch_rig.ts";

/** The lines of three looks at a tailscaled that answers like this, at its socket or a forward. */
async function linesOf(answer: Answer, kind: "socket" | "forward" = "socket") {
  const log = new KeptLog();
  const trouble = new TroubleLog(log);
  const clock = new FakeClock();
  const local = createLocalApi({
    transport: fakeTransport(answer, kind),
    delay: clock.delay,
    maxStatusBytes: 1000,
  });
  for (let look = 0; look < 3; look++) {
    const failing = local.status().catch((error) => error);
    await clock.advance(10_000);
    assertEquals(reportFailure(trouble, await failing), true);
  }
  reportStatus(trouble, await statusWith([]));
  return log.lines;
}

function refuse(reason: string): Answer {
  return () => Promise.reject(new TypeError("error sending request", { cause: new Error(reason) }));
}

Deno.test("reportFailure() says once what failed and what to do", async () => {
  const again = "info tailscaled answers again";
  const cases: readonly (readonly [Answer, string])[] = [
    [
      refuse("Connection refused (os error 111)"),
      "no answer at /run/ts.sock: Connection refused (os error 111); " +
      "check that tailscaled runs and that LOCALAPI_SOCKET is its socket",
    ],
    [
      refuse("No such file or directory (os error 2)"),
      "no answer at /run/ts.sock: No such file or directory (os error 2); " +
      "check that tailscaled runs and that LOCALAPI_SOCKET is its socket",
    ],
    [
      refuse("Permission denied (os error 13)"),
      "no answer at /run/ts.sock: Permission denied (os error 13); " +
      "let the program's user open the socket, or give another way in LOCALAPI_URL",
    ],
    [
      refuse('Requires read access to "/run/ts.sock"'),
      'no answer at /run/ts.sock: Requires read access to "/run/ts.sock"; ' +
      "the sandbox forbids it: use tsmetrics-host with the socket at its usual path, or a forward in " +
      "LOCALAPI_URL",
    ],
    [
      never,
      "no whole answer from /run/ts.sock within 10 s; " +
      "tailscaled is stuck or very busy; see its log, restart it if that lasts",
    ],
  ];
  for (const [answer, reason] of cases) {
    assertEquals(await linesOf(answer), [
      `warning Cannot read the status of tailscaled: ${reason}`,
      again,
    ]);
  }
});

Deno.test("reportFailure() tells a wrong Host header from missing rights", async () => {
  const denied = (words: string) => () => new Response(words, { status: 403 });
  const place = "Cannot read the status of tailscaled: 127.0.0.1:41112 answered 403";
  assertEquals(
    (await linesOf(denied("invalid localapi request\n"), "forward"))[0],
    `warning ${place} "invalid localapi request"; what stands between must pass the Host header ` +
      "on as it is, and add no Origin or Referer",
  );
  assertEquals(
    (await linesOf(denied("access denied\n"), "forward"))[0],
    `warning ${place} "access denied"; every user may ask tailscaled this: check what stands ` +
      "between, and the user who runs the forward",
  );
});

Deno.test("reportFailure() makes one line of words that change with each look", async () => {
  let look = 0;
  const cases: readonly (readonly [Answer, string])[] = [
    [() => new Response(`fault ${look++}`, { status: 500 }), "status"],
    [() => new Response(`{"BackendState":"Running",${" ".repeat(look++)}x}`), "malformed"],
    [() => new Response("x".repeat(5000 + look++)), "too_large"],
  ];
  for (const [answer, failure] of cases) {
    assertEquals(
      (await linesOf(answer))[0],
      `warning Cannot use the status of tailscaled (${failure})`,
    );
  }
});

Deno.test("reportFailure() gives the reason without what the message says", () => {
  const log = new KeptLog();
  const message = "Cannot read the status of tailscaled: /run/ts.sock answered 500; see its log";
  reportFailure(new TroubleLog(log), new LocalApiError("status", message, { status: 500 }));
  assertEquals(log.properties[0]?.["reason"], "/run/ts.sock answered 500; see its log");
});

Deno.test("reportFailure() knows what is no failure of tailscaled", () => {
  const log = new KeptLog();
  assertEquals(reportFailure(new TroubleLog(log), new Error("bug")), false);
  assertEquals(log.lines, []);
});

Deno.test("reportStatus() says nothing of our own node's state", async () => {
  const log = new KeptLog();
  const status = await statusWith([], { BackendState: "NeedsLogin" });
  reportStatus(new TroubleLog(log), status, true);
  assertEquals(log.lines, []);
  reportStatus(new TroubleLog(log), status);
  assertEquals(log.lines.length, 1);
});

Deno.test("reportStatus() says once that tailscaled is in a state that we do not know", async () => {
  const log = new KeptLog();
  const trouble = new TroubleLog(log);
  const status = await statusWith([], { BackendState: "Dreaming" });
  reportStatus(trouble, status);
  reportStatus(trouble, status);
  assertEquals(log.lines, [
    "warning tailscaled is not up (unknown): tsmetrics does not know that state",
  ]);
});

Deno.test("reportLeftOut() says once that there are too many peers, however many", () => {
  const log = new KeptLog();
  const trouble = new TroubleLog(log);
  for (const count of [0, 5, 7, 6, 0, 0]) reportLeftOut(trouble, count, 100);
  assertEquals(log.lines, [
    "warning Left out peers of the status: 100 may be shown",
    "info All peers are shown again",
  ]);
});

/** All parts that ask one LocalAPI, and what two looks of each log, the words behind a line cut. */
function makeParts(first: Answer) {
  const log = new KeptLog();
  const clock = new FakeClock();
  let answer = first;
  const local = createLocalApi({
    transport: fakeTransport((request, signal) => answer(request, signal)),
    delay: clock.delay,
    // The clock stands while a long answer is read.
    pause: () => Promise.resolve(),
  });
  const causes = new SharedCauses();
  const poll = makePoll(local, clock);
  const slice = makeEndlessSlice();
  const common = { local, poll, log, causes, intervalMs: 30_000, elapsed: clock.elapsed, slice };
  const timed = { ...common, delay: clock.delay, now: clock.now };
  const collectors = [
    new PeersCollector(common),
    new NativeCollector({
      ...common,
      relay: new PageRelay({ samplesDropped: () => {}, log }),
      findDevice: () => undefined,
      withClientMetrics: true,
    }),
    new WatchdogCollector({
      ...timed,
      mode: "observe",
      thresholdMs: 600_000,
      cooldownMs: 600_000,
      maxRestarts: 0,
      store: new FakeStore(),
      onRestart: () => {},
    }),
  ];
  const filter = () => true;
  const keepalives = [new KeepaliveCollector({ ...timed, filter, random: () => 0 })];
  const bridge = createBridgeHandler({ local, log, causes, now: clock.elapsed });
  const signal = new AbortController().signal;
  async function lines(next: Answer = answer) {
    answer = next;
    for (let turn = 0; turn < 2; turn++) {
      const rounds = [...collectors.map((each) => each.collect(signal))];
      for (const keepalive of keepalives) rounds.push(keepalive.runRound(signal).then(() => {}));
      let isOver = false;
      const over = Promise.all(rounds).finally(() => isOver = true);
      for (await settle(); !isOver; await settle()) await clock.advance(clock.nextMs ?? 0);
      await over;
      const response = await bridge(new Request("http://127.0.0.1/status"), {
        hostname: "127.0.0.1",
      });
      await response.body?.cancel();
      await clock.advance(30_000);
    }
    return log.take().map((line) => line.replace(/^(\w+) .*(?:: no answer|again).*$/, "$1"));
  }
  return { lines };
}

const good: Answer = ({ endpoint }) => new Response(ANSWERS[endpoint]);

Deno.test("a LocalAPI that is down is one line, however many parts of the program ask it", async () => {
  const { lines } = makeParts(refuse("Connection refused (os error 111)"));
  assertEquals(await lines(), ["warning"]);
  assertEquals(await lines(good), ["info"]);
  assertEquals(await lines(refuse("No such file or directory (os error 2)")), ["warning"]);
});

Deno.test("a LocalAPI that makes no sense is one line, however many parts of the program ask it", async () => {
  let count = 0;
  const cases: readonly Answer[] = [
    () => new Response("<html>"),
    // Other words each time.
    () => new Response(`${" ".repeat(count++)}{"BackendState":5}`),
    () => new Response(`{${" ".repeat(count++)}]`),
    () => new Response("{}", { headers: { "content-encoding": "br" } }),
    () => new Response(`"${"x".repeat(3_000_000 + count++)}"`),
  ];
  for (const answer of cases) {
    const { lines } = makeParts(answer);
    const [line, ...others] = await lines();
    assertMatch(line ?? "", /^warning Cannot /);
    assertEquals([others, await lines(good)], [[], ["info"]]);
    assertEquals((await lines(answer)).length, 1);
  }
});

/** What a tailscaled answers, by what it is asked. */
const ANSWERS: Readonly<Partial<Record<LocalEndpoint, string>>> = {
  status: fixtureText("localapi/status.json"),
  usermetrics: fixtureText("localapi/usermetrics.txt"),
  metrics: fixtureText("localapi/clientmetrics.txt"),
  derpmap: fixtureText("localapi/derpmap.json"),
  ping: fixtureText("localapi/ping-disco-direct.json"),
};
