/**
 * What the lab does to the program's node, and what shows that it does no harm: pages that come
 * throughout, and scrapes over the tailnet that come back.
 *
 * @module
 */

import { describeError } from "../../src/errors.ts";
import { delay } from "../../src/time/delay.ts";
import { askHere, linesOf, untilState } from "./_embedded.ts";
import type { Lab, LabServer } from "./_lab.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";

/** Time between two scrapes, in milliseconds. */
const INTERVAL_MS = 500;

/** The program that takes the faults, for {@linkcode Lab.serveOn}. */
export const FAULTY_PROGRAM = "tests/e2e/_faulty_program.ts";

/** Scrapes the program on its own machine until it is disposed of. */
export class Scraper implements AsyncDisposable {
  /** Why a scrape failed; empty if all were good. */
  readonly faults: string[] = [];
  /** Number of scrapes. */
  count = 0;
  readonly #stop = new AbortController();
  readonly #work: Promise<void>;

  /** Begins at once. */
  constructor(lab: Lab) {
    this.#work = this.#run(lab);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #run(lab: Lab): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        new Samples(await askHere(lab, "/metrics"));
      } catch (error) {
        this.faults.push(describeError(error));
      }
      this.count++;
      await delay(INTERVAL_MS, this.#stop.signal).catch(() => {});
    }
  }
}

/** Until the program scrapes node b over the tailnet, or fails to. */
export async function untilUp(lab: Lab, value: 0 | 1): Promise<void> {
  const pattern = new RegExp(`^tsmetrics_device_up\\{.*"node-b"\\} ${value}$`, "m");
  await until(`node b to be ${value}`, async () => {
    return pattern.test(await askHere(lab, "/metrics").catch(() => ""));
  });
}

/** Freezes the Worker, until the next one is in the tailnet and scrapes. */
export async function freeze(lab: Lab, program: LabServer): Promise<void> {
  program.signal("SIGUSR1");
  await untilState(lab, "starting");
  await untilState(lab, "running");
  await untilUp(lab, 1);
}

/**
 * Takes away the control plane, and its relay with it, until the node says so; then gives it back,
 * until the node scrapes again. No node has another way to the embedded one.
 *
 * @param what What is taken away: headscale itself, or the TLS in front of it.
 */
export async function loseControl(lab: Lab, what: "control" | "tls"): Promise<void> {
  await lab.run([`stop-${what}`]);
  await untilUp(lab, 0);
  await untilState(lab, "control_away");
  await lab.run([`start-${what}`]);
  await untilState(lab, "running");
  await untilUp(lab, 1);
}

/** What the program logs when its Worker is frozen; that it joined again comes next. */
export const FROZEN = "WARN tsnet The Worker of the embedded node ended: no heartbeat for 8 s; " +
  "restarting in 1 s";

/** Pulls the network cable of node a until the program says so, then plugs it in again. */
export async function cutNetwork(lab: Lab): Promise<void> {
  await lab.run(["link", "a", "down"]);
  await untilUp(lab, 0);
  await untilState(lab, "control_away");
  await lab.run(["link", "a", "up"]);
  await untilState(lab, "running");
  await untilUp(lab, 1);
}

/** What the program logs when Tailscale's code has noticed that the control plane is away. */
const AWAY = "WARN tsnet The embedded node cannot reach the control plane.";

/** What it logs when neither the control plane nor a device is reached. */
const CUT =
  "WARN tsnet The embedded node reaches neither the control plane nor any device: check " +
  "the network of this machine.";

/** What it logs when the control plane is reached again. */
const BACK = "INFO tsnet The embedded node reaches the control plane again";

/** What the program logs of a control plane that a busy machine makes late. */
export const CONTROL_LATE: readonly string[] = [AWAY, CUT, BACK];

/** What the program logs when the control plane goes, with all ways to devices, and comes back. */
export const CONTROL_LOST: readonly string[] = [CUT, BACK];

/**
 * What the program logs of its node, and of devices in outages of the network. Without what
 * Tailscale's code notices beside them: when it does depends on how long they last.
 */
export function outageLinesOf(program: LabServer): readonly string[] {
  const lines = linesOf(program, "(?:device|tsnet)")
    .filter((line) => /^\w+ (?:device|tsnet) /.test(line) && line !== AWAY);
  let isCut = false;
  return lines.filter((line, at) => {
    if (line === BACK && lines[at - 1] === BACK) return false;
    if (/^\w+ device /.test(line)) {
      // A device that is not reached could be logged just before the node's own line.
      return isCut || lines[at + 1] === CUT && line.startsWith("WARN ");
    }
    isCut = line === CUT;
    return true;
  });
}
