import { assertEquals } from "@std/assert";
import { type Slot, Slots } from "../../src/http/slot.ts";
import { FakeClock } from "../_support/fake_clock.ts";

function setUp(max: number) {
  const clock = new FakeClock();
  const cut: string[] = [];
  const told: unknown[] = [];
  const slots = new Slots({
    max,
    now: clock.now,
    onCut: (address, stillMs) => told.push([address, stillMs]),
  });
  const take = (name: string, hostname: string): Slot | undefined =>
    slots.take(hostname, ({ message }) => cut.push(`${name}: ${message}`));
  return { clock, cut, told, slots, take };
}

const REASON =
  "Cannot send an answer to its end: its reader stands still, and others want its place";

Deno.test("Slots.take() gives the slot that is idle longest to an address with fewer slots", async () => {
  const { clock, cut, told, slots, take } = setUp(3);
  const first = take("first", "192.0.2.1");
  await clock.advance(10_000);
  take("second", "192.0.2.1");
  await clock.advance(1_000);
  take("third", "192.0.2.1");
  first?.moved();
  await clock.advance(5_000);
  assertEquals(take("other", "192.0.2.2") === undefined, false);
  assertEquals([cut, told], [[`second: ${REASON}`], [["192.0.2.1", 6_000]]]);
  assertEquals(slots.size, 3);
});

Deno.test("Slots.take() takes no slot from an address that has no more slots", async () => {
  const { clock, cut, take } = setUp(4);
  take("a1", "192.0.2.1");
  take("a2", "192.0.2.1");
  take("b1", "192.0.2.2");
  take("b2", "192.0.2.2");
  await clock.advance(60_000);
  assertEquals(take("a3", "192.0.2.1"), undefined);
  assertEquals(take("b3", "192.0.2.2"), undefined);
  assertEquals(cut, []);
});

Deno.test("Slots.take() cuts off no client that read something within a second", async () => {
  const { clock, cut, take } = setUp(4);
  const slots = [take("a1", "192.0.2.1"), take("a2", "192.0.2.1")];
  slots.push(take("c1", "192.0.2.3"), take("c2", "192.0.2.3"));
  await clock.advance(5_000);
  for (const slot of slots) slot?.moved();
  await clock.advance(999);
  assertEquals(take("b", "192.0.2.2"), undefined);
  await clock.advance(1);
  assertEquals(take("b", "192.0.2.2") === undefined, false);
  assertEquals(cut, [`a1: ${REASON}`]);
});

Deno.test("Slots.take() lets no address keep more than half by moving a little", async () => {
  const { clock, cut, slots, take } = setUp(4);
  const moving = [1, 2, 3, 4].map((number) => take(`a${number}`, "192.0.2.1"));
  await clock.advance(5_000);
  for (const slot of moving) slot?.moved();
  for (const name of ["b1", "b2"]) assertEquals(take(name, "192.0.2.2") === undefined, false);
  assertEquals(cut.map((line) => line.slice(0, 3)), ["a1:", "a2:"]);
  assertEquals([take("b3", "192.0.2.2"), slots.size], [undefined, 4]);
});

Deno.test("Slots.take() takes 40 addresses of one IPv6 network for one", async () => {
  const { clock, cut, take } = setUp(2);
  take("a1", "2001:db8::1");
  take("a2", "2001:db8::2");
  await clock.advance(5_000);
  assertEquals(take("a3", "2001:db8::3"), undefined);
  assertEquals(take("b", "192.0.2.2") === undefined, false);
  assertEquals(cut.length, 1);
});

Deno.test("Slots.take() counts a place once, however often it is released", () => {
  const { slots, take } = setUp(2);
  const first = take("a1", "192.0.2.1");
  take("a2", "192.0.2.1");
  first?.release();
  first?.release();
  assertEquals(slots.size, 1);
});

Deno.test("Slots.take() gives an address no more than it may have, free ones or not", () => {
  const slots = new Slots({ max: 5, maxEach: 2, now: () => 0 });
  const take = (hostname: string) => slots.take(hostname, () => {});
  const first = take("192.0.2.1");
  assertEquals([take("192.0.2.1") !== undefined, take("192.0.2.1")], [true, undefined]);
  first?.release();
  assertEquals([take("192.0.2.1") !== undefined, slots.size], [true, 2]);
});
