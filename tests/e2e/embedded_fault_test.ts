import { assert, assertEquals } from "@std/assert";
import { describeError } from "../../src/errors.ts";
import { delay } from "../../src/time/delay.ts";
import { askHere, embeddedSettings, makeDenoDir, untilState } from "./_embedded.ts";
import { Lab, type LabServer } from "./_lab.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";

/** Time between two scrapes, in milliseconds. */
const INTERVAL_MS = 500;

/** Scrapes the program on its own machine until it is disposed of. */
class Scraper implements AsyncDisposable {
  /** Why a scrape failed; empty if all were good. */
  readonly faults: string[] = [];
  /** Number of scrapes. */
  count = 0;
  readonly #stop = new AbortController();
  readonly #work: Promise<void>;

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
async function untilUp(lab: Lab, value: 0 | 1): Promise<void> {
  const pattern = new RegExp(`^tsmetrics_device_up\\{.*"node-b"\\} ${value}$`, "m");
  await until(`node b to be ${value}`, async () => pattern.test(await askHere(lab, "/metrics")));
}

/** What a part of the program has logged, without times. */
function linesOf({ log }: LabServer, part: string): readonly string[] {
  return log.matching(new RegExp(` ${part} `)).map((line) => line.replace(/^\S+ /, ""));
}

const JOINED = "INFO tsnet Joined the tailnet as embedded.lab.test " +
  "(100.64.0.3, fd7a:115c:a1e0::3)";

Deno.test("Program loses no page, and logs one line for each thing that happens to its node", async () => {
  const denoDir = await makeDenoDir();
  try {
    await using lab = await Lab.up({ nodes: ["a", "b"] });
    const settings = await embeddedSettings(lab, denoDir);
    await using program = lab.serveOn("a", settings, "tests/e2e/_faulty_program.ts");
    await untilState(lab, "running");
    await using scraper = new Scraper(lab);
    await untilUp(lab, 1);

    program.signal("SIGUSR1");
    await untilState(lab, "starting");
    await untilState(lab, "running");
    await untilUp(lab, 1);

    await lab.run(["link", "a", "down"]);
    await untilUp(lab, 0);
    await lab.run(["link", "a", "up"]);
    await untilUp(lab, 1);

    // Its relay ends with it, and no node has another way to the embedded one.
    await lab.run(["stop-control"]);
    await untilUp(lab, 0);
    await untilState(lab, "control_away");
    await lab.run(["start-control"]);
    await untilState(lab, "running");
    await untilUp(lab, 1);

    const own = (await lab.nodes()).find(({ givenName }) => givenName === "embedded");
    await lab.run(["hs", "nodes", "delete", "--identifier", own?.id ?? "", "--force"]);
    await untilState(lab, "removed");
    program.signal("SIGUSR2");
    await untilState(lab, "running");
    await untilUp(lab, 1);
    const names = (await lab.nodes()).map(({ givenName }) => givenName);
    assertEquals(names.sort(), ["embedded", "node-a", "node-b"]);

    assertEquals(linesOf(program, "tsnet"), [
      JOINED,
      "INFO tsnet Serving http://100.64.0.3:9100/metrics on the tailnet",
      "WARN tsnet The Worker of the embedded node ended: silent for 8000 ms; restarting in 1 s",
      JOINED,
      "WARN tsnet The embedded node cannot reach the control plane; connections still work.",
      "INFO tsnet The embedded node reaches the control plane again",
      "ERROR tsnet The embedded node was removed from the tailnet: it logs in again if TS_AUTHKEY " +
      "is set and still valid.",
      "INFO tsnet Logging the embedded node in again with TS_AUTHKEY",
      JOINED,
    ]);
    assertEquals(scraper.faults, []);
    assert(scraper.count > 20, `${scraper.count} scrapes`);
  } finally {
    await Deno.remove(denoDir, { recursive: true });
  }
});
