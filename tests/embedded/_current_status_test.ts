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

Deno.test("CurrentStatus.reaches() shows a cut while the node is in the tailnet, over what it reports", async () => {
  const { heard, status } = open();
  status.reaches("none");
  assertEquals([status.state, heard.splice(0)], ["starting", []]);
  status.update({ state: "running", name: "tsmetrics.lab.test" });
  assertEquals([status.state, status.value.reach], ["control_away", "none"]);
  assertEquals(status.outage?.includes("neither the control plane nor any device"), true);
  // Each connection shows whether the network is back.
  await status.untilRunning(new AbortController().signal);
  heard.length = 0;
  // Tailscale's code learns of it.
  status.update({ state: "control_away" });
  assertEquals(heard, []);
  status.reaches("returning");
  status.update({ state: "running" });
  assertEquals(heard.splice(0), ["control_away", "told"]);
  status.reaches(undefined);
  assertEquals([status.state, status.value.reach, status.outage], [
    "running",
    undefined,
    undefined,
  ]);
  assertEquals(heard.splice(0), ["running", "told"]);
  status.reaches("none");
  status.update({ state: "removed" });
  assertEquals([status.state, status.value.reach], ["removed", undefined]);
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
