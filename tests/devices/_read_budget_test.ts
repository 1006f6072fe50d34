import { assert, assertEquals } from "@std/assert";
import { ReadBudget } from "../../src/devices/_read_budget.ts";

/** A budget of 100 bytes whose turns come when the test says so, and what it has let through. */
class Bench {
  readonly log: string[] = [];
  /** How many pauses were asked for. */
  pauses = 0;
  /** The time. */
  elapsedMs = 0;
  readonly #turns: (() => void)[] = [];
  readonly #budget = new ReadBudget({
    bytes: 100,
    nextTurn: (callback) => void this.#turns.push(callback),
    pause: (callback) => {
      this.pauses++;
      this.#turns.push(callback);
    },
    elapsed: () => this.elapsedMs,
  });

  /** Spends bytes, and logs the name once they may be processed. */
  spend(name: string, bytes: number): void {
    const wait = this.#budget.spend(bytes);
    if (wait === undefined) this.log.push(name);
    else wait.then(() => this.log.push(name));
  }

  /** The next turn of the event loop; how many were asked for. */
  async turn(): Promise<number> {
    const turns = this.#turns.splice(0);
    for (const turn of turns) turn();
    await Promise.resolve();
    return turns.length;
  }
}

Deno.test("ReadBudget.spend() lets as much through as fits, and the rest in later turns", async () => {
  const bench = new Bench();
  for (const [name, bytes] of [["a", 60], ["b", 40], ["c", 1], ["d", 99], ["e", 1]] as const) {
    bench.spend(name, bytes);
  }
  assertEquals(bench.log, ["a", "b"]);
  assertEquals(await bench.turn(), 1);
  assertEquals(bench.log, ["a", "b", "c", "d"]);
  assertEquals(await bench.turn(), 1);
  assertEquals(bench.log, ["a", "b", "c", "d", "e"]);
  bench.spend("f", 99);
  assertEquals([bench.log.at(-1), await bench.turn()], ["f", 0]);
});

Deno.test("ReadBudget.spend() serves waiting reads in order", async () => {
  const bench = new Bench();
  bench.spend("large", 101);
  bench.spend("small", 1);
  assertEquals(bench.log, []);
  await bench.turn();
  assertEquals(bench.log, ["large"]);
  await bench.turn();
  assertEquals(bench.log, ["large", "small"]);
});

Deno.test("ReadBudget.spend() yields turns to other reads after a large page", async () => {
  const bench = new Bench();
  bench.spend("first", 1000);
  bench.spend("second", 1000);
  await bench.turn();
  assertEquals(bench.log, ["first"]);
  for (let turns = 1; turns < 10; turns++) {
    assertEquals(await bench.turn(), 1);
    assertEquals(bench.log, ["first"]);
  }
  await bench.turn();
  assertEquals(bench.log, ["first", "second"]);
  assertEquals(await bench.turn(), 0);
});

Deno.test("ReadBudget.spend() pauses after a turn of more than 10 ms", async () => {
  for (const [turnMs, pauses] of [[10, 0], [11, 1]] as const) {
    const bench = new Bench();
    for (const name of ["first", "second", "third"]) bench.spend(name, 100);
    await bench.turn();
    assertEquals(bench.log, ["first", "second"]);
    bench.elapsedMs += turnMs;
    await bench.turn();
    assertEquals([bench.pauses, bench.log.length], [pauses, 3 - pauses]);
    // One pause is enough, however long it takes.
    bench.elapsedMs += 1000;
    await bench.turn();
    assertEquals([bench.pauses, bench.log.length], [pauses, 3]);
  }
});

Deno.test("ReadBudget gives the event loop a turn by itself", async () => {
  // By a clock that stands still, so that no turn is followed by a pause, which is a turn as well.
  const budget = new ReadBudget({ bytes: 1, elapsed: () => 0 });
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  // Ends by the clock: without turns of the event loop, no timer could end it.
  const endMs = performance.now() + 10_000;
  while (turns === 0 && performance.now() < endMs) await budget.spend(2);
  clearInterval(timer);
  assert(turns > 0, "No timer ran in 10 s");
});
