import { assertEquals } from "@std/assert";
import { PeerList, type PeerListOptions } from "../../../src/collectors/host/_peer_list.ts";
import { observePeer } from "../../../src/collectors/host/_peer_observation.ts";
import { PathTracker } from "../../../src/paths/mod.ts";
import { TimeSlice } from "../../../src/time/slice.ts";
import { statusWith } from "./_local.ts";

/** A list, what was rested so far, and moments half a minute apart. */
function makeList(options: Partial<PeerListOptions> = {}) {
  let [stepMs, rests, step] = [0, 0, 0];
  const clock = { elapsedMs: 0 };
  const list = new PeerList({
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
  const tracker = new PathTracker({ maxGapMs: 90_000 });
  return {
    list,
    rests: () => rests,
    slow: () => stepMs = 8,
    async take(...peers: readonly (string | Readonly<Record<string, unknown>>)[]) {
      const objects = peers.map((peer) => typeof peer === "string" ? { ID: peer } : peer);
      const at = { elapsedMs: ++step * 30_000, nowMs: step * 30_000 };
      const status = await statusWith(objects);
      const look = tracker.begin(at);
      const seen = status.peers.map((local) => ({ local, track: look.see(observePeer(local)) }));
      look.end();
      await list.take(seen, status);
      return [...list.shown.keys()];
    },
  };
}

Deno.test("PeerList shows the peers of the last look, and none once it is cleared", async () => {
  const { list, take } = makeList();
  assertEquals(await take("b", "c", "d"), ["b", "c", "d"]);
  assertEquals(await take("a", "d"), ["a", "d"]);
  list.clear();
  assertEquals(list.shown.size, 0);
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
  const { list, rests, slow, take } = makeList();
  const ids = Array.from({ length: 320 }, (_, at) => `n${at}`);
  await take(...ids);
  assertEquals(rests(), 0);
  slow();
  await take(...ids);
  assertEquals([rests() > 0, list.shown.size], [true, 320]);
});

Deno.test("PeerList notes of each peer that the last look failed, until one finds it again", async () => {
  const { list, take } = makeList();
  await take("a");
  const facts = () => [list.shown.get("a")?.isCurrent, list.shown.get("a")?.version];
  list.lose();
  list.lose();
  assertEquals(facts(), [false, 1]);
  await take("a");
  assertEquals(facts(), [true, 2]);
});
