/**
 * The program with two switches that the real one does not have: SIGUSR1 freezes the Go program of
 * its embedded node, SIGUSR2 lets its clock jump by five minutes. All else is `src/main.ts`.
 *
 * @module
 */

import { EmbeddedNode } from "../../src/embedded/node.ts";

let isFrozen = false;

/** A Worker that is frozen counts as silent after 8 s, one on a busy machine after two minutes. */
const maxMissed = { valueOf: () => isFrozen ? 16 : 240 };

// Its node finds these among its options.
for (const [name, value] of Object.entries({ hasFaults: true, beatMs: 500, maxMissed })) {
  Object.defineProperty(Object.prototype, name, { value, writable: true });
}

const { start } = EmbeddedNode.prototype;
EmbeddedNode.prototype.start = function () {
  Deno.addSignalListener("SIGUSR1", () => {
    isFrozen = true;
    // The Worker that takes it is gone before it can answer.
    this.fault("block").catch(() => {});
  });
  let { restarts } = this;
  this.subscribe(() => {
    if (this.restarts > restarts) isFrozen = false;
    restarts = this.restarts;
  });
  start.call(this);
};

/** Time after which the node may log in again. */
const JUMP_MS = 5 * 60_000;
const elapsed = performance.now.bind(performance);
let jumpedMs = 0;
performance.now = () => elapsed() + jumpedMs;
Deno.addSignalListener("SIGUSR2", () => jumpedMs += JUMP_MS);

await import("../../src/main.ts");
