import { assertEquals } from "@std/assert";
import { PeerList, type PeerListOptions } from "../../../src/collectors/host/_peer_list.ts";
import { TimeSlice } from "../../../src/slice.ts";
import { statusWith } from "./_local.ts";

/** A list, what was rested so far, and moments half a minute apart. */
function makeList(options: Partial<PeerListOptions> = {}) {
  let [stepMs, rests, step] = [0, 0, 0];
  const clock = { elapsedMs: 0 };
  const list = new PeerList({
    maxPeers: 3,
    maxGapMs: 90_000,
    slice: new TimeSlice({
      elapsed: () => clock.elapsedMs += stepMs,
      pause() {
        rests++;
        return Promise.resolve();
      },
    }),
    findDevice: () => undefined,
    ...options,
  });
  return {
    list,
    rests: () => rests,
    slow: () => stepMs = 8,
    async take(...peers: readonly (string | Readonly<Record<string, unknown>>)[]) {
      const objects = peers.map((peer) => typeof peer === "string" ? { ID: peer } : peer);
      const at = { elapsedMs: ++step * 30_000, nowMs: step * 30_000 };
      await list.take(await statusWith(objects), at);
      return [...list.shown.keys()];
    },
  };
}

Deno.test("PeerList shows no more peers than allowed, and who is shown stays", async () => {
  const { list, take } = makeList();
  assertEquals(await take("b", "c", "d"), ["b", "c", "d"]);
  assertEquals(list.leftOutCount, 0);
  assertEquals(await take("a", "b", "c", "d", "e"), ["b", "c", "d"]);
  assertEquals(list.leftOutCount, 2);
  assertEquals(await take("a", "b", "d", "e"), ["b", "d", "a"]);
  assertEquals(list.leftOutCount, 1);
  list.clear();
  assertEquals([list.shown.size, list.leftOutCount], [0, 0]);
});

Deno.test("PeerList tells by a number whether something about a peer changed", async () => {
  const known: { readonly id: string }[] = [];
  const findDevice = () => known[0];
  const { list, take } = makeList({ findDevice });
  const version = () => list.shown.get("a")?.version;
  await take("a");
  const first = version();
  await take({ ID: "a", Online: true });
  assertEquals(version(), 1 + (first ?? NaN));
  known.push({ id: "77" });
  await take({ ID: "a", Online: true });
  assertEquals(list.shown.get("a")?.deviceId, "77");
  await take({ ID: "a", Online: true, HostName: "new" });
  assertEquals(list.shown.get("a")?.labelText, 'peer_id="a",peer_name="new"');
});

Deno.test("PeerList rests between peers when its turn is over", async () => {
  const { list, rests, slow, take } = makeList({ maxPeers: 1000 });
  const ids = Array.from({ length: 320 }, (_, at) => `n${at}`);
  await take(...ids);
  assertEquals(rests(), 0);
  slow();
  await take(...ids);
  assertEquals([rests() > 0, list.shown.size], [true, 320]);
});

Deno.test("PeerList keeps the path of a peer that was away or lost", async () => {
  const { list, take } = makeList();
  const online = { ID: "a", Online: true, CurAddr: "192.0.2.1:1" };
  await take(online);
  await take(online);
  list.lose({ elapsedMs: 70_000, nowMs: 70_000 });
  assertEquals(list.shown.get("a")?.track.state, "unknown");
  list.clear();
  await take();
  await take(online);
  const track = list.shown.get("a")?.track;
  assertEquals([track?.state, track?.seconds("direct_v4")], ["direct_v4", 40]);
});
