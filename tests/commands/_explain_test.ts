import { assertEquals } from "@std/assert";
import { makeExplanation, renderExplanation } from "../../src/commands/_explain.ts";
import { takeCensus } from "../../src/exposition/mod.ts";
import { type DeviceFacts, PENDING } from "../../src/facts/mod.ts";
import { makeDevice, makeKnown } from "../devices/_device.ts";

/** A device of which this is left out. */
function without(id: string, leftOut: DeviceFacts["leftOut"]): DeviceFacts {
  return { ...makeKnown(makeDevice({ id })), scrape: PENDING, leftOut };
}

const DEVICES: readonly DeviceFacts[] = [
  without("1", [{ family: "up", reason: "reserved", samples: 2 }]),
  without("2", [
    { family: "up", reason: "reserved", samples: 1 },
    { family: "odd\u001b[2J", reason: "type_conflict", samples: 1 },
  ]),
  without("3", [{ family: undefined, reason: "series_limit", samples: 40 }]),
];

const WISHES = {
  keptLabels: [{ family: "tailscaled_inbound_bytes_total", label: "path" }],
  idlePatterns: [
    { family: "no_such", label: undefined },
    { family: "*", label: "nolabel" },
    { family: "u?", label: undefined },
  ],
};

/** The golden page of the device collector, counted. */
function explain() {
  const page = Deno.readTextFileSync(new URL("../_golden/client.prom", import.meta.url));
  return makeExplanation(takeCensus([new TextEncoder().encode(page)]), DEVICES, WISHES);
}

Deno.test("renderExplanation() is the golden table", () => {
  const text = renderExplanation(explain());
  const golden = new URL("../_golden/explain.txt", import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") Deno.writeTextFileSync(golden, text);
  assertEquals(text, Deno.readTextFileSync(golden));
});

Deno.test("makeExplanation() sums what is left out by family and reason", () => {
  const { devices, leftOut, keptLabels, idlePatterns } = explain();
  assertEquals(devices, 3);
  assertEquals(leftOut, [
    { family: null, reason: "series_limit", samples: 40, devices: 1 },
    { family: "up", reason: "reserved", samples: 3, devices: 2 },
    { family: "odd\u001b[2J", reason: "type_conflict", samples: 1, devices: 1 },
  ]);
  assertEquals(keptLabels, ["tailscaled_inbound_bytes_total{path}"]);
  // What is reserved is left out already, so a pattern about it is not misspelt.
  assertEquals(idlePatterns, ["no_such", "{nolabel}"]);
});

Deno.test("renderExplanation() cuts long values, and says nothing of what there is not", () => {
  const page = `m{k="${"x".repeat(50)}"} 1\n`;
  const census = takeCensus([new TextEncoder().encode(`# TYPE m gauge\n${page}`)]);
  assertEquals(
    renderExplanation(makeExplanation(census, [], { keptLabels: [], idlePatterns: [] })),
    `FAMILY  SERIES    SHARE  BYTES  LABELS (DIFFERENT VALUES)
m            1  100.0 %     75  k 1

LABEL  SERIES  VALUES  BYTES   SHARE  MOST FREQUENT (SERIES)
k           1       1     55  73.3 %  ${"x".repeat(39)}… 1

1 series of 0 devices; 75 bytes, 1 family, 1 label.
`,
  );
});

Deno.test("renderExplanation() takes as many families as a fleet may leave out", () => {
  const leftOut = Array.from({ length: 200_000 }, (_, at) => ({
    family: `odd_${at}`,
    reason: "type_conflict",
    samples: 1,
    devices: 1,
  }));
  const text = renderExplanation({
    ...takeCensus([]),
    devices: 1,
    leftOut,
    keptLabels: [],
    idlePatterns: [],
  });
  assertEquals(text.split("\n").filter((line) => line.startsWith("odd_")).length, 200_000);
});
