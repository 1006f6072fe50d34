import { assert, assertEquals } from "@std/assert";
import { STREAM } from "../../src/demo/random.ts";
import { spellAt, type SpellPattern } from "../../src/demo/spell.ts";

const PATTERN: SpellPattern = { windowMs: 10_000, chance: 0.5, minMs: 1_000, maxMs: 4_000 };

Deno.test("spellAt() says the same from the beginning of a stretch to its end", () => {
  let ms = 1_000_000;
  let count = 0;
  while (ms < 2_000_000) {
    const spell = spellAt(PATTERN, ms, 1, STREAM.outage, 7);
    assert(spell.sinceMs <= ms && ms < spell.untilMs, `${ms} of ${JSON.stringify(spell)}`);
    for (const other of [spell.sinceMs, spell.untilMs - 1]) {
      assertEquals(spellAt(PATTERN, other, 1, STREAM.outage, 7), spell);
    }
    if (spell.isOn) {
      const lengthMs = spell.untilMs - spell.sinceMs;
      assert(lengthMs >= 1_000 && lengthMs <= 4_000, `${lengthMs} ms`);
      count++;
    }
    ms = spell.untilMs;
  }
  assert(count > 30 && count < 70, `${count} spells in 100 windows`);
});

Deno.test("spellAt() never is on with no chance, always comes with a chance of one", () => {
  let spells = 0;
  for (let ms = 0; ms < 1_000_000; ms += 500) {
    assertEquals(spellAt({ ...PATTERN, chance: 0 }, ms, 1, STREAM.home, 3).isOn, false);
    if (spellAt({ ...PATTERN, chance: 1 }, ms, 1, STREAM.home, 3).isOn) spells++;
  }
  assert(spells > 200, `on at ${spells} of 2000 moments`);
});

Deno.test("spellAt() does not move two devices in step", () => {
  const at = (device: number) => spellAt(PATTERN, 5_000_000, 1, STREAM.outage, device).sinceMs;
  assertEquals(new Set(Array.from({ length: 20 }, (_, device) => at(device))).size, 20);
});
