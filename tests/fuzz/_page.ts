/**
 * A real device page with one to three things changed: bytes, lines, labels, values.
 *
 * @module
 */

import { fixtureBytes } from "../_support/fixture.ts";
import type { Dice } from "./_dice.ts";

const PAGES = ["after-derp", "cut-off-node", "peer-relay-server"]
  .map((name) => fixtureBytes(`pages/usermetrics-${name}.txt`)) as [Uint8Array, ...Uint8Array[]];

const encoder = new TextEncoder();

/** What is put in as a line of its own, or in place of something. */
const LINES = [
  "",
  "# a comment",
  "# EOF",
  "odd 1",
  "odd 1 1700000000000",
  'odd { b = "1" , a="2", } 1e3 ',
  'odd{a="2",b="1"} 7',
  'odd{device_id="x",exported_device_id="y"} 1',
  'odd{a="é\\n\\"😀"} 1',
  `odd{a="${"x".repeat(4096)}"} 1`,
  `odd{a="${"x".repeat(4097)}"} 1`,
  'tailscaled_inbound_bytes_total{path="derp"} 5',
  "tailscaled_inbound_bytes_total -1",
  "tailscaled_home_derp_region_id NaN",
  "# TYPE tailscaled_inbound_bytes gauge",
  "tailscaled_inbound_bytes_created 1",
  "# TYPE odd counter",
  "# TYPE odd histogram",
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2',
  '# TYPE s summary\ns{quantile="0.5"} 1\ns_count 2\ns_sum 1',
  'h_bucket{le="1"} 9',
  "tsmetrics_device_up 0",
].map((line) => encoder.encode(`${line}\n`)) as [Uint8Array, ...Uint8Array[]];

const PIECES = [
  "{",
  "}",
  '"',
  "\\",
  ",",
  "=",
  " ",
  "\n",
  "\r",
  "\0",
  "#",
  "+Inf",
  "1e400",
  "0x1",
  "é",
]
  .map((text) => encoder.encode(text)) as [Uint8Array, ...Uint8Array[]];

const LINE_FEED = 0x0a;
const [ZERO, NINE] = [0x30, 0x39];

/** A page that no device ever sent, but one might. */
export function mutatePage(dice: Dice): Uint8Array {
  let page = dice.of(PAGES);
  for (let count = 1 + dice.below(3); count > 0; count--) page = change(page, dice);
  return page;
}

function change(page: Uint8Array, dice: Dice): Uint8Array {
  const place = dice.below(page.length);
  const [start, end] = lineAt(page, place);
  switch (dice.below(10)) {
    case 0:
      return page.length === 0 ? page : page.with(place, dice.below(256));
    case 1:
      return dice.below(4) === 0 ? page.slice(0, place) : splice(page, start, end);
    case 2:
      return splice(page, place, place + dice.below(8), dice.of(PIECES));
    case 3:
    case 4:
      return splice(page, start, start, dice.of(LINES));
    case 5:
      // the same line once more, somewhere
      return splice(page, start, start, page.slice(...lineAt(page, dice.below(page.length))));
    case 6:
      return splice(page, start, end);
    default:
      return changeDigit(page, place, dice);
  }
}

/** Where the line around a place begins and ends, its line feed included. */
function lineAt(page: Uint8Array, place: number): [start: number, end: number] {
  const end = page.indexOf(LINE_FEED, place);
  return [
    place === 0 ? 0 : page.lastIndexOf(LINE_FEED, place - 1) + 1,
    end < 0 ? page.length : end + 1,
  ];
}

/** The first digit from a place on becomes another: a number, a version, a name. */
function changeDigit(page: Uint8Array, place: number, dice: Dice): Uint8Array {
  for (let at = place; at < page.length; at++) {
    const byte = page[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) return page.with(at, ZERO + dice.below(10));
  }
  return page;
}

function splice(
  page: Uint8Array,
  start: number,
  end: number,
  insert: Uint8Array = new Uint8Array(),
): Uint8Array {
  const rest = page.subarray(Math.min(end, page.length));
  const whole = new Uint8Array(start + insert.length + rest.length);
  whole.set(page.subarray(0, start));
  whole.set(insert, start);
  whole.set(rest, start + insert.length);
  return whole;
}
