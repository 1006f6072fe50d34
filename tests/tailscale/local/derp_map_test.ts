import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeDerpMap } from "../../../src/tailscale/local/derp_map.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

const REAL = fixtureText("localapi/derpmap.json");

Deno.test("decodeDerpMap() reads a real map", () => {
  assertEquals([...decodeDerpMap(REAL)], [
    [999, { id: 999, code: "lab", name: "Lab" }],
  ]);
});

Deno.test("decodeDerpMap() is empty where there is no map yet", () => {
  for (const text of ["null", "{}", '{"Regions":null}', '{"Regions":{}}']) {
    assertEquals(decodeDerpMap(text).size, 0, text);
  }
});

Deno.test("decodeDerpMap() leaves out regions without number or code", () => {
  const regions = {
    1: { RegionID: 1, RegionCode: "nyc", RegionName: "", Nodes: null, Avoid: true },
    2: { RegionID: 2 },
    3: { RegionCode: "fra" },
    4: null,
    5: { RegionID: 0, RegionCode: "x" },
    6: { RegionID: 6, RegionCode: "ams", NoMeasureNoHome: true, Nodes: [{}, {}] },
  };
  assertEquals([...decodeDerpMap(JSON.stringify({ Regions: regions })).values()], [
    { id: 1, code: "nyc", name: undefined },
    { id: 6, code: "ams", name: undefined },
  ]);
});

Deno.test("decodeDerpMap() refuses what is no map", () => {
  assertThrows(() => decodeDerpMap("[]"), TypeError, "wanted an object");
  assertThrows(() => decodeDerpMap('{"Regions":[]}'), TypeError, 'wanted an object in "Regions"');
  assertThrows(() => decodeDerpMap("<html>"), SyntaxError);
});

Deno.test("decodeDerpMap() reads anything", () => {
  fc.assert(fc.property(odd(REAL), (text) => {
    for (const [id, region] of decoded(decodeDerpMap, text) ?? []) assertEquals(region.id, id);
  }));
});

Deno.test("decodeDerpMap() keeps 1,024 regions", () => {
  for (const [count, kept] of [[1023, 1023], [1024, 1024], [1025, 1024]] as const) {
    const regions = Array.from(
      { length: count },
      (_, at) => ({ RegionID: at + 1, RegionCode: "x" }),
    );
    assertEquals(decodeDerpMap(JSON.stringify({ Regions: { ...regions } })).size, kept);
  }
});
