import { assert, assertEquals } from "@std/assert";
import { type HostPath, hostPathAt } from "../../src/demo/host_path.ts";
import type { PageFault, Trait } from "../../src/demo/mod.ts";
import { NOON_MS } from "./_answer.ts";

const MINUTE = 60_000;

/** The path to a peer some minutes after the start, and after the ports were opened anew. */
function pathAt(
  index: number,
  minute: number,
  { fault, mended = -Infinity, traits = [] }: {
    readonly fault?: PageFault;
    readonly mended?: number;
    readonly traits?: readonly Trait[];
  } = {},
): HostPath {
  const key = { seed: 1, index, traits: new Set(traits), fault, startMs: NOON_MS };
  return hostPathAt(key, NOON_MS + minute * MINUTE, NOON_MS + mended * MINUTE);
}

Deno.test("hostPathAt() has peers of each path at the start, most of them direct", () => {
  const counts = new Map<HostPath, number>();
  for (let index = 0; index < 200; index++) {
    const path = pathAt(index, 0.1);
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), ["derp", "direct_v4", "direct_v6", "peer_relay"]);
  const direct = (counts.get("direct_v4") ?? 0) + (counts.get("direct_v6") ?? 0);
  assert(direct > 110, `${direct}`);
});

Deno.test("hostPathAt() is direct again where the ports were opened anew", () => {
  let mended = 0;
  for (let index = 0; index < 200; index++) {
    if (pathAt(index, 6) !== "derp" || pathAt(index, 0.1) !== "derp") continue;
    mended++;
    assert(pathAt(index, 6, { mended: 5 }).startsWith("direct_"), `${index}`);
  }
  assert(mended > 20, `${mended}`);
});

Deno.test("hostPathAt() lets direct paths fall back now and then", () => {
  let changes = 0;
  for (let index = 0; index < 20; index++) {
    for (let minute = 30; minute < 300; minute++) {
      if (pathAt(index, minute) !== pathAt(index, minute + 1)) changes++;
    }
  }
  assert(changes > 40 && changes < 400, `${changes}`);
});

Deno.test("hostPathAt() has peers that nothing mends", () => {
  const mended = 5;
  assertEquals(pathAt(1, 6, { mended, traits: ["hard_nat"] }), "derp");
  assertEquals(pathAt(1, 6, { mended, fault: "hang" }), "dead");
});
