import { assertEquals, assertRejects } from "@std/assert";
import { Intake } from "../../src/access/intake.ts";
import { type TellVisits, VisitFeed } from "../../src/access/visit_feed.ts";

/** Runs a feed with a clock that its waits move; ends it after some waits. */
async function run(tell: TellVisits, waits: number, readyAtMs = 0) {
  const taken: string[] = [];
  const pasts: number[] = [];
  const asked: (readonly number[])[] = [];
  const stop = new AbortController();
  let nowMs = 0;
  const feed = new VisitFeed({
    tell: (fromMs, untilMs) => {
      asked.push([fromMs, untilMs]);
      return tell(fromMs, untilMs);
    },
    pastMs: 10_000,
    openIntake: () =>
      new Intake({
        take: (line) => {
          taken.push(line);
          return "counted";
        },
        onTooLong: () => {},
        onError: (error) => {
          throw error;
        },
        slice: { isOver: true, next: () => Promise.resolve() },
      }),
    isReady: () => nowMs >= readyAtMs,
    onPast: ({ counted }) => pasts.push(counted),
    now: () => nowMs,
    delay: (ms) => {
      nowMs += ms;
      if (waits-- > 0) return Promise.resolve();
      stop.abort(new Error("stop"));
      return Promise.reject(stop.signal.reason);
    },
  });
  await feed.run(stop.signal);
  return { asked, pasts, taken };
}

Deno.test("VisitFeed.run() feeds the past first, then what has come since", async () => {
  const { asked, pasts, taken } = await run((from, until) => [`${from}-${until}`], 3);
  assertEquals(asked, [[-8_000, 2_000], [2_000, 4_000], [4_000, 6_000]]);
  assertEquals(taken, ["-8000-2000", "2000-4000", "4000-6000"]);
  assertEquals(pasts, [1]);
});

Deno.test("VisitFeed.run() waits until the devices' addresses are known", async () => {
  const { asked } = await run(() => [], 4, 5_000);
  assertEquals(asked, [[-4_000, 6_000], [6_000, 8_000]]);
});

Deno.test("VisitFeed.run() hands over every line of many", async () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const { pasts, taken } = await run(() => lines, 1);
  assertEquals([taken, pasts], [lines, [100]]);
});

Deno.test("VisitFeed.run() fails with what fails while it runs", async () => {
  const broken = () => {
    throw new Error("broken");
  };
  await assertRejects(() => run(broken, 1), Error, "broken");
});
