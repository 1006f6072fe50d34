/**
 * Handing out the page of 10,000 devices, and what it takes to get there.
 *
 * Machine: 2 virtual CPUs of an AMD EPYC, Debian 12, Deno 2.9.6, other programs running.
 * Page: 620,000 samples of 15 families, 71 MB.
 *
 *                                                   best     mean
 *     PageView.chunks()                           154 µs   331 µs
 *     PageView.chunks(), every second device     22.3 ms  30.4 ms
 *     PageView.chunks(), copied into one piece    9.0 ms  11.2 ms
 *     kept strings, joined and encoded            107 ms   120 ms
 *     one page relabelled, set, viewed            269 µs   457 µs
 *     BlockWriter, 30 samples                     3.9 µs   7.8 µs
 *
 * A page is memory that is there already, so it costs nothing before it is sent; when each line had
 * to be fetched from its device's block it took 50 ms. A part of the fleet is still copied. Who
 * asks for a view after every change pays for a tile of 512 devices each time: cycles do not.
 *
 * @module
 */

import { type Block, BlockWriter, type Label, Relabeler } from "../../src/exposition/mod.ts";
import { Page, Section } from "../../src/page/mod.ts";
import { fixtureText } from "../_support/fixture.ts";

const DEVICES = 10_000;

/** A page as large as a device's that offers Serve and relays: 62 samples. */
function makePage(): Uint8Array {
  const page = fixtureText("pages/usermetrics-peer-relay-server.txt");
  const bytes = ["in", "out"].flatMap((way) =>
    Array.from(
      { length: 13 },
      (_, at) =>
        `tailscaled_serve_${way}bound_bytes_total{service="svc:web-${10 + at}"} ${at * 1000}\n`,
    )
  );
  return new TextEncoder().encode(page + bytes.join("") + "x 1\n");
}

const page = makePage();
const section = new Section([]);
const relabeler = new Relabeler(section.families);

function labelsOf(device: number): readonly Label[] {
  return [["device_id", String(4200000000000000 + device)], ["device_name", `node-${device}`]];
}

for (let device = 0; device < DEVICES; device++) {
  section.set(String(device), relabeler.relabel(page, labelsOf(device)).block);
}
const view = new Page([section]).view();
console.error(
  `${view.sampleCount} samples of ${section.families.size} families, ` +
    `${(view.byteLength("text") / 1e6).toFixed(1)} MB`,
);

/** The rival: the text of each family, kept as a string. */
const texts = view.text("text").split(/^(?=# HELP)/m);

Deno.bench("PageView.chunks()", { group: "stream", baseline: true }, () => {
  for (const chunk of view.chunks("text")) void chunk.length;
});

Deno.bench("PageView.chunks(), every second device", { group: "stream" }, () => {
  const half = new Page([section]).view({ only: (key) => Number(key) % 2 === 0 });
  for (const chunk of half.chunks("text")) void chunk.length;
});

const memory = new Uint8Array(view.byteLength("text"));
Deno.bench("PageView.chunks(), copied into one piece", { group: "stream" }, () => {
  let at = 0;
  for (const chunk of view.chunks("text")) {
    memory.set(chunk, at);
    at += chunk.length;
  }
});

Deno.bench("kept strings, joined and encoded", { group: "stream" }, () => {
  new TextEncoder().encode(texts.join(""));
});

let generation = 0;
Deno.bench("one page relabelled, set, viewed", { group: "view" }, () => {
  section.set("0", relabeler.relabel(page, labelsOf(generation++ % 2)).block);
  new Page([section]).view();
});

const own = new Section(
  Array.from(
    { length: 30 },
    (_, at) => ({ name: `tailscale_device_${at}`, type: "gauge", help: "" }),
  ),
);
const writer = new BlockWriter(own.families);

function writeBlock(): Block {
  writer.begin('device_id="4200000000000000",device_name="node-1"');
  for (let family = 0; family < 30; family++) writer.sample(family, family * 1.5);
  return writer.finish();
}

Deno.bench("BlockWriter, 30 samples", { group: "write" }, () => {
  writeBlock();
});
