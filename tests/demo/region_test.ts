import { assert, assertEquals } from "@std/assert";
import { REGIONS, SITES } from "../../src/demo/region.ts";

Deno.test("REGIONS has each id and each name once", () => {
  assertEquals(REGIONS.map(({ id }) => id), Array.from({ length: 28 }, (_, index) => index + 1));
  assertEquals(new Set(REGIONS.map(({ name }) => name)).size, 28);
});

Deno.test("SITES have their own region first and rising round trips", () => {
  const homes = SITES.map(({ near }) => near[0]?.region.name);
  assertEquals(homes, [
    "Frankfurt",
    "Amsterdam",
    "New York City",
    "San Francisco",
    "Tokyo",
    "London",
    "São Paulo",
    "Nairobi",
  ]);
  for (const { near } of SITES) {
    const trips = near.map(({ baseMs }) => baseMs);
    assertEquals(trips, trips.toSorted((a, b) => a - b));
    assert(trips.length === 7 && (trips[0] ?? 0) > 3 && (trips.at(-1) ?? 999) < 250, `${trips}`);
  }
});

Deno.test("SITES know who their neighbours are", () => {
  const frankfurt = SITES.find(({ code }) => code === "fra");
  assertEquals(frankfurt?.near.slice(0, 3).map(({ region }) => region.name), [
    "Frankfurt",
    "Nuremberg",
    "Amsterdam",
  ]);
});
