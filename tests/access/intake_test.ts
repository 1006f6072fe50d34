import { assert, assertEquals } from "@std/assert";
import { Intake, type IntakeOptions } from "../../src/access/intake.ts";
import { Analytics } from "../../src/analytics.ts";
import { decodeWhois } from "../../src/tailscale/local/whois.ts";
import { nextTurn } from "../../src/time/turn.ts";
import { testConfig } from "../_support/config.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";
import type { LineOutcome } from "../../src/access/access_metrics.ts";

const USER = { ...decodeWhois(fixtureText("localapi/whois-user.json")), createdSeconds: 0 };

/** An intake whose lines say what is to become of them. */
function makeIntake(options: Partial<IntakeOptions> = {}) {
  const taken: string[] = [];
  const intake = new Intake({
    take(line, service) {
      taken.push(service === undefined ? line : `${service}: ${line}`);
      return line.split(" ")[0] as LineOutcome;
    },
    onTooLong: () => taken.push("(too long)"),
    onError: (error) => taken.push(String(error)),
    slice: { isOver: false, next: () => Promise.resolve() },
    ...options,
  });
  return { intake, taken };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("Intake counts what becomes of lines, and tells the first refused one", async () => {
  const text = [
    "counted",
    "",
    "ignored\r",
    "counted",
    `${"x".repeat(17_000)}`,
    "format",
    "stale",
    "json",
    "format",
    "counted",
  ].join("\n");
  for (const pieceBytes of [1, 7, 100_000]) {
    const { intake, taken } = makeIntake();
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await intake.push(bytes.subarray(at, at + pieceBytes));
    }
    // The last line has no line feed.
    assertEquals(intake.report.counted, 2);
    intake.end();
    assertEquals(intake.report, {
      lines: 9,
      counted: 3,
      ignored: 1,
      stale: 1,
      refused: new Map([["too_long", 1], ["format", 2], ["json", 1]] as const),
      firstRefused: { line: 5, reason: "too_long" },
    });
    assertEquals(taken.length, 9);
  }
});

Deno.test("Intake takes the header of syslog off, whose tag comes before the service", async () => {
  const { intake, taken } = makeIntake({ service: "shop" });
  await intake.push(bytesOf("counted 1\n<190>Oct 21 14:32:15 h api: counted 2\n"));
  assertEquals(taken, ["shop: counted 1", "api: counted 2"]);
});

Deno.test("Intake lets other work run, and learns before each slice what lines need", async () => {
  const seen: string[] = [];
  const { intake, taken } = makeIntake({
    slice: {
      isOver: true,
      next() {
        seen.push(`${taken.length} taken`);
        return Promise.resolve();
      },
    },
    prepare() {
      seen.push("prepared");
      return Promise.reject(new Error("no list"));
    },
  });
  await intake.push(bytesOf("counted\n".repeat(400)));
  assertEquals(seen, ["prepared", "257 taken", "prepared", "402 taken", "prepared"]);
  assertEquals(taken.filter((each) => each === "Error: no list").length, 3);
});

Deno.test("Intake outlives a line that makes a part of ours fail", async () => {
  const errors: unknown[] = [];
  const { intake } = makeIntake({
    take(line) {
      if (line === "bad") throw new TypeError("defect");
      return "counted";
    },
    onError: (error) => errors.push(String(error)),
  });
  await intake.push(bytesOf("a\nbad\nb\n"));
  const { counted, lines } = intake.report;
  assertEquals([lines, counted, errors], [3, 2, ["TypeError: defect"]]);
});

Deno.test("Intake waits for tailscaled, so that a log sent at once has the users of all lines", async () => {
  const clock = new FakeClock();
  let elapsedMs = 0;
  const answers = Promise.withResolvers<void>();
  const analytics = new Analytics({
    settings: testConfig({ TEST_DEVICES: "a", ACCESS_INGEST: "true" }),
    // Each look at the clock ends a slice.
    runtime: { now: clock.now, elapsedMs: () => (elapsedMs += 10) },
    tailnets: [],
    local: {
      status: () => Promise.reject(new Error("not asked here")),
      async whois() {
        await answers.promise;
        return USER;
      },
    },
    makeKey: () => "key",
    log: { info() {}, warning() {} },
  });
  const intake = analytics.openIntake(undefined);
  const lines = Array.from(
    { length: 3_000 },
    (_, at) => `100.64.0.${at % 150} - - [01/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1\n`,
  );
  const pushed = intake.push(bytesOf(lines.join("")));
  // Time to take all lines, were they not to wait.
  for (let turn = 0; turn < 150; turn++) await nextTurn();
  assert(analytics.access.waiting < 500, `${analytics.access.waiting} lines wait`);
  answers.resolve();
  await pushed;
  intake.end();
  await analytics.access.settled();
  const { userClasses } = analytics.access.ledger.usage(0);
  assertEquals([userClasses.of("own"), userClasses.total], [3_000, 3_000]);
});
