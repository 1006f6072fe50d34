import { assertEquals, assertThrows } from "@std/assert";
import {
  MAX_SILENCE_MS,
  MAX_SILENCES,
  type Silenceable,
  SilenceList,
} from "../../src/alerts/silence.ts";
import { NOON_MS } from "./_condition.ts";

function makeList(clock = { ms: NOON_MS }): SilenceList {
  let count = 0;
  return new SilenceList({ now: () => clock.ms, makeId: () => `s${++count}` });
}

/** Until when one alert is silenced. */
async function untilMs(list: SilenceList, alert: Silenceable): Promise<number | undefined> {
  return (await list.judge([alert], {}))(alert)?.untilMs;
}

const WEB = { rule: "node_offline", node: { key: "x/1", name: "Web-1.example.com" } } as const;

Deno.test("SilenceList.judge() goes by rule and node, until the end", async () => {
  const clock = { ms: NOON_MS };
  const list = makeList(clock);
  const cases = [
    [{}, true],
    [{ rule: "node_offline" }, true],
    [{ rule: "key_expired" }, false],
    [{ node: "web-*" }, true],
    [{ node: "WEB-1.EXAMPLE.com" }, true],
    [{ node: "db-*" }, false],
    [{ rule: "node_offline", node: "db-*" }, false],
  ] as const;
  for (const [draft, isSilenced] of cases) {
    const { id } = list.add({ ...draft, untilMs: NOON_MS + 10 });
    assertEquals(
      await untilMs(list, WEB),
      isSilenced ? NOON_MS + 10 : undefined,
      JSON.stringify(draft),
    );
    list.remove(id);
  }
  list.add({ node: "*", untilMs: NOON_MS + 10 });
  list.add({ untilMs: NOON_MS + 20 });
  assertEquals(await untilMs(list, { rule: "collection_stale", node: undefined }), NOON_MS + 20);
  clock.ms = NOON_MS + 20;
  assertEquals([await untilMs(list, WEB), list.list()], [undefined, []]);
});

Deno.test("SilenceList.judge() looks at the silences once for each alert, until they change", async () => {
  const list = makeList();
  let looks = 0;
  const silence = { id: "s0", node: "web-*", untilMs: NOON_MS + 10, createdMs: NOON_MS };
  list.restore([{
    ...silence,
    get rule() {
      looks++;
      return undefined;
    },
  }]);
  const ask = (name: string) => untilMs(list, { rule: "node_offline", node: { key: "x/1", name } });
  looks = 0;
  for (let round = 0; round < 3; round++) {
    assertEquals([await ask("web-1"), await ask("db-1")], [NOON_MS + 10, undefined]);
  }
  const first = looks;
  await ask("web-2");
  assertEquals(looks, first / 2 * 3);
  assertEquals([list.remove("other"), await ask("web-2")], [false, NOON_MS + 10]);
  assertEquals(looks, first / 2 * 3);
  const { id } = list.add({ untilMs: NOON_MS + 20 });
  assertEquals([await ask("web-1"), await ask("db-1")], [NOON_MS + 20, NOON_MS + 20]);
  list.remove(id);
  assertEquals([await ask("web-1"), await ask("db-1")], [NOON_MS + 10, undefined]);
});

Deno.test("SilenceList.judge() gives others a turn between alerts, and keeps to what was so", async () => {
  const list = makeList();
  for (let at = 0; at < 50; at++) {
    list.add({ node: `*${"a".repeat(60)}${at}`, untilMs: NOON_MS + 9 });
  }
  const alerts = Array.from({ length: 20 }, (_, at) => ({
    rule: "node_offline" as const,
    node: { key: `x/${at}`, name: `${"a".repeat(100)}${at}` },
  }));
  let ms = 0;
  let turns = 0;
  const slices = {
    elapsed: () => ms += 4,
    // deno-lint-ignore require-await
    async pause() {
      if (++turns === 3) list.add({ untilMs: NOON_MS + 20 });
    },
  };
  const found = await list.judge(alerts, slices);
  assertEquals(turns, 10);
  assertEquals(alerts.map((alert) => found(alert)?.untilMs), alerts.map(() => NOON_MS + 9));
  const later = await list.judge(alerts, slices);
  assertEquals(alerts.map((alert) => later(alert)?.untilMs), alerts.map(() => NOON_MS + 20));
});

Deno.test("SilenceList.add() refuses what is out of bounds, and says what it wanted", () => {
  const list = makeList();
  const cases = [
    [{ untilMs: NOON_MS }, "an end in the future"],
    [{ untilMs: Number.NaN }, "an end in the future"],
    [{ untilMs: NOON_MS + MAX_SILENCE_MS + 1 }, "within a year"],
    [{ untilMs: NOON_MS + 1, node: "" }, "a pattern of 1 to 253"],
    [{ untilMs: NOON_MS + 1, comment: "x".repeat(1_001) }, "a comment of at most 1000"],
  ] as const;
  for (const [draft, message] of cases) {
    assertThrows(() => list.add(draft), RangeError, message);
  }
  for (let at = 0; at < MAX_SILENCES; at++) list.add({ untilMs: NOON_MS + 1 });
  assertThrows(() => list.add({ untilMs: NOON_MS + 1 }), RangeError, "remove one first");
});

Deno.test("SilenceList.remove() ends a silence, and restore() goes on with those of before", async () => {
  const list = makeList();
  const { id } = list.add({ untilMs: NOON_MS + 10, comment: "a disk is replaced" });
  const later = makeList();
  later.restore(list.list());
  assertEquals(later.list()[0]?.comment, "a disk is replaced");
  assertEquals([later.remove(id), later.remove(id), await untilMs(later, WEB)], [
    true,
    false,
    undefined,
  ]);
});

Deno.test("SilenceList.ended() tells what was ended before its time, until then", () => {
  const clock = { ms: NOON_MS };
  const list = makeList(clock);
  const { id } = list.add({ untilMs: NOON_MS + 10 });
  assertEquals(list.ended(), []);
  list.remove(id);
  list.remove("unknown");
  list.restore([], [{ id: "earlier", untilMs: NOON_MS + 20 }]);
  const ids = () => list.ended().map((each) => each.id).sort();
  assertEquals(ids(), ["earlier", id]);
  clock.ms = NOON_MS + 10;
  assertEquals(ids(), ["earlier"]);
});
