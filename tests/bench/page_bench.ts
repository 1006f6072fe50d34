/**
 * Streaming the page of 10,000 devices, and what it takes to get there.
 *
 * Machine: 2 virtual CPUs of an AMD EPYC, Debian 12, Deno 2.9.6, other programs running.
 * Page: 620,000 samples of 15 families, 71 MB.
 *
 *                                         best     mean
 *     PageView.chunks(), 128 KiB         49.5 ms   55.7 ms   1.3 GB/s
 *     PageView.chunks(), 16 KiB          49.9 ms   60.2 ms
 *     PageView.chunks(), whole in one    92.0 ms  110.4 ms
 *     kept strings, joined and encoded   87.4 ms  105.2 ms
 *     one page relabelled, set, viewed   57.8 µs   80.5 µs
 *     BlockWriter, 30 samples             5.9 µs    7.2 µs
 *
 * Chunks cost half of what one large piece costs, because their memory is used again while it is
 * still in the cache; their size hardly matters.
 *
 * @module
 */

import { BlockWriter } from "../../src/exposition/block.ts";
import type { Block } from "../../src/exposition/block.ts";
import type { Label } from "../../src/exposition/family.ts";
import { Page, Section } from "../../src/exposition/page.ts";
import { Relabeler } from "../../src/exposition/relabel.ts";
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

Deno.bench("PageView.chunks(), 128 KiB", { group: "stream", baseline: true }, () => {
  for (const chunk of view.chunks("text")) void chunk.length;
});

Deno.bench("PageView.chunks(), 16 KiB", { group: "stream" }, () => {
  for (const chunk of view.chunks("text", 16 * 1024)) void chunk.length;
});

Deno.bench("PageView.chunks(), the whole in one", { group: "stream" }, () => {
  for (const chunk of view.chunks("text", view.byteLength("text"))) void chunk.length;
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
