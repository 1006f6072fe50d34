import { assertEquals } from "@std/assert";
import { Intake, type IntakeOptions } from "../../src/access/intake.ts";
import type { LineOutcome } from "../../src/access/access_metrics.ts";

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
