import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Format } from "../../src/exposition/family.ts";
import { CONTENT_TYPE, negotiate } from "../../src/exposition/negotiate.ts";
import { fixtureJson } from "../_support/fixture.ts";

interface Vectors {
  readonly tables: readonly {
    readonly func: string;
    readonly cases: readonly {
      readonly name: string;
      readonly acceptHeaderValue: string;
      readonly expectedFmt: string;
    }[];
  }[];
}

function withoutEscaping(contentType: string): string {
  return contentType.replace(/; escaping=[a-z0-9-]+$/, "");
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Where the vectors expect what we do not offer: the expected answer, ours and why. */
const DIFFERENCES: readonly (readonly [expected: RegExp, ours: string, reason: string])[] = [
  [/^application\/vnd\.google\.protobuf; /, TEXT, "protobuf is not offered: text, as for no match"],
  [/version=0\.0\.1/, OPENMETRICS, "the page is the same and names the version it really is"],
  [/version=2\.0\.0/, TEXT, "2.0 is a draft and not offered: the next entry, else text"],
];

Deno.test("negotiate() answers the 33 cases of the Go library, but for formats not offered", () => {
  const { tables } = fixtureJson<Vectors>("vectors/negotiation.json");
  const counts: number[] = [];
  const differing: string[] = [];
  for (const { func, cases } of tables) {
    counts.push(cases.length);
    for (const { name, acceptHeaderValue, expectedFmt } of cases) {
      const expected = withoutEscaping(expectedFmt);
      const actual = withoutEscaping(CONTENT_TYPE[negotiate(acceptHeaderValue)]);
      if (actual === expected) continue;
      const difference = DIFFERENCES.find(([pattern]) => pattern.test(expected));
      differing.push(`${func}: ${name}`);
      // Asked for 2.0 at 0.9 and 1.0.0 at 0.8: the next entry is one that we have.
      const wanted = name === "requested OM 1.0 and 2.0, prefers higher q value"
        ? OPENMETRICS
        : difference?.[1];
      assertEquals(actual, wanted, `${func}: ${name}`);
    }
  }
  assertEquals(counts, [9, 16, 8]);
  assertEquals(differing, [
    "TestNegotiate: delimited format",
    "TestNegotiate: text format",
    "TestNegotiate: compact text format",
    "TestNegotiate: delimited format utf-8",
    "TestNegotiate: text format utf-8",
    "TestNegotiate: compact text format utf-8",
    "TestNegotiateIncludingOpenMetrics: OM format, no version",
    "TestNegotiateIncludingOpenMetrics: OM format, 0.0.1 version",
    "TestNegotiateIncludingOpenMetrics: OM format, 0.0.1 version with utf-8 is not valid, falls back",
    "TestNegotiateIncludingOpenMetrics: compact text format",
    "TestNegotiateIncludingOpenMetrics: delimited format utf-8",
    "TestNegotiateIncludingOpenMetrics: text format utf-8",
    "TestNegotiateIncludingOpenMetrics: compact text format utf-8",
    "TestNegotiateIncludingOpenMetrics: delimited format escaped",
    "TestNegotiateIncludingOpenMetrics: text format escaped",
    "TestNegotiateIncludingOpenMetrics: compact text format escaped",
    "TestNegotiateAccept: requested OM 2.0, accepted OM 2.0",
    "TestNegotiateAccept: requested OM 2.0, not accepted, falls back to first format when no text in accepted",
    "TestNegotiateAccept: requested OM 1.0 and 2.0, prefers higher q value",
    // The vectors' server offers 2.0 first; we offer text first.
    "TestNegotiateAccept: wildcard */* matches first accepted format",
  ]);
});

Deno.test("negotiate() ignores the escaping asked for: our names are plain under every scheme", () => {
  for (const scheme of ["allow-utf-8", "underscores", "dots", "values", "nonsense"]) {
    assertEquals(
      CONTENT_TYPE[negotiate(`text/plain;version=0.0.4;escaping=${scheme}`)],
      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
    );
  }
});

const REAL_HEADERS: readonly (readonly [reader: string, accept: string, format: Format])[] = [
  [
    "Prometheus 2.42",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "openmetrics",
  ],
  [
    "Prometheus 3",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "openmetrics",
  ],
  [
    "Prometheus 3 with native histograms",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    "openmetrics",
  ],
  ["vmagent", "text/plain;version=0.0.4;q=1,*/*;q=0.1", "text"],
  ["curl", "*/*", "text"],
  [
    "a browser",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "text",
  ],
];

for (const [reader, accept, format] of REAL_HEADERS) {
  Deno.test(`negotiate() gives ${reader} the ${format} format`, () => {
    assertEquals(negotiate(accept), format);
  });
}

Deno.test("negotiate() weighs, skips and never refuses", () => {
  const table: readonly (readonly [accept: string | null, format: Format])[] = [
    [null, "text"],
    ["", "text"],
    [",;,", "text"],
    ["application/json", "text"],
    ["application/openmetrics-text", "openmetrics"],
    ["APPLICATION/OpenMetrics-Text; Version=1.0.0", "openmetrics"],
    ['application/openmetrics-text; version="1.0.0"', "openmetrics"],
    ["application/openmetrics-text ;  version = 1.0.0 ; q = 0.5", "openmetrics"],
    ["application/openmetrics-text;version=1.0.0;charset=utf-8", "openmetrics"],
    ["application/openmetrics-text;version=1.0", "text"],
    ["text/plain;version=1.0.0", "text"],
    ["text/plain;version=1.0.0,application/openmetrics-text;q=0.1", "openmetrics"],
    ["text/*;q=0.5,application/openmetrics-text;q=0.4", "text"],
    ["text/plain,application/openmetrics-text", "text"],
    ["application/openmetrics-text,text/plain", "openmetrics"],
    ["text/plain;q=0.5,application/openmetrics-text;q=0.50001", "openmetrics"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;q=0,*/*", "text"],
    ["text/plain;q=0,*/*", "openmetrics"],
    ["text/*;q=0,*/*;q=0.1", "openmetrics"],
    ["text/plain;q=0,application/openmetrics-text;q=0", "text"],
    ["*/*;q=0", "text"],
    ["application/openmetrics-text;q=", "text"],
    ["application/openmetrics-text;q=0x1", "text"],
    ["application/openmetrics-text;q=2", "text"],
    ["application/openmetrics-text;q=-1", "text"],
    ["application/openmetrics-text;q=1.000", "openmetrics"],
    ["application/openmetrics-text;q=.5", "openmetrics"],
    ["application/openmetrics-text;q", "text"],
  ];
  for (const [accept, format] of table) assertEquals(negotiate(accept), format, `${accept}`);
});

Deno.test("negotiate() answers any header with a format that has a Content-Type", () => {
  const part = fc.constantFrom(
    ...'text/plain application/openmetrics-text */* ; , = q version 0 1 0.0.4 1.0.0 " '.split(" "),
  );
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(part).map((p) => p.join(""))), (accept) => {
    assertEquals(typeof CONTENT_TYPE[negotiate(accept)], "string");
  }));
});
