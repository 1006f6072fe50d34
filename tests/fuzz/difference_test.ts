import { assertEquals, assertStringIncludes } from "@std/assert";
import type { DroppedFamily } from "../../src/exposition/mod.ts";
import { findFault } from "./_difference.ts";
import type { OracleAnswer, OracleSample } from "./_oracle.ts";

function sample(name: string, value = "1", earlier = false): OracleSample {
  return { name, labels: { __name__: name }, value, earlier };
}

function faultOf(
  answer: OracleAnswer,
  dropped: readonly DroppedFamily[] = [],
  refusal?: Error,
  page = "a 1\n",
): string {
  const bytes = new TextEncoder().encode(page);
  return findFault(answer, { page: bytes, dropped, refusal }) ?? "";
}

const drop = (family: string, reason: DroppedFamily["reason"], samples = 1): DroppedFamily => ({
  family,
  reason,
  samples,
});

Deno.test("findFault() finds none where both agree", () => {
  assertEquals(faultOf({}), "");
  assertEquals(faultOf({ device: "bad" }, [], new SyntaxError("bad")), "");
});

Deno.test("findFault() finds another verdict, in either direction", () => {
  const refusal = new SyntaxError("Cannot read line 1: x");
  assertStringIncludes(faultOf({}, [], refusal), "a server takes the page, and we do not");
  assertStringIncludes(faultOf({ device: "bad" }), "we take the page, and a server does not: bad");
  // what is meant
  assertEquals(faultOf({}, [], refusal, "a\0 1\n"), "");
  assertEquals(faultOf({}, [], new RangeError("Cannot take the page: 65 labels")), "");
});

Deno.test("findFault() finds a page of ours that is not valid, or not the same in both formats", () => {
  assertStringIncludes(faultOf({ text: "bad" }), "a server refuses our text: bad");
  assertStringIncludes(faultOf({ openmetrics: "bad" }), "a server refuses our OpenMetrics: bad");
  assertStringIncludes(faultOf({ formats: [sample("a")] }), "our formats differ");
});

Deno.test("findFault() finds samples that we lack or made up", () => {
  assertStringIncludes(faultOf({ extra: [sample("a")] }), "we made up");
  assertStringIncludes(faultOf({ missing: [sample("a")] }), "we lack");
  const reasons = ["duplicate", "name", "reserved", "malformed"] as const;
  for (const reason of reasons) {
    // left out, but not for a reason that holds for it
    assertStringIncludes(
      faultOf({ missing: [sample("a")] }, [drop("a", reason)]),
      "we lack",
      reason,
    );
  }
  assertStringIncludes(faultOf({}, [drop("a", "duplicate")]), "we lack 0 samples and count 1");
  assertStringIncludes(faultOf({}, [drop("a", "label")]), "0 samples lost a label and we count 1");
  assertStringIncludes(faultOf({ cut: 1 }), "1 samples lost a label and we count 0");
});

Deno.test("findFault() knows what is left out on purpose", () => {
  const table: readonly (readonly [OracleSample, DroppedFamily, types?: Record<string, string>])[] =
    [
      [sample("a", "1", true), drop("a", "duplicate")],
      [sample("a:b"), drop("a:b", "name")],
      [sample("a.b"), drop("a.b", "name")],
      [sample("n".repeat(1025)), drop("n".repeat(200), "name")],
      [sample("tsmetrics_x"), drop("tsmetrics_x", "reserved")],
      [sample("a", "-1"), drop("a", "malformed"), { a: "counter" }],
      [sample("a", "NaN"), drop("a", "malformed"), { a: "counter" }],
      [sample("a_sum", "1"), drop("a", "malformed"), { a: "histogram" }],
      [sample("a_created"), drop("a_created", "name_conflict")],
    ];
  for (const [one, dropped, types = {}] of table) {
    assertEquals(faultOf({ missing: [one], types }, [dropped]), "", one.name);
  }
  assertStringIncludes(
    faultOf({ missing: [sample("a", "1")], types: { a: "counter" } }, [drop("a", "malformed")]),
    "we lack",
  );
  assertEquals(faultOf({ cut: 1 }, [drop("a", "label")]), "");
});
