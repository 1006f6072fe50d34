/**
 * Real device pages with something changed: what a page may look like after a bad disk, a bad
 * proxy, a newer client or an attacker. Some changes leave it valid, most do not.
 *
 * @module
 */

import fc from "fast-check";
import { fixtureBytes } from "./fixture.ts";

const PAGES = ["after-derp", "cut-off-node", "peer-relay-server"]
  .map((name) => fixtureBytes(`pages/usermetrics-${name}.txt`));

/** Lines that a page may have but device pages do not, valid or not. */
const JUNK: readonly string[] = [
  "",
  "  ",
  "# a comment",
  "# EOF",
  "odd 1",
  "odd 1 1700000000000",
  'odd { b = "1" , a="2", } 1e3 ',
  'odd{a="2",b="1"} 7',
  'odd{device_id="x"} 1',
  'odd{exported_device_id="x"} 1',
  'odd{a="é\\n\\"😀"} 1',
  'odd{a=""} 1',
  'tailscaled_inbound_bytes_total{path="warp"} 5',
  'tailscaled_inbound_bytes_total{path="derp"} 5',
  'tailscaled_inbound_bytes_total{path="derp",a="b"} 5',
  "tailscaled_inbound_bytes_total -1",
  "tailscaled_home_derp_region_id NaN",
  "# TYPE tailscaled_inbound_bytes gauge",
  "tailscaled_inbound_bytes 1",
  "tailscaled_inbound_bytes_created 1",
  "# HELP odd é \\\\ \\n",
  "# TYPE odd counter",
  "# TYPE odd histogram",
  '# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2',
  '# TYPE s summary\ns{quantile="0.5"} 1\ns_count 2\ns_sum 1',
  "h_sum 1",
];

type Change = (page: Uint8Array) => Uint8Array;

function changeText(change: (text: string) => string): Change {
  // Latin-1 there and back, so that bytes that are no UTF-8 stay what they are.
  return (page) => {
    const text = change(page.reduce((all, byte) => all + String.fromCharCode(byte), ""));
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  };
}

function changeLines(change: (lines: string[]) => readonly string[]): Change {
  return changeText((text) => {
    const lines = text.split("\n");
    const last = lines.pop() ?? "";
    return [...change(lines), last].join("\n");
  });
}

function binary(text: string): string {
  return new TextEncoder().encode(text)
    .reduce((all, byte) => all + String.fromCharCode(byte), "");
}

function at(place: number, length: number): number {
  return Math.min(Math.floor(place * length), Math.max(length - 1, 0));
}

const place = fc.double({ min: 0, max: 1, noNaN: true });

const change: fc.Arbitrary<Change> = fc.oneof(
  // A byte is another.
  {
    weight: 1,
    arbitrary: fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(
      ([where, byte]) => (page: Uint8Array) =>
        page.length === 0 ? page : page.with(at(where, page.length), byte),
    ),
  },
  // The page is cut off.
  {
    weight: 1,
    arbitrary: place.map((where) => (page: Uint8Array) => page.slice(0, at(where, page.length))),
  },
  // Two lines change places.
  {
    weight: 2,
    arbitrary: fc.tuple(place, place).map(([one, other]) =>
      changeLines((lines) => {
        if (lines.length === 0) return lines;
        const [a, b] = [at(one, lines.length), at(other, lines.length)];
        return lines.with(a, lines[b] ?? "").with(b, lines[a] ?? "");
      })
    ),
  },
  // A line is gone.
  {
    weight: 2,
    arbitrary: place.map((where) =>
      changeLines((lines) => lines.toSpliced(at(where, lines.length), 1))
    ),
  },
  // Something is put between.
  {
    weight: 5,
    arbitrary: fc.tuple(place, fc.constantFrom(...JUNK)).map(([where, junk]) =>
      changeLines((lines) => lines.toSpliced(at(where, lines.length + 1), 0, binary(junk)))
    ),
  },
  // A label value or a number is another.
  {
    weight: 4,
    arbitrary: fc.tuple(place, fc.string({ unit: "binary", maxLength: 8 })).map(
      ([where, value]) =>
        changeText((text) => {
          const values = [...text.matchAll(/="([a-z0-9_]*)"/g)];
          const found = values[at(where, values.length)];
          if (found === undefined) return text;
          const escaped = binary(value).replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
          return `${text.slice(0, found.index)}="${escaped}"${
            text.slice(found.index + found[0].length)
          }`;
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      place,
      fc.oneof(
        fc.double().map(String),
        fc.constantFrom(
          "1e400",
          "+5",
          "0x1",
          "-0",
          "1e5",
          "",
          "1 2",
          "NaN",
          "-Inf",
          ".5",
        ),
      ),
    ).map(([where, value]) =>
      changeText((text) => {
        const values = [...text.matchAll(/ \d+$/gm)];
        const found = values[at(where, values.length)];
        if (found === undefined) return text;
        return `${text.slice(0, found.index)} ${value}${text.slice(found.index + found[0].length)}`;
      })
    ),
  },
);

/** A real page with one to three changes. */
export const mutatedPage: fc.Arbitrary<Uint8Array> = fc.tuple(
  fc.constantFrom(...PAGES),
  fc.array(change, { minLength: 1, maxLength: 3 }),
).map(([page, changes]) => changes.reduce((now: Uint8Array, next) => next(now), page));
