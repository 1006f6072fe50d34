import { assertEquals, assertThrows } from "@std/assert";
import { type Deadline, Deadlines } from "../../src/devices/_deadline.ts";

/** When the deadline is over, and not closed before. */
function over(deadline: Deadline): Promise<void> {
  return new Promise((resolve) => deadline.onOver = resolve);
}

Deno.test("Deadlines end in their order, each at its own time", async () => {
  const deadlines = new Deadlines({ timeoutMs: 10 });
  const first = deadlines.open();
  const closed = deadlines.open();
  closed.onOver = () => {
    throw new Error("A deadline that is closed is over");
  };
  deadlines.close(closed);
  await over(first);
  const second = deadlines.open();
  assertEquals([first.isOver, closed.isOver, second.isOver], [true, false, false]);
  await over(second);
  assertEquals([first.signal.aborted, second.signal.aborted], [true, true]);
  for (const deadline of [first, second]) deadlines.close(deadline);
});

Deno.test("Deadlines.open() goes by a clock, not by how late the timer is", async () => {
  let nowMs = 0;
  const deadlines = new Deadlines({ timeoutMs: 20, now: () => nowMs });
  const [early, late] = [deadlines.open(), deadlines.open()];
  nowMs = 10;
  const next = deadlines.open();
  nowMs = 20;
  await over(late);
  assertEquals([early.isOver, late.isOver, next.isOver], [true, true, false]);
  nowMs = 30;
  await over(next);
});

Deno.test("Deadlines end all at once with their signal, and let go of it after the last", () => {
  const controller = new AbortController();
  const deadlines = new Deadlines({ timeoutMs: 60_000, signal: controller.signal });
  const [told, silent, closed] = [deadlines.open(), deadlines.open(), deadlines.open()];
  const { signal } = told;
  let calls = 0;
  told.onOver = () => {
    calls++;
    deadlines.close(told);
  };
  deadlines.close(closed);
  controller.abort();
  assertEquals([calls, signal.aborted, silent.isOver, closed.isOver], [1, true, true, false]);
  // The sanitizer finds a timer that is left.
  deadlines.close(silent);
});

Deno.test("Deadline.throwIfPassed() goes by the clock while no timer can fire", () => {
  let nowMs = 0;
  const deadlines = new Deadlines({ timeoutMs: 20, now: () => nowMs });
  const deadline = deadlines.open();
  let calls = 0;
  deadline.onOver = () => void calls++;
  nowMs = 19;
  deadline.throwIfPassed();
  assertEquals([deadline.isOver, calls], [false, 0]);
  nowMs = 20;
  assertThrows(() => deadline.throwIfPassed(), Error, "deadline exceeded");
  assertEquals([deadline.isOver, calls], [true, 1]);
  assertThrows(() => deadline.throwIfPassed(), Error, "deadline exceeded");
  assertEquals([deadline.signal.aborted, calls], [true, 1]);
  deadlines.close(deadline);
});
