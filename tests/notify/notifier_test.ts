import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_RESOLVED } from "../../src/alerts/book.ts";
import { Alerts } from "../../src/alerts/mod.ts";
import { createClassifier } from "../../src/history/mod.ts";
import { fillMessage, type LogProperties } from "../../src/log/log.ts";
import { Notifier, type NotifierOptions } from "../../src/notify/notifier.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { known, snapshot } from "../facts/_snapshot.ts";

const MINUTE_MS = 60_000;
const SIGNAL = new AbortController().signal;
const WEBHOOK = { url: new Secret("https://hooks.example/secret"), format: "json" } as const;

/** A run of the program: alerts of nodes that are offline, and a notifier with a fake network. */
class Run {
  readonly alerts: Alerts;
  readonly notifier: Notifier;
  /** What receivers took, in a word or two each. */
  readonly sent: string[] = [];
  readonly logged: string[] = [];
  readonly outcomes: string[] = [];
  status = 200;
  failure: Error | undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, options: Partial<NotifierOptions> = {}) {
    this.#clock = clock;
    const log = (message: string, properties: LogProperties = {}) =>
      void this.logged.push(fillMessage(message, properties));
    this.alerts = new Alerts({
      classify: createClassifier({ types: [], critical: [] }),
      includesPersonal: false,
      offlineMs: 0,
      now: clock.now,
      elapsed: () => 0,
      makeId: () => "s",
      findDevice: () => undefined,
      credentialExpiresAtSeconds: () => undefined,
    });
    this.notifier = new Notifier({
      alerts: this.alerts,
      alertmanager: undefined,
      webhook: WEBHOOK,
      cooldownMs: 15 * MINUTE_MS,
      now: clock.now,
      elapsed: clock.elapsed,
      fetch: (url, init) => this.#answer(String(url), String(init?.body)),
      redactor: new Redactor([new Secret("p@ss-word")]),
      onSent: (receiver, succeeded) => this.outcomes.push(`${receiver} ${succeeded}`),
      log: { debug: log, info: log, warning: log, error: log },
      ...options,
    });
  }

  /** Looks at nodes by their ids, those in the second list being offline, and sends. */
  async look(offline: readonly string[], ids: readonly string[] = ["1", "2"]): Promise<void> {
    const devices = ids.map((id) => known({ id, name: `n${id}` }, !offline.includes(id)));
    await this.alerts.look(snapshot(devices, { atMs: this.#clock.now() }));
    await this.notifier.run(SIGNAL);
  }

  #answer(url: string, body: string): Promise<Response> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.status !== 200) return Promise.resolve(new Response(null, { status: this.status }));
    const message = JSON.parse(body);
    if (Array.isArray(message)) {
      this.sent.push(`${url} ${message.map(({ labels }) => labels.device_name).sort()}`);
    } else {
      for (const { node, state } of message.alerts) this.sent.push(`${state} ${node}`);
    }
    return Promise.resolve(new Response(null));
  }
}

Deno.test("Notifier tells the webhook once of each alert and of its end", async () => {
  const clock = new FakeClock();
  const run = new Run(clock);
  await run.look(["1"]);
  await run.look(["1"]);
  await clock.advance(MINUTE_MS);
  await run.look([]);
  await clock.advance(MINUTE_MS);
  await run.look([]);
  await run.look([]);
  assertEquals(run.sent, ["firing n1", "resolved n1"]);
});

Deno.test("Notifier waits for the cooldown with an alert that fires again", async () => {
  const clock = new FakeClock();
  const run = new Run(clock);
  await run.look(["1"]);
  await run.look([]);
  await clock.advance(MINUTE_MS);
  await run.look([]);
  await run.look(["1"]);
  assertEquals(run.sent, ["firing n1", "resolved n1"]);
  await clock.advance(14 * MINUTE_MS);
  await run.look(["1"]);
  await clock.advance(MINUTE_MS);
  await run.look(["1"]);
  assertEquals(run.sent, ["firing n1", "resolved n1", "firing n1"]);
});

Deno.test("Notifier sends nothing of a silenced alert, but its end if its begin was told", async () => {
  const clock = new FakeClock();
  const run = new Run(clock);
  await run.look(["1"]);
  run.alerts.silence({ untilMs: clock.now() + 10 * MINUTE_MS });
  await run.look(["1", "2"]);
  await clock.advance(MINUTE_MS);
  await run.look(["2"]);
  await clock.advance(MINUTE_MS);
  await run.look(["2"]);
  assertEquals(run.sent, ["firing n1", "resolved n1"]);
  await clock.advance(10 * MINUTE_MS);
  await run.look(["2"]);
  assertEquals(run.sent.at(-1), "firing n2");
});

Deno.test("Notifier tries again later, says so once, and never shows the URL", async () => {
  const clock = new FakeClock();
  const run = new Run(clock);
  run.failure = new TypeError(
    "error sending request for url (https://hooks.example/secret): client error (Connect): refused",
  );
  await run.look(["1"]);
  await run.look(["1"]);
  assertEquals(run.outcomes, ["webhook false"]);
  run.failure = undefined;
  run.status = 500;
  await clock.advance(15_000);
  await run.look(["1"]);
  await clock.advance(29_000);
  await run.look(["1"]);
  assertEquals(run.outcomes.length, 2);
  run.status = 200;
  await clock.advance(1_000);
  await run.look(["1"]);
  assertEquals(run.sent, ["firing n1"]);
  assertEquals(run.logged, [
    "Cannot send alerts to the webhook: refused; trying again, see ALERT_WEBHOOK_URL",
    "Cannot send alerts to the webhook: it answered 500, wanted 2xx; trying again, see " +
    "ALERT_WEBHOOK_URL",
    "Alerts are sent to the webhook again",
  ]);
});

Deno.test("Notifier says what to do about certificates and proxies, and hides what they echo", async () => {
  const clock = new FakeClock();
  const run = new Run(clock);
  run.failure = new TypeError("invalid peer certificate: UnknownIssuer of p@ss-word");
  await run.look(["1"]);
  await clock.advance(15_000);
  run.failure = new TypeError('certificate not valid for name "hook"');
  await run.look(["1"]);
  await clock.advance(60_000);
  run.failure = undefined;
  run.status = 407;
  await run.look(["1"]);
  assertEquals(run.logged, [
    "Cannot send alerts to the webhook: invalid peer certificate: UnknownIssuer of [redacted]; " +
    "give the certificate of its authority in TLS_CA_PEM; trying again, see ALERT_WEBHOOK_URL",
    'Cannot send alerts to the webhook: certificate not valid for name "hook"; use a name that ' +
    "its certificate has in ALERT_WEBHOOK_URL; trying again, see ALERT_WEBHOOK_URL",
    "Cannot send alerts to the webhook: the HTTP proxy wants a login: check HTTPS_PROXY; trying " +
    "again, see ALERT_WEBHOOK_URL",
  ]);
});

Deno.test("Notifier gives a request up that is not answered", async () => {
  const clock = new FakeClock();
  const run = new Run(clock, {
    fetch: () => new Promise(() => {}),
    delay: () => Promise.resolve(),
  });
  await run.look(["1"]);
  assertEquals(run.logged, [
    "Cannot send alerts to the webhook: No answer within 10 s; trying again, see ALERT_WEBHOOK_URL",
  ]);
});

Deno.test("Notifier posts to Alertmanager at once, then once a minute", async () => {
  const clock = new FakeClock();
  const alertmanager = new URL("http://alerts.example:9093/prefix/");
  const run = new Run(clock, { alertmanager, webhook: undefined });
  const url = "http://alerts.example:9093/prefix/api/v2/alerts";
  await run.look([]);
  assertEquals(run.sent, []);
  await run.look(["1"]);
  await clock.advance(59_000);
  await run.look(["1"]);
  await clock.advance(1_000);
  await run.look(["1"]);
  await run.look(["1", "2"]);
  assertEquals(run.sent, [`${url} n1`, `${url} n1`, `${url} n1,n2`]);
});

Deno.test("Notifier posts the end of an alert to Alertmanager at once", async () => {
  const clock = new FakeClock();
  const alertmanager = new URL("http://alerts.example:9093");
  const run = new Run(clock, { alertmanager, webhook: undefined });
  await run.look(["1"]);
  for (let at = 0; at < 3; at++) {
    await clock.advance(30_000);
    await run.look([]);
  }
  // At 0 s, again at 60 s, and at 90 s that it is resolved.
  assertEquals([run.sent.length, (await run.alerts.list()).map(({ state }) => state)], [3, [
    "resolved",
  ]]);
});

Deno.test("Notifier tells of an alert again whose end was too many to be listed", async () => {
  const clock = new FakeClock();
  const run = new Run(clock);
  const ids = Array.from({ length: MAX_RESOLVED + 1 }, (_, at) => `${at}`);
  await run.look(ids, ids);
  await run.look([], ids);
  await clock.advance(MINUTE_MS);
  await run.look([], ids);
  const ended = run.sent.filter((line) => line.startsWith("resolved"));
  assertEquals(ended.length, MAX_RESOLVED);
  run.sent.length = 0;
  await clock.advance(20 * MINUTE_MS);
  await run.look(ids, ids);
  assertEquals(run.sent.length, ids.length);
});

Deno.test("Notifier does not wait for a clock that was ahead", async () => {
  const clock = new FakeClock();
  let aheadMs = 24 * 60 * MINUTE_MS;
  const run = new Run(clock, { now: () => clock.now() + aheadMs });
  await run.look(["1"]);
  await run.look([]);
  await clock.advance(MINUTE_MS);
  await run.look([]);
  aheadMs = 0;
  await run.look(["1"]);
  assertEquals(run.sent, ["firing n1", "resolved n1", "firing n1"]);
});

Deno.test("Notifier neither repeats nor forgets over restarts and failures", async () => {
  const step = fc.record({
    passedMs: fc.integer({ min: 1_000, max: 10 * MINUTE_MS }),
    offline: fc.subarray(["1", "2"]),
    isRestart: fc.boolean(),
    isDown: fc.boolean(),
  });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const clock = new FakeClock();
    const told = new Map<string, string>();
    let run = new Run(clock);
    function check(): void {
      for (const line of run.sent.splice(0)) {
        const [state = "", node = ""] = line.split(" ");
        // Firing and resolved take turns: neither comes twice.
        assertEquals(told.get(node) ?? "resolved", state === "firing" ? "resolved" : "firing");
        told.set(node, state);
      }
    }
    for (const { isDown, isRestart, offline, passedMs } of steps) {
      if (isRestart) {
        const state = JSON.parse(JSON.stringify(run.alerts.state()));
        run = new Run(clock);
        run.alerts.restore(state);
      }
      run.status = isDown ? 503 : 200;
      await run.look(offline);
      check();
      await clock.advance(passedMs);
    }
    // In the end the receiver knows how it is.
    run.status = 200;
    const last = steps.at(-1)?.offline ?? [];
    for (let at = 0; at < 4; at++) {
      await run.look(last);
      check();
      await clock.advance(16 * MINUTE_MS);
    }
    for (const id of ["1", "2"]) {
      assertEquals(told.get(`n${id}`) === "firing", last.includes(id));
    }
  }));
});
