/**
 * A sidecar's node over a tailscaled that plays, and a clock that a test moves.
 *
 * @module
 */

import type { NodeStatus } from "../../src/own_node/node_status.ts";
import { SidecarNode, type SidecarOptions } from "../../src/sidecar/sidecar.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { FakeLogin } from "./_fake_login.ts";

/** The node, what is around it, and each change of its status. */
export interface Rig {
  readonly api: FakeLogin;
  readonly clock: FakeClock;
  readonly node: SidecarNode;
  readonly seen: string[];
}

/** A node that has not started. */
export function rig(own: Partial<SidecarOptions> = {}): Rig {
  const [api, clock] = [new FakeLogin(), new FakeClock()];
  const seen: string[] = [];
  const node = new SidecarNode({
    api,
    hostname: "tsm",
    controlUrl: "https://hs.example",
    authKey: () => Promise.resolve("tskey-auth-x"),
    hasAuthKey: true,
    onStatus: ({ error, loginUrl, state }: NodeStatus) =>
      seen.push([state, error, loginUrl].filter(Boolean).join(" ")),
    onOtherControl: (actual) => seen.push(`other control ${actual}`),
    onRefused: (reason) => seen.push(`refused: ${reason}`),
    delay: clock.delay,
    now: () => 0,
    elapsed: () => clock.now(),
    ...own,
  });
  return { api, clock, node, seen };
}

/** Lets the node look once more. */
export async function look({ clock }: { readonly clock: FakeClock }, ms = 1_000): Promise<void> {
  await clock.advance(ms);
  await settle();
}
