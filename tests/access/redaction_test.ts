import { assertEquals, assertNotEquals } from "@std/assert";
import { Analytics } from "../../src/analytics.ts";
import { createAnalyticsAnswer } from "../../src/http/analytics.ts";
import { Page } from "../../src/page/mod.ts";
import { testConfig } from "../_support/config.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { makeDevice } from "../devices/_device.ts";
import { Redaction } from "../../src/access/redaction.ts";
import { Secret } from "../../src/secret/secret.ts";
import { anonymous } from "../../src/access/visitor.ts";
import { makeRecord } from "./_record.ts";

Deno.test("Redaction.apply() hides what it is told, by a keyed hash", () => {
  const record = makeRecord();
  assertEquals(new Redaction([], new Secret("key")).apply(record) === record, true);
  // The hashes are those of OpenSSL, by which docs/access.md has one person erased.
  const hidden = new Redaction(["user", "ip", "query"], new Secret("key")).apply(record);
  assertEquals(hidden, {
    ...record,
    query: undefined,
    address: "ip-c9c77dde5050e611",
    visitor: { userClass: "own", user: "user-c0ce59a38abb3a69", device: "device-ffb695f04586111d" },
  });
  for (const text of ["a@example.com", "laptop", "100.64.0.1", "b=c"]) {
    assertEquals(JSON.stringify(hidden).includes(text), false);
  }
});

Deno.test("Redaction.apply() gives the same visitor for the same, and others for another key", () => {
  const redaction = new Redaction(["user"], new Secret("key"));
  const record = makeRecord();
  const { visitor } = redaction.apply(record);
  assertEquals(redaction.apply(record).visitor === visitor, true);
  assertEquals(redaction.apply(makeRecord()).visitor, visitor);
  assertNotEquals(
    new Redaction(["user"], new Secret("other")).apply(record).visitor.user,
    visitor.user,
  );
  const nameless = makeRecord({ visitor: anonymous("external") });
  assertEquals(redaction.apply(nameless), nameless);
});

const OWNER = makeDevice({
  name: "alice-laptop",
  addresses: ["100.64.0.2"],
  tags: [],
  user: "alice@example.com",
});

/** All that tsmetrics tells of one request, with these settings. */
async function toldOf(settings: Readonly<Record<string, string>>, key = "a key"): Promise<string> {
  const clock = new FakeClock();
  const all = [{ key: "1", device: OWNER, isOnline: true }];
  const listing = { devices: all, all, rejected: [], atMs: 0, elapsedMs: 0 };
  const told: string[] = [];
  const say = (...words: unknown[]) => void told.push(JSON.stringify(words));
  const analytics = new Analytics({
    settings: testConfig({ TEST_DEVICES: "a", ACCESS_INGEST: "true", ...settings }),
    runtime: { now: clock.now, elapsedMs: clock.elapsed },
    tailnets: [{ record: { listing } as never }],
    local: undefined,
    onRecord: (record) => say(record),
    makeKey: () => key,
    log: { info: say, warning: say },
  });
  const time = "[01/Feb/2026:00:00:00 +0000]";
  for (
    const request of ["GET /a?token=q1 HTTP/1.1", "GET /health HTTP/1.1", "GET /metrics HTTP/1.1"]
  ) {
    analytics.queue.push(`100.64.0.2 - - ${time} "${request}" 200 10`);
  }
  analytics.queue.push(`100.64.0.2 alice@example.com ${time} GET /a?token=q1`);
  await analytics.queue.drained();
  assertEquals(analytics.access.metrics.linesOf("counted"), 1);
  const answer = createAnalyticsAnswer({ views: analytics, now: clock.now });
  for (const path of ["access-logs", "dashboard-usage", "quota-status"]) {
    told.push(await (await answer(new Request(`http://127.0.0.1/analytics/${path}`))).text());
  }
  told.push(JSON.stringify([...analytics.access.samples]));
  return told.join("\n") + pageText(analytics);
}

/** The metrics as `/metrics` shows them. */
function pageText(analytics: Analytics): string {
  const view = new Page([analytics.access.metrics]).view();
  const pieces = [...view.chunks("text")].map((piece) => new TextDecoder().decode(piece));
  view.release();
  return pieces.join("");
}

const WORDS = ["alice@example.com", "alice-laptop", "100.64.0.2", "q1"];

Deno.test("ACCESS_REDACT hides each part that it names, wherever requests are shown", async () => {
  for (
    const [given, shown] of [
      [undefined, [true, true, true, false]],
      ["none", [true, true, true, true]],
      ["query", [true, true, true, false]],
      ["user", [false, false, true, true]],
      ["ip", [true, true, false, true]],
      ["user,ip,query", [false, false, false, false]],
    ] as const
  ) {
    const text = await toldOf({
      ACCESS_LABELS: "user,device,endpoint",
      ...given !== undefined && { ACCESS_REDACT: given },
    });
    assertEquals(WORDS.map((word) => text.includes(word)), [...shown], given);
  }
});

Deno.test("ACCESS_REDACT_KEY gives the same hashes after a restart, which differ without it", async () => {
  const hashes = async (settings: Readonly<Record<string, string>>, key: string) => {
    const text = await toldOf({ ACCESS_REDACT: "user,ip", ...settings }, key);
    return [...new Set(text.match(/(?:user|device|ip)-[\da-f]{16}/g))].sort();
  };
  const kept = { ACCESS_REDACT_KEY: "a-long-key-of-this-test" };
  const first = await hashes(kept, "1");
  assertEquals([first.length, await hashes(kept, "2")], [3, first]);
  assertNotEquals(await hashes({}, "1"), await hashes({}, "2"));
});
