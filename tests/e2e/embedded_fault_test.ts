import { assert, assertEquals } from "@std/assert";
import { embeddedSettings, makeDenoDir, untilState } from "./_embedded.ts";
import {
  CONTROL_LOST,
  cutNetwork,
  FAULTY_PROGRAM,
  freeze,
  FROZEN,
  loseControl,
  outageLinesOf,
  Scraper,
  untilUp,
} from "./_embedded_fault.ts";
import { Lab } from "./_lab.ts";

const JOINED = "INFO tsnet Joined the tailnet as embedded.lab.test " +
  "(100.64.0.3, fd7a:115c:a1e0::3)";

Deno.test("Program loses no page, and logs one line for each thing that happens to its node", async () => {
  const denoDir = await makeDenoDir();
  try {
    await using lab = await Lab.up({ nodes: ["a", "b"] });
    // One device: of two, one could still answer when the network goes.
    const settings = { ...await embeddedSettings(lab, denoDir), EXCLUDE_DEVICES: "node-a" };
    const program = lab.serveOn("a", settings, FAULTY_PROGRAM);
    await using ending = new AsyncDisposableStack();
    ending.use(program);
    await untilState(lab, "running");
    const scraper = ending.use(new Scraper(lab));
    await untilUp(lab, 1);

    await freeze(lab, program);

    await cutNetwork(lab);
    await loseControl(lab, "control");

    const own = (await lab.nodes()).find(({ givenName }) => givenName === "embedded");
    await lab.run(["hs", "nodes", "delete", "--identifier", own?.id ?? "", "--force"]);
    await untilState(lab, "removed");
    program.signal("SIGUSR2");
    await untilState(lab, "running");
    await untilUp(lab, 1);
    const names = (await lab.nodes()).map(({ givenName }) => givenName);
    assertEquals(names.sort(), ["embedded", "node-a", "node-b"]);

    await ending.disposeAsync();
    assertEquals(outageLinesOf(program), [
      JOINED,
      "INFO tsnet Serving http://100.64.0.3:9100/metrics on the tailnet",
      FROZEN,
      JOINED,
      ...CONTROL_LOST,
      ...CONTROL_LOST,
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
