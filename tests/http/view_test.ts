import type { ScrapeState } from "../../src/collectors/mod.ts";
import type {
  DeviceQuery,
  TargetAddress,
  TargetGroup,
  WantedTag,
} from "../../src/devices/discovery.ts";
import type * as view from "../../src/http/view.ts";

/** True if both types are the same; a test that does not compile is the test that fails. */
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

Deno.test("what http shows has the types of those who know it", () => {
  const same: readonly true[] = [
    true satisfies Same<view.ScrapeState, ScrapeState>,
    true satisfies Same<view.DeviceQuery, DeviceQuery>,
    true satisfies Same<view.TargetAddress, TargetAddress>,
    true satisfies Same<view.TargetGroup, TargetGroup>,
    true satisfies Same<view.WantedTag, WantedTag>,
  ];
  void same;
});
