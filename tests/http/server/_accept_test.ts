import { assertEquals } from "@std/assert";
import { acceptAll } from "../../../src/http/server/_accept.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";

/** A port that gives these, one after the other, and then nothing. */
async function run(results: readonly (string | Error)[]) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const taken: string[] = [];
  const refused: unknown[] = [];
  let turns = 0;
  let next = 0;
  const end = Promise.withResolvers<string>();
  const finished = acceptAll({
    accept() {
      const result = results[next++];
      if (result === undefined) return end.promise;
      return typeof result === "string" ? Promise.resolve(result) : Promise.reject(result);
    },
    take: (socket) => taken.push(socket),
    onRefused: (error) => refused.push(error),
    yieldTurn() {
      turns++;
      return undefined;
    },
    delay: clock.delay,
    stop: stop.signal,
  });
  await settle();
  return {
    clock,
    taken,
    refused,
    turns: () => turns,
    async shutdown() {
      stop.abort();
      end.reject(new Deno.errors.BadResource("closed"));
      await finished;
    },
  };
}

for (
  const Gone of [
    Deno.errors.NotConnected,
    Deno.errors.ConnectionAborted,
    Deno.errors.ConnectionReset,
  ]
) {
  Deno.test(`acceptAll() goes on at once after ${Gone.name}: only that client is gone`, async () => {
    const gone = () => new Gone("os error");
    const { taken, refused, turns, shutdown } = await run(["a", gone(), gone(), "b"]);
    assertEquals([taken, refused, turns()], [["a", "b"], [], 4]);
    await shutdown();
  });
}

Deno.test("acceptAll() waits when there are no file descriptors, and takes the next", async () => {
  const full = new Error("Too many open files (os error 24)");
  const { clock, taken, refused, shutdown } = await run(["a", full, "b"]);
  assertEquals([taken, refused], [["a"], [full]]);
  await clock.advance(199);
  assertEquals(taken, ["a"]);
  await clock.advance(1);
  assertEquals(taken, ["a", "b"]);
  await shutdown();
});

Deno.test("acceptAll() ends quietly when it is stopped", async () => {
  const { refused, shutdown } = await run([]);
  await shutdown();
  assertEquals(refused, []);
});
