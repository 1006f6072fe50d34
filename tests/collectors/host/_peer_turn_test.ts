import { assertEquals } from "@std/assert";
import { Turn } from "../../../src/collectors/host/_peer_turn.ts";

Deno.test("Turn is over after 8 ms, looked at once in a while", async () => {
  let [nowMs, looks, rests] = [0, 0, 0];
  const turn = new Turn(() => {
    looks++;
    return nowMs;
  }, () => {
    rests++;
    nowMs += 1000;
    return Promise.resolve();
  });
  const ask = (times: number) => Array.from({ length: times }, () => turn.isOver()).includes(true);
  assertEquals([ask(320), looks], [false, 11]);
  nowMs = 8;
  assertEquals([ask(31), ask(1)], [false, true]);
  await turn.pause();
  assertEquals([ask(320), rests], [false, 1]);
  nowMs += 8;
  // Many things at once are looked at at once.
  assertEquals(turn.isOver(200), true);
});
