import { assertEquals, assertRejects } from "@std/assert";
import {
  ApiCollector,
  type ApiCollectorOptions,
  type ApiSubject,
} from "../../src/collectors/_api_collector.ts";
import { ApiError } from "../../src/errors.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { KeptLog } from "./_golden.ts";

const NEVER = new AbortController().signal;

interface Keys {
  readonly count: number;
}

/** A subject that is not the device list, as a further API subject would be made. */
function rig(options: Partial<ApiCollectorOptions> = {}, subject: Partial<ApiSubject<Keys>> = {}) {
  const clock = new FakeClock();
  const log = new KeptLog();
  const shown: (number | undefined)[] = [];
  const asked: PromiseWithResolvers<Keys>[] = [];
  const collector = new ApiCollector<Keys>({
    name: "keys",
    title: "list of keys",
    ask() {
      const answer = Promise.withResolvers<Keys>();
      asked.push(answer);
      return answer.promise;
    },
    show: (keys) => Promise.resolve(void shown.push(keys?.count)),
    ...subject,
  }, { log, elapsed: clock.elapsed, ...options });
  async function cycle(answer: Keys | Error): Promise<void> {
    const { length } = asked;
    const collected = collector.collect(NEVER);
    if (asked.length > length) {
      if (answer instanceof Error) asked.at(-1)?.reject(answer);
      else asked.at(-1)?.resolve(answer);
    }
    await collected;
  }
  return { asked, clock, collector, cycle, log, shown };
}

const FAILURE = new ApiError("forbidden", "Cannot list the keys: answered 403");

Deno.test("ApiCollector shows the last answer until it is stale by its interval", async () => {
  for (const [intervalMs, staleMs] of [[60_000, 300_000], [3_600_000, 10_800_000]] as const) {
    const { clock, cycle, shown } = rig({ intervalMs });
    await cycle({ count: 2 });
    await clock.advance(staleMs);
    await cycle(FAILURE);
    assertEquals(shown, [2]);
    await clock.advance(1);
    await cycle(FAILURE);
    assertEquals(shown, [2, undefined]);
  }
});

Deno.test("ApiCollector asks in an interval of its own, and again at once after a failure", async () => {
  const { asked, clock, cycle } = rig({ intervalMs: 600_000 });
  const times: number[] = [];
  const startMs = clock.elapsed();
  for (let minute = 0; minute < 25; minute++) {
    const { length } = asked;
    await cycle({ count: minute });
    if (asked.length > length) times.push((clock.elapsed() - startMs) / 60_000);
    await clock.advance(60_000);
  }
  // A quarter of the interval early counts as due.
  assertEquals(times, [0, 8, 16, 24]);
  const failing = rig({ intervalMs: 600_000 });
  await failing.cycle(FAILURE);
  await failing.cycle(FAILURE);
  assertEquals(failing.asked.length, 2);
});

Deno.test("ApiCollector names its subject in the log, once for each trouble", async () => {
  const { cycle, log } = rig({ apiName: "headscale API" });
  await cycle(FAILURE);
  await cycle(FAILURE);
  await cycle(new ApiError("unauthorized", "answered 401"));
  await cycle({ count: 1 });
  assertEquals(log.take(), [
    "warning Cannot refresh the list of keys: Cannot list the keys: answered 403",
    "error Cannot refresh the list of keys: answered 401",
    "info The headscale API answers again",
  ]);
});

Deno.test("ApiCollector tells its subject of each outcome before it shows it", async () => {
  const told: string[] = [];
  const { cycle, collector } = rig({}, {
    answered: ({ count }) => void told.push(`answered ${count}`),
    failed: ({ failure }) => void told.push(`failed ${failure}`),
    show: (keys) => Promise.resolve(void told.push(`shown ${keys?.count}`)),
  });
  await cycle({ count: 3 });
  await cycle(FAILURE);
  assertEquals(told, ["answered 3", "shown 3", "failed forbidden"]);
  assertEquals(collector.name, "keys");
});

Deno.test("ApiCollector shows again what could not be shown", async () => {
  let isBroken = true;
  const shown: number[] = [];
  const { collector, asked } = rig({}, {
    show(keys) {
      if (isBroken) return Promise.reject(new TypeError("defect"));
      return Promise.resolve(void shown.push(keys?.count ?? 0));
    },
    current: () => ({ count: 7 }),
  });
  const failed = assertRejects(() => collector.collect(NEVER), TypeError, "defect");
  asked[0]?.resolve({ count: 7 });
  await failed;
  isBroken = false;
  const collected = collector.collect(NEVER);
  asked[1]?.reject(FAILURE);
  await collected;
  assertEquals(shown, [7]);
});

Deno.test("ApiCollector reports a defect of a call that no cycle waits for", async () => {
  const clock = new FakeClock();
  const { asked, collector, cycle, log } = rig({ patience: { ms: 1_000, delay: clock.delay } });
  await cycle({ count: 1 });
  const second = collector.collect(NEVER);
  await clock.advance(1_000);
  await second;
  asked[1]?.reject(new TypeError("defect"));
  await settle();
  assertEquals(log.take(), ["warning Cannot refresh the list of keys: defect"]);
});
