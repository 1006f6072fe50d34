/**
 * What one device costs a cycle: the API's facts to a block, the choice of targets, and a page from
 * the socket to its block.
 *
 * AMD EPYC, 2 vCPU shared with others, Deno 2.9.6; averages, in brackets the fastest:
 *
 * |                                        | µs a device  |
 * |----------------------------------------|--------------|
 * | renderDevice(), 43 samples             | 17 to 24 (9) |
 * | isSameDevice()                         | 1.4 (1.0)    |
 * | choose(), devices known before         | 0.02         |
 * | relabel() and set(), 25 samples        | 14 to 27 (7) |
 *
 * Whole cycles over 1,000 devices at 50 at once, server in another process, CPU time of ours (least
 * and median of 20, in turns): fetch and read 80 and 126, the scraper 86 and 127, the cycle 119 and
 * 157 µs a device.
 *
 * Conclusion: the platform's fetch is two thirds of the cost; comparing a device with what it was
 * costs a tenth of rendering it again.
 *
 * @module
 */

import { renderDevice } from "../../src/collectors/_device_block.ts";
import { DEVICE_METRICS } from "../../src/collectors/_device_metric.ts";
import { CLIENT_METRICS } from "../../src/collectors/_scrape_metric.ts";
import { isSameDevice } from "../../src/devices/_same_device.ts";
import { createAddressCheck } from "../../src/devices/address_check.ts";
import { createScraper } from "../../src/devices/scrape.ts";
import { TargetChooser } from "../../src/devices/target.ts";
import { BlockWriter, Relabeler } from "../../src/exposition/mod.ts";
import { Section } from "../../src/page/mod.ts";
import { makeFullDevice, makeKnown, makeTarget } from "../devices/_device.ts";
import { fixtureBytes } from "../_support/fixture.ts";

/** Ten regions: what a real device measures. */
function realDevice(id: string) {
  const device = makeFullDevice({ id, name: `node-${id}.tail0001.ts.net` });
  const regions = Array.from({ length: 10 }, (_, index) => ({
    name: `Region ${index}`,
    isPreferred: index === 0,
  }));
  const latenciesMs = regions.map((_, index) => 10.25 + index * 7.125);
  const { connectivity } = device;
  return connectivity === undefined
    ? device
    : { ...device, connectivity: { ...connectivity, regions, latenciesMs } };
}

const section = new Section(DEVICE_METRICS);
const writer = new BlockWriter(section.families);
const device = realDevice("92960230385");
const again = structuredClone(device);
const known = Array.from({ length: 1000 }, (_, index) => makeKnown(realDevice(`${index}`)));

Deno.bench("renderDevice() of 43 samples", { group: "api" }, () => {
  renderDevice(writer, { device, isOnline: true });
});

Deno.bench("isSameDevice() of two that are", { group: "api", baseline: true }, () => {
  isSameDevice(device, again);
});

const chooser = new TargetChooser({
  scrapeTag: "exporter",
  portOf: () => 5252,
  isAllowed: createAddressCheck(),
});
Deno.bench("TargetChooser.choose() of 1,000 devices", { group: "target" }, () => {
  for (const one of known) chooser.choose(one);
});

const page = fixtureBytes("client/webclient.txt");
const pages = new Section(CLIENT_METRICS);
const relabeler = new Relabeler(pages.families);
const labels = [["device_id", device.id], ["device_name", device.name]] as const;
Deno.bench("relabel() and set() of a real page", { group: "page" }, () => {
  pages.set(device.id, relabeler.relabel(page, labels).block);
});

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () =>
    new Response(page, {
      headers: { "content-type": "text/plain;version=0.0.4;charset=utf-8" },
    }),
);
server.unref();
const client = Deno.createHttpClient({ poolMaxIdlePerHost: 1, http2: false });
const scrape = createScraper({ client: () => client, timeoutMs: 10_000, maxBytes: 2_097_152 });
const target = makeTarget(server.addr.port, device);
Deno.bench(
  "scrape() of a real page, with the server in this process",
  { group: "page" },
  async () => {
    await scrape(target);
  },
);
