import { assertEquals, assertRejects } from "@std/assert";
import { CurrentStatus } from "../../src/embedded/_current_status.ts";
import { settle } from "./_fake_worker.ts";

/** A status with a clock, and what is heard of it. */
function open() {
  const clock = { elapsedMs: 0 };
  const heard: string[] = [];
  const status = new CurrentStatus({
    elapsed: () => clock.elapsedMs,
    onStatus: ({ state }) => heard.push(state),
  });
  status.subscribe(() => heard.push("told"));
  return { clock, heard, status };
}

Deno.test("CurrentStatus.set() tells of each change once", () => {
  const { heard, status } = open();
  status.set({ ...status.value });
  assertEquals(heard.splice(0), []);
  status.update({ state: "running" });
  status.update({ state: "running" });
  status.update({ name: "tsmetrics.lab.test" });
  assertEquals(heard.splice(0), ["running", "told", "running", "told"]);
  assertEquals([status.state, status.value.name], ["running", "tsmetrics.lab.test"]);
  status.notify();
  assertEquals(heard, ["told"]);
});

Deno.test("CurrentStatus.set() changes nothing that is stuck", () => {
  const { heard, status } = open();
  status.update({ state: "stuck" });
  heard.length = 0;
  status.update({ state: "running" });
  status.starting();
  assertEquals([status.state, heard], ["stuck", []]);
});

Deno.test("CurrentStatus.starting() leaves a node out that has to log in", () => {
  const { status } = open();
  for (const state of ["needs_login", "key_expired", "removed"] as const) {
    status.update({ state });
    status.starting();
    assertEquals(status.state, state);
  }
  status.update({ state: "running" });
  status.starting();
  assertEquals(status.state, "starting");
});

Deno.test("CurrentStatus.untilRunning() waits for a young start only", async () => {
  const { clock, status } = open();
  const { signal } = new AbortController();
  status.starting();
  clock.elapsedMs = 19_999;
  let isIn = false;
  const waiting = status.untilRunning(signal).then(() => isIn = true);
  status.update({ name: "another change" });
  await settle();
  assertEquals(isIn, false);
  status.update({ state: "running" });
  await waiting;
  status.starting();
  clock.elapsedMs += 20_000;
  await assertRejects(() => status.untilRunning(signal), Error, "is joining the tailnet");
});

Deno.test("CurrentStatus.untilRunning() gives up when the node is out, and with its signal", async () => {
  const { status } = open();
  status.starting();
  const [waiting, aborted] = [new AbortController(), new AbortController()];
  const refused = assertRejects(() => status.untilRunning(waiting.signal), Error, "expired");
  const ended = assertRejects(() => status.untilRunning(aborted.signal), Error, "too late");
  aborted.abort(new Error("too late"));
  await ended;
  status.update({ state: "key_expired" });
  await refused;
});
