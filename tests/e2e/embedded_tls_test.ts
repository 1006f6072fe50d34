import { assertStringIncludes } from "@std/assert";
import { Lab } from "./_lab.ts";
import { until } from "../_support/until.ts";

Deno.test("Program joins by a control plane and relays behind TLS, with an authority of our own", async () => {
  await using lab = await Lab.up({ nodes: ["a", "b"], hasTls: true });
  const hs = `${lab.variable("DIR")}/hs`;
  const keys = await Deno.readTextFile(`${hs}/keys`);
  const settings = {
    ...lab.innerApiSettings,
    TLS_CA_PEM: await Deno.readTextFile(`${hs}/ca.pem`),
    USE_TSNET: "true",
    TSNET_HOSTNAME: "embedded",
    TS_AUTHKEY: /^KEY_EXPORTER=(.*)$/m.exec(keys)?.[1] ?? "",
    SCRAPE_TAG: "",
    SCRAPE_INTERVAL: "2s",
    CLIENT_METRICS_TIMEOUT: "2s",
    RATE_LIMIT_BURST: "1000",
    HISTORY: "off",
  };
  await using _program = lab.serveOn("a", settings);
  // Its address: the next one after those of the two nodes.
  const page = await until("both nodes to be up", async () => {
    const text = await lab.curl("http://100.64.0.3:9100/metrics", "b").catch(() => "");
    return text.match(/^tsmetrics_device_up\{.*"node-[ab]"\} 1$/gm)?.length === 2 && text;
  });
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
});
