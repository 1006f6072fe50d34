import { assertEquals } from "@std/assert";
import { waitForJoin } from "../../src/own_node/join_wait.ts";
import { type NodeState, UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

function rig(first: NodeState) {
  const clock = new FakeClock();
  const listeners: (() => void)[] = [];
  let state = first;
  let isOver = false;
  const stop = new AbortController();
  const node = {
    get status() {
      return { ...UNKNOWN_STATUS, state };
    },
    subscribe: (listener: () => void) => void listeners.push(listener),
  };
  const context = { delay: clock.delay, elapsed: () => clock.elapsed() };
  const over = waitForJoin(node, context, stop.signal).then(() => isOver = true);
  return {
    clock,
    over,
    stop,
    isOver: () => isOver,
    async become(next: NodeState) {
      state = next;
      for (const listener of listeners) listener();
      await settle();
    },
  };
}

Deno.test("waitForJoin() waits for a node that is starting, and 20 s at most", async () => {
  const joining = rig("starting");
  await joining.clock.advance(19_999);
  assertEquals(joining.isOver(), false);
  await joining.become("running");
  assertEquals(joining.isOver(), true);
  const slow = rig("starting");
  await slow.clock.advance(20_000);
  await slow.over;
});

Deno.test("waitForJoin() waits 5 s for a tailscaled that does not answer", async () => {
  const away = rig("starting");
  await away.become("unreachable");
  await away.clock.advance(4_999);
  assertEquals(away.isOver(), false);
  await away.clock.advance(1);
  await away.over;
});

Deno.test("waitForJoin() waits for no node that needs something, and ends with its signal", async () => {
  await rig("needs_login").over;
  const { over, stop } = rig("starting");
  stop.abort();
  await over;
});
