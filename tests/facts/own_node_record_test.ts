import { assertEquals } from "@std/assert";
import { OwnNodeRecord } from "../../src/facts/own_node_record.ts";
import { type NodeStatus, UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

function makeRig(showsLogin = false) {
  const clock = new FakeClock();
  const listeners: (() => void)[] = [];
  const node = {
    status: UNKNOWN_STATUS,
    summary: "Nothing secret.",
    subscribe: (listener: () => void) => void listeners.push(listener),
  };
  const said: string[] = [];
  const record = new OwnNodeRecord({
    node,
    hasAuthKey: true,
    showsLogin,
    now: clock.now,
    look: () => {
      said.push(`look ${record.snapshot().state}`);
      return Promise.resolve();
    },
    onState: () => said.push(`show ${record.snapshot().state}`),
  });
  const set = (status: Partial<NodeStatus>) => {
    node.status = { ...node.status, ...status };
    for (const listener of listeners) listener();
  };
  return { clock, record, said, set };
}

Deno.test("OwnNodeRecord knows since when the node is in its state", async () => {
  const { clock, record, set } = makeRig();
  const startMs = clock.now();
  await clock.advance(2_000);
  assertEquals([record.snapshot().sinceMs, record.snapshot().atMs], [startMs, startMs + 2_000]);
  set({ state: "running", addresses: ["100.64.0.9"] });
  await clock.advance(1_000);
  set({ keyExpiresSeconds: 1_800_000_000 });
  const { addresses, hasAuthKey, sinceMs, state, summary } = record.snapshot();
  assertEquals([addresses, hasAuthKey, sinceMs, state, summary], [
    ["100.64.0.9"],
    true,
    startMs + 2_000,
    "running",
    "Nothing secret.",
  ]);
});

Deno.test("OwnNodeRecord has a new state looked at before it is shown, unless it is silent", async () => {
  const { said, set } = makeRig();
  set({ state: "running" });
  await settle();
  assertEquals(said.splice(0), ["look running", "show running"]);
  set({ keyExpiresSeconds: 1_800_000_000 });
  for (const state of ["starting", "unreachable", "stuck"] as const) {
    set({ state });
    await settle();
    assertEquals(said.splice(0), [`show ${state}`]);
  }
});

Deno.test("OwnNodeRecord shows what a node reaches as soon as that changes, since its state began", async () => {
  const { clock, record, said, set } = makeRig();
  set({ state: "control_away", reach: "none" });
  await settle();
  const { sinceMs } = record.snapshot();
  assertEquals(said.splice(0), ["look control_away", "show control_away"]);
  await clock.advance(1_000);
  set({ reach: "returning" });
  assertEquals(said.splice(0), ["show control_away"]);
  assertEquals([record.snapshot().reach, record.snapshot().sinceMs], ["returning", sinceMs]);
  set({ reach: "returning" });
  assertEquals(said, []);
});

Deno.test("OwnNodeRecord tells where the login address is, and neither it nor an error", () => {
  const loginUrl = "https://login.example/a/1";
  for (const [showsLogin, place] of [[true, "page"], [false, "log"]] as const) {
    const { record, set } = makeRig(showsLogin);
    assertEquals([record.snapshot().loginPlace, record.snapshot().hasError], [undefined, false]);
    set({ state: "needs_login", loginUrl });
    assertEquals([record.snapshot().loginPlace, record.snapshot().hasError], [place, false]);
    set({ error: "invalid key" });
    assertEquals([record.snapshot().loginPlace, record.snapshot().hasError], [
      // The log has the error and no address.
      showsLogin ? "page" : undefined,
      true,
    ]);
    const text = JSON.stringify(record.snapshot());
    assertEquals([text.includes(loginUrl), text.includes("invalid key")], [false, false]);
    set({ state: "removed" });
    assertEquals(record.snapshot().loginPlace, place);
  }
});
