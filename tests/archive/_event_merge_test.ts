import { assertEquals } from "@std/assert";
import { mergeEvents, type NotedEvent } from "../../src/archive/_event_merge.ts";
import { makeDraft, NOON_MS } from "../history/_event.ts";

function noted(place: string, id: number, message: string, atMs = NOON_MS): NotedEvent {
  return { place, event: { ...makeDraft({ message, atMs }), id } };
}

async function merged(all: readonly NotedEvent[]): Promise<readonly string[]> {
  return (await mergeEvents([...all], {})).map(({ id, message }) => `${id} ${message}`);
}

Deno.test("mergeEvents() takes what two processes saw within two minutes for one event", async () => {
  const late = NOON_MS + 2 * 60_000;
  assertEquals(await merged([noted("0", 1, "a"), noted("1", 1, "a", late)]), ["1 a"]);
  assertEquals(await merged([noted("0", 1, "a"), noted("1", 1, "a", late + 1)]), ["1 a", "2 a"]);
  assertEquals(await merged([noted("0", 1, "a"), noted("0", 2, "a")]), ["1 a", "2 a"]);
  assertEquals(await merged([noted("0", 1, "a"), noted("1", 1, "b")]), ["1 a", "2 b"]);
});

Deno.test("mergeEvents() lets ids rise, with the gaps that there were", async () => {
  const all = [noted("0", 3, "a"), noted("0", 9, "b"), noted("1", 3, "c"), noted("1", 4, "d")];
  assertEquals(await merged(all), ["3 a", "4 c", "5 d", "9 b"]);
});

Deno.test("mergeEvents() gives others a turn", async () => {
  let [ms, turns] = [0, 0];
  const all = Array.from({ length: 1_024 }, (_, id) => noted("0", id + 1, `${id}`));
  // deno-lint-ignore require-await
  const pause = async () => void turns++;
  const events = await mergeEvents(all, { elapsed: () => ms += 8, pause });
  assertEquals([events.length, turns], [1_024, 4]);
});
