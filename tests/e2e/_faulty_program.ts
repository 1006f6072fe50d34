/**
 * The program with two switches that the real one does not have: SIGUSR1 freezes the Go program of
 * its embedded node, SIGUSR2 lets its clock jump by five minutes. All else is `src/main.ts`.
 *
 * @module
 */

import { EmbeddedNode } from "../../src/embedded/node.ts";
import { Beats } from "./_beats.ts";

const beats = new Beats();
const { beatMs, maxMissed } = beats;

// Its node finds these among its options.
for (const [name, value] of Object.entries({ hasFaults: true, beatMs, maxMissed })) {
  Object.defineProperty(Object.prototype, name, { value, writable: true });
}

const { start } = EmbeddedNode.prototype;
EmbeddedNode.prototype.start = function () {
  Deno.addSignalListener("SIGUSR1", () => {
    beats.freeze();
    // The Worker that takes it is gone before it can answer.
    this.fault("block").catch(() => {});
  });
  let { restarts } = this;
  this.subscribe(() => {
    if (this.restarts > restarts) beats.restart();
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
