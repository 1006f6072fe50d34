import { assert, assertEquals } from "@std/assert";
import { EPOCH_MS, Load } from "../../src/demo/activity.ts";

const HOUR = 3_600_000;

Deno.test("Load.total() is 0 at the beginning and before it", () => {
  const load = new Load(0.5, 1, 4, 0);
  assert(load.total(EPOCH_MS) < 1e-6);
  assertEquals(load.total(EPOCH_MS - HOUR), load.total(EPOCH_MS));
  assertEquals(load.total(0), load.total(EPOCH_MS));
});

Deno.test("Load.total() never falls, from second to second and from hour to hour", () => {
  for (let device = 0; device < 20; device++) {
    const load = new Load(0.6, 1, device, device % 4);
    for (const stepMs of [1_000, 7_001, HOUR]) {
      let before = -1;
      for (let step = 0; step < 400; step++) {
        const total = load.total(EPOCH_MS + 900 * HOUR + step * stepMs);
        assert(total > before, `device ${device}, step ${step}: ${total} after ${before}`);
        before = total;
      }
    }
  }
});

Deno.test("Load.total() comes to one second a second in the long run", () => {
  const load = new Load(0.6, 1, 9, 1);
  const days = 200;
  const total = load.total(EPOCH_MS + days * 24 * HOUR);
  assert(Math.abs(total / (days * 86_400) - 1) < 0.01, `${total} s`);
});

Deno.test("Load.total() is busier by day than by night", () => {
  const load = new Load(0.6, 1, 9, 1);
  const during = (hour: number) =>
    load.total(EPOCH_MS + (2400 + hour + 2) * HOUR) - load.total(EPOCH_MS + (2400 + hour) * HOUR);
  assert(during(17) > 1.8 * during(5), `${during(17)} s by day, ${during(5)} s by night`);
});
