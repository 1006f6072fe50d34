import { assertEquals, assertRejects } from "@std/assert";
import { RegionNames } from "../../../src/collectors/host/_peer_region.ts";
import { type DerpRegion, LocalApiError } from "../../../src/tailscale/local/mod.ts";
import { TroubleLog } from "../../../src/log/trouble.ts";
import { FakeClock } from "../../_support/fake_clock.ts";
import { KeptLog } from "../_golden.ts";

const NEVER = new AbortController().signal;
const FRA: DerpRegion = { id: 4, code: "fra", name: "Frankfurt" };
const NYC: DerpRegion = { ...FRA, id: 1, code: "nyc", name: "New York" };

function makeRegions(canAsk = true) {
  const clock = new FakeClock();
  const log = new KeptLog();
  let [asked, answer]: [number, readonly DerpRegion[] | Error] = [0, [FRA]];
  const regions = new RegionNames({
    local: {
      supports: () => canAsk,
      derpMap() {
        asked++;
        if (answer instanceof Error) return Promise.reject(answer);
        return Promise.resolve(new Map(answer.map((region) => [region.id, region])));
      },
    },
    elapsed: clock.elapsed,
    trouble: new TroubleLog(log),
  });
  const set = (next: readonly DerpRegion[] | Error) => answer = next;
  return { asked: () => asked, clock, log, regions, set };
}

Deno.test("RegionNames asks once an hour, and after ten minutes for a region it lacks", async () => {
  const { asked, clock, regions, set } = makeRegions();
  assertEquals(regions.get("fra"), undefined);
  assertEquals(await regions.refresh("fra", NEVER), true);
  assertEquals(regions.get("fra"), FRA);
  await clock.advance(3_599_000);
  assertEquals(await regions.refresh("fra", NEVER), false);
  set([FRA, NYC]);
  assertEquals([await regions.refresh("nyc", NEVER), regions.get("nyc")], [true, NYC]);
  set([]);
  await clock.advance(3_600_000);
  await regions.refresh("fra", NEVER);
  assertEquals([asked(), regions.get("fra")], [3, undefined]);
});

Deno.test("RegionNames says once that the names cannot be had, and keeps those it has", async () => {
  const { asked, clock, log, regions, set } = makeRegions();
  await regions.refresh("fra", NEVER);
  set(new LocalApiError("timeout", "Cannot read the DERP regions: no answer"));
  for (let round = 0; round < 4; round++) {
    await clock.advance(1_800_000);
    assertEquals(await regions.refresh("fra", NEVER), false);
  }
  assertEquals([asked(), regions.get("fra")], [3, FRA]);
  assertEquals(log.take(), [
    "warning Cannot resolve DERP region names: Cannot read the DERP regions: no answer",
  ]);
  set([FRA]);
  await clock.advance(3_600_000);
  await regions.refresh("fra", NEVER);
  assertEquals(log.take(), ["info DERP region names are resolved again"]);
});

Deno.test("RegionNames asks nothing over a bridge, and throws what is no failure", async () => {
  const bridged = makeRegions(false);
  assertEquals([await bridged.regions.refresh("fra", NEVER), bridged.asked()], [false, 0]);
  const broken = makeRegions();
  broken.set(new Error("bug"));
  await assertRejects(() => broken.regions.refresh("fra", NEVER), Error, "bug");
});
