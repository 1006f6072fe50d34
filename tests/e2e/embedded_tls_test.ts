import { assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../_support/until.ts";
import { embeddedSettings, makeDenoDir, untilState } from "./_embedded.ts";
import {
  CONTROL_LOST,
  FAULTY_PROGRAM,
  freeze,
  FROZEN,
  loseControl,
  outageLinesOf,
  Scraper,
  untilUp,
} from "./_embedded_fault.ts";
import { Lab } from "./_lab.ts";

// Its address: the next one after those of the two nodes.
const ORIGIN = "http://100.64.0.3:9100";

const JOINED = "INFO tsnet Joined the tailnet as embedded.lab.test " +
  "(100.64.0.3, fd7a:115c:a1e0::3)";

Deno.test("Program joins by a control plane and relays behind TLS, with an authority of our own, and comes back there", async () => {
  const denoDir = await makeDenoDir();
  try {
    await using lab = await Lab.up({ nodes: ["a", "b"], hasTls: true });
    const { TS_AUTHKEY, TS_DEBUG_USE_DERP_HTTP: _, ...own } = await embeddedSettings(lab, denoDir);
    const settings = {
      ...own,
      TLS_CA_PEM: await Deno.readTextFile(`${lab.variable("DIR")}/hs/ca.pem`),
    };
    {
      await using _program = lab.serveOn("a", { ...settings, TS_AUTHKEY: TS_AUTHKEY ?? "" });
      const page = await until("both nodes to be up", async () => {
        const text = await lab.curl(`${ORIGIN}/metrics`, "b").catch(() => "");
        return text.match(/^tsmetrics_device_up\{.*"node-[ab]"\} 1$/gm)?.length === 2 && text;
      });
      assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
      // node a has a tag, and is not alice's
      const refused = await lab.curl(`${ORIGIN}/health`, "a").catch(String);
      assertStringIncludes(refused, "403");
    }
    // One device: of two, one could still answer when the network goes.
    const single = { ...settings, EXCLUDE_DEVICES: "node-a" };
    const program = lab.serveOn("a", single, FAULTY_PROGRAM);
    await using ending = new AsyncDisposableStack();
    ending.use(program);
    await untilState(lab, "running");
    const scraper = ending.use(new Scraper(lab));
    await untilUp(lab, 1);
    await freeze(lab, program);
    await loseControl(lab, "tls");
    assertStringIncludes(await lab.curl(`${ORIGIN}/metrics`, "b"), "tsmetrics_device_up{");
    assertEquals((await lab.nodes()).length, 3);
    await ending.disposeAsync();
    assertEquals(outageLinesOf(program), [
      JOINED,
      "INFO tsnet Serving http://100.64.0.3:9100/metrics on the tailnet",
      FROZEN,
      JOINED,
      ...CONTROL_LOST,
    ]);
    assertEquals(scraper.faults, []);
  } finally {
    await Deno.remove(denoDir, { recursive: true });
  }
});
