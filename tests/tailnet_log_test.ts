import { assertEquals } from "@std/assert";
import { ApiError } from "../src/errors.ts";
import { countNone } from "../src/facts/device_scrape.ts";
import { configureLogging } from "../src/log/log.ts";
import { adviseSidecar, describeApiWait, logFirstCycle } from "../src/tailnet_log.ts";

Deno.test("describeApiWait() tells a wait that the API asked for, and others from 2 s", () => {
  const limited = new ApiError("rate_limited", "x", { status: 429 });
  const broken = new ApiError("server", "x", { status: 503 });
  const silent = new ApiError("timeout", "x");
  for (
    const [error, waitMs, expected] of [
      [limited, 0, "answered 429: asking again in 1 s"],
      [limited, 61_001, "answered 429: asking again in 62 s"],
      [broken, 1_999, undefined],
      [broken, 2_000, "answered 503: asking again in 2 s"],
      [silent, 1_999, undefined],
      [silent, 30_000, "does not answer: asking again in 30 s"],
    ] as const
  ) {
    assertEquals(describeApiWait(error, waitMs), expected);
  }
});

Deno.test("logFirstCycle() and adviseSidecar() tell nothing of no devices", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await configureLogging({ level: "info", format: "journal", secrets: [], write });
  const counts = countNone();
  logFirstCycle({ counts, listing: undefined }, 1);
  assertEquals([adviseSidecar({ counts }), lines], [false, []]);
  assertEquals(adviseSidecar({ counts: { ...counts, up: 201 } }), true);
  assertEquals(lines.length, 1);
});
