import { assertEquals } from "@std/assert";
import { TimeSlice } from "../src/slice.ts";

Deno.test("TimeSlice is over after 8 ms, and begins anew after a pause", async () => {
  let nowMs = 100;
  let pauses = 0;
  const slice = new TimeSlice({
    elapsed: () => nowMs,
    pause() {
      pauses++;
      nowMs += 50;
      return Promise.resolve();
    },
  });
  const seen: boolean[] = [];
  for (const ms of [0, 7.9, 0.1]) {
    nowMs += ms;
    seen.push(slice.isOver);
  }
  assertEquals(seen, [false, false, true]);
  await slice.next();
  // The pause itself is no work.
  assertEquals([slice.isOver, pauses], [false, 1]);
  nowMs += 8;
  assertEquals(slice.isOver, true);
});

Deno.test("TimeSlice.next() gives the event loop a turn", async () => {
  const order: string[] = [];
  setTimeout(() => order.push("timer"), 0);
  await new TimeSlice().next();
  order.push("slice");
  assertEquals(order, ["timer", "slice"]);
});
