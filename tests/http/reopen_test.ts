import { assertEquals, assertThrows } from "@std/assert";
import { keepOpen, type Opened } from "../../src/http/reopen.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

/** A port whose openings are seen, and lost when the test says so. */
function rig() {
  const clock = new FakeClock();
  const told: string[] = [];
  const state = { isFull: false, lose: (_reason: string) => {} };
  function open(port?: number): Opened {
    if (state.isFull) {
      told.push(`${clock.elapsed() - start} open ${port} failed`);
      throw new Error("no descriptor for the port");
    }
    told.push(`${clock.elapsed() - start} open ${port}`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    state.lose = (reason) => reject(new Error(reason));
    return {
      address: { hostname: "127.0.0.1", port: 4711 },
      finished: promise,
      shutdown: () => Promise.resolve(resolve()),
    };
  }
  const start = clock.elapsed();
  const kept = keepOpen({
    open,
    onLost: (error) => told.push(`${clock.elapsed() - start} ${error}`),
    delay: clock.delay,
  });
  return { clock, told, state, kept };
}

Deno.test("keepOpen() opens the same port again 200 ms after it was lost", async () => {
  const { clock, told, state, kept } = rig();
  state.lose("no descriptor left");
  await clock.advance(199);
  assertEquals(told, ["0 open undefined", "0 Error: no descriptor left"]);
  await clock.advance(1);
  assertEquals(told.slice(2), ["200 open 4711"]);
  await kept.shutdown();
  await kept.finished;
});

Deno.test("keepOpen() tries until there is a descriptor, and tells the loss once", async () => {
  const { clock, told, state, kept } = rig();
  state.isFull = true;
  state.lose("no descriptor left");
  await clock.advance(500);
  state.isFull = false;
  await clock.advance(500);
  assertEquals(told.slice(1), [
    "0 Error: no descriptor left",
    "200 open 4711 failed",
    "400 open 4711 failed",
    "600 open 4711",
  ]);
  await kept.shutdown();
  await kept.finished;
});

Deno.test("keepOpen() does not spin when the new port is lost at once", async () => {
  const { clock, told, state, kept } = rig();
  for (let count = 0; count < 3; count++) {
    state.lose("again");
    await clock.advance(200);
  }
  assertEquals(told.filter((line) => line.includes("open")).length, 4);
  await kept.shutdown();
  await kept.finished;
});

Deno.test("keepOpen() gives up when it is shut down, also between two tries", async () => {
  const { clock, told, state, kept } = rig();
  state.lose("no descriptor left");
  await settle();
  await kept.shutdown();
  await kept.finished;
  await clock.advance(1000);
  assertEquals(told.length, 2);
  assertEquals(clock.waiting, 0);
});

Deno.test("keepOpen() throws what the first opening throws", () => {
  const open = () => {
    throw new RangeError("the port is taken");
  };
  assertThrows(() => keepOpen({ open }), RangeError, "the port is taken");
});
