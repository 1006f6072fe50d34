import { assertEquals, assertRejects } from "@std/assert";
import { exporterDevice, makeFleet, NEVER } from "./_fleet.ts";
import { pageText } from "./_golden.ts";

/** Samples of a page that is read in slices: 118 KB. */
const LONG = 5_000;

/** A page with a number of samples, all of this value. */
function pageOf(count: number, value: number, end = ""): string {
  return Array.from({ length: count }, (_, at) => `m{k="${100_000 + at}"} ${value}\n`).join("") +
    end;
}

/** A fleet of two whose long pages have slices of two steps, and what happens in each pause. */
async function makeSlicedFleet() {
  let nowMs = 0;
  let pauses = 0;
  const hooks = { pause: (_count: number) => Promise.resolve(), progress: 0 };
  const fleet = await makeFleet({
    slices: {
      elapsed: () => nowMs += 3,
      pause: () => hooks.pause(++pauses),
    },
    readTimeoutMs: 300,
    onProgress: () => void hooks.progress++,
  });
  const devices = [exporterDevice("1"), exporterDevice("2")];
  return { ...fleet, hooks, devices, pausesSoFar: () => pauses };
}

/** The values and names of a device that are on the page. */
function shown(text: string): readonly string[] {
  const found = text.matchAll(/^m\{device_id="(\d)",device_name="([^".]*)[^}]*\} (\d)$/gm);
  return [...new Set([...found].map(([, id, name, value]) => `${id} ${name} ${value}`))].toSorted();
}

Deno.test("takeLong() shows the whole page or none of it, and other pages in between", async () => {
  const { answers, cycle, devices, hooks, pausesSoFar, relay } = await makeSlicedFleet();
  answers.set("1", pageOf(LONG, 1)).set("2", "m 1\n");
  await cycle(devices);
  assertEquals(shown(pageText(relay.pages)), ["1 node-1 1", "2 node-2 1"]);

  answers.set("1", pageOf(LONG, 2)).set("2", "m 2\n");
  const between = new Set<string>();
  hooks.pause = () => {
    between.add(shown(pageText(relay.pages)).join(", "));
    return Promise.resolve();
  };
  const before = pausesSoFar();
  await cycle(devices);
  // The short page does not wait for the long one.
  assertEquals([...between].at(-1), "1 node-1 1, 2 node-2 2");
  assertEquals(shown(pageText(relay.pages)), ["1 node-1 2", "2 node-2 2"]);
  assertEquals(pausesSoFar() - before > 4, true);
  // Pauses are signs of life as well as pages.
  assertEquals(hooks.progress > pausesSoFar(), true);
});

Deno.test("takeLong() shows nothing of a page that is wrong at its end", async () => {
  const { answers, told, cycle, devices, relay } = await makeSlicedFleet();
  answers.set("1", pageOf(LONG, 1)).set("2", "m 1\n");
  await cycle(devices);
  answers.set("1", pageOf(LONG, 2, "m{\n"));
  await cycle(devices);
  assertEquals(shown(pageText(relay.pages)), ["2 node-2 1"]);
  assertEquals(told, ["failed parse"]);
});

Deno.test("takeLong() forgets a device that leaves the fleet in the middle", async () => {
  const { answers, collector, cycle, devices, hooks, learn, relay, states } =
    await makeSlicedFleet();
  answers.set("1", pageOf(LONG, 1)).set("2", "m 1\n");
  hooks.pause = async (count) => {
    if (count !== 3) return;
    await learn(devices.slice(1));
    collector.retarget();
  };
  await cycle(devices);
  assertEquals(shown(pageText(relay.pages)), ["2 node-2 1"]);
  assertEquals(states().map(({ device }) => device.id), ["2"]);
});

Deno.test("takeLong() shows the labels that the device has got in the middle", async () => {
  const { answers, collector, cycle, devices, hooks, learn, relay, states } =
    await makeSlicedFleet();
  answers.set("1", pageOf(LONG, 1)).set("2", "m 1\n");
  hooks.pause = async (count) => {
    if (count !== 3) return;
    await learn([exporterDevice("1", { name: "new.tail0001.ts.net" }), ...devices.slice(1)]);
    collector.retarget();
  };
  await cycle(devices);
  assertEquals(shown(pageText(relay.pages)), ["1 new 1", "2 node-2 1"]);
  assertEquals(states().map(({ state }) => state), ["up", "up"]);
});

Deno.test("takeLong() ends when the program is stopped", async () => {
  const { answers, collector, learn, devices, hooks, pausesSoFar, relay } = await makeSlicedFleet();
  answers.set("1", pageOf(LONG, 1)).set("2", pageOf(LONG, 1));
  const stop = new AbortController();
  hooks.pause = (count) => {
    if (count === 3) stop.abort(new Error("stopped"));
    return Promise.resolve();
  };
  await learn(devices);
  await assertRejects(() => collector.collect(stop.signal), Error, "stopped");
  assertEquals(shown(pageText(relay.pages)), []);
  // The queue is free for the next cycle.
  await collector.collect(NEVER);
  assertEquals(shown(pageText(relay.pages)), ["1 node-1 1", "2 node-2 1"]);
  assertEquals(pausesSoFar() > 6, true);
});

Deno.test("takeLong() gives a page up that takes too long, by the time since its turn", async () => {
  const { answers, told, cycle, devices, relay, states } = await makeSlicedFleet();
  answers.set("1", pageOf(9_000, 1, `# ${"x".repeat(1_000)}\n`.repeat(1_000)));
  answers.set("2", pageOf(LONG, 1));
  await cycle(devices);
  // The second waited longer than that for its turn, and it is not its fault.
  assertEquals(shown(pageText(relay.pages)), ["2 node-2 1"]);
  assertEquals(told, ["failed timeout"]);
  assertEquals(
    states()[0]?.reason,
    "Cannot use http://100.64.0.1:5252/metrics: reading its page takes more than 0.3 s: lower " +
      "the LIMIT_PAGE_… settings, or raise CLIENT_METRICS_TIMEOUT",
  );
});
