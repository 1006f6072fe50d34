import { assertEquals } from "@std/assert";
import type { EventDraft } from "../../src/history/event.ts";
import { type ObservedNode, OwnNodeLog } from "../../src/history/own_node_log.ts";

type State = ObservedNode["status"]["state"];

Deno.test("OwnNodeLog notes each state once, as it happens, after the past was read", () => {
  const listeners: (() => void)[] = [];
  let nowMs = 0;
  const state: { value: State } = { value: "starting" };
  const node = {
    get status() {
      return { state: state.value };
    },
    get summary() {
      return `The node is ${state.value}.`;
    },
    subscribe: (listener: () => void) => void listeners.push(listener),
  };
  const noted: EventDraft[] = [];
  const log = new OwnNodeLog({ node, now: () => nowMs, note: (draft) => noted.push(draft) });
  const become = (next: State) => {
    nowMs++;
    state.value = next;
    for (const notify of listeners) notify();
  };
  for (const next of ["starting", "needs_login", "running"] as const) become(next);
  assertEquals(noted, []);
  log.release();
  // A restart of the Worker tells the same state again.
  for (const next of ["running", "removed", "removed", "starting"] as const) become(next);
  log.release();
  assertEquals(noted.map(({ atMs, message, severity }) => [atMs, severity, message]), [
    [2, "critical", "The node is needs_login"],
    [3, "ok", "The node is running"],
    [5, "critical", "The node is removed"],
    [7, "ok", "The node is starting"],
  ]);
});

Deno.test("OwnNodeLog begins with the state that the node is in", () => {
  const noted: string[] = [];
  const log = new OwnNodeLog({
    node: {
      status: { state: "running" },
      summary: "The node is running.",
      subscribe: () => {},
    },
    now: () => 0,
    note: ({ message }) => noted.push(message),
  });
  log.release();
  assertEquals(noted, ["The node is running"]);
});
