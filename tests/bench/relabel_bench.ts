/**
 * Relabelling a device's page: the relabeler against two that check less.
 *
 * Machine: 2 virtual CPUs of an AMD EPYC, Debian 12, Deno 2.9.6, shared with others.
 * Page: tailscaled 1.102.3 as a peer relay, 4,384 bytes, 35 samples, two labels added.
 *
 *                                              best    MB/s   mean
 *     Relabeler.relabel()                     5.2 µs    843    9.7 µs
 *     copies bytes, checks nothing            5.2 µs    843    6.5 µs
 *     regular expressions, check the syntax  17.4 µs    252   25.4 µs
 *     Relabeler.relabel(), blanks everywhere   54 µs     80    120 µs
 *     Relabeler.relabel(), labels to drop      57 µs     77    115 µs
 *
 * The whole check, that no series comes twice included, costs at best no more than copying the
 * bytes one by one, since what was read on a page before is compared by eights; before that was
 * so it took 6.7 µs. A page that no Go program would write goes the general way at a tenth of the
 * speed, still little beside fetching it; so does a family of which labels may have to be left out.
 *
 * @module
 */

import { type Label, Relabeler, renderLabels } from "../../src/exposition/mod.ts";
import { Section } from "../../src/page/mod.ts";
import { fixtureBytes } from "../_support/fixture.ts";

const PAGE = fixtureBytes("pages/usermetrics-peer-relay-server.txt");
const LABELS: readonly Label[] = [
  ["device_id", "4200000000000000"],
  ["device_name", "node-c.tail1234.ts.net"],
];

/** The same page with blanks that no Go program writes. */
const SPREAD = new TextEncoder().encode(
  new TextDecoder().decode(PAGE).replace(/^([^#\n{ ]+)(?=[{ ])/gm, "$1 "),
);

const section = new Section([]);
// As the collector of pages has it, whose section copies what it keeps.
const relabeler = new Relabeler(section.families, { reusesBlocks: true });
section.set("1", relabeler.relabel(PAGE, LABELS).block);

const dropping = new Relabeler(new Section([]).families, {
  reusesBlocks: true,
  drops: {
    dropsFamily: () => false,
    touches: () => true,
    dropsLabel: (_, label) => label === "path",
  },
});

const own = new TextEncoder().encode(renderLabels(LABELS));
const scratch = new Uint8Array(64 * 1024);

/** The least that any relabeler must do. */
function copyLoop(page: Uint8Array): Uint8Array {
  let at = 0;
  let to = 0;
  while (at < page.length) {
    let byte = page[at] ?? 0;
    if (byte === 0x23) {
      while (page[at] !== 0x0a) at += 1;
      at += 1;
      continue;
    }
    while (byte !== 0x7b && byte !== 0x20) {
      scratch[to++] = byte;
      byte = page[++at] ?? 0;
    }
    scratch[to++] = 0x7b;
    for (let from = 0; from < own.length; from++) scratch[to++] = own[from] ?? 0;
    if (byte === 0x7b) {
      scratch[to++] = 0x2c;
      at += 1;
    } else scratch[to++] = 0x7d;
    do {
      byte = page[at++] ?? 0;
      scratch[to++] = byte;
    } while (byte !== 0x0a);
  }
  return scratch.subarray(0, to);
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\})? (\S+)$/;

/** How one would write it first: lines, a regular expression, strings. */
function matchLines(page: Uint8Array): Uint8Array {
  const labels = renderLabels(LABELS);
  let text = "";
  for (const line of new TextDecoder("utf-8", { fatal: true }).decode(page).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name = "", rest, value = ""] = SAMPLE.exec(line) ?? [];
    if (name === "" || Number.isNaN(Number(value))) throw new SyntaxError(line);
    text += `${name}{${labels}${rest === undefined ? "" : `,${rest}`}} ${value}\n`;
  }
  return new TextEncoder().encode(text);
}

Deno.bench("Relabeler.relabel()", { group: "relabel", baseline: true }, () => {
  relabeler.relabel(PAGE, LABELS);
});

Deno.bench("Relabeler.relabel(), blanks everywhere", { group: "relabel" }, () => {
  relabeler.relabel(SPREAD, LABELS);
});

Deno.bench("Relabeler.relabel(), labels to drop", { group: "relabel" }, () => {
  dropping.relabel(PAGE, LABELS);
});

Deno.bench("copies bytes, checks nothing", { group: "relabel" }, () => {
  copyLoop(PAGE);
});

Deno.bench("regular expressions, check the syntax", { group: "relabel" }, () => {
  matchLines(PAGE);
});
