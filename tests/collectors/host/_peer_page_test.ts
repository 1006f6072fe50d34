import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MetricDrop } from "../../../src/collectors/_metric_drop.ts";
import { PeerList } from "../../../src/collectors/host/_peer_list.ts";
import { PEERS_METRICS } from "../../../src/collectors/_peer_metric.ts";
import { PeerPage } from "../../../src/collectors/host/_peer_page.ts";
import { observePeer } from "../../../src/collectors/host/_peer_observation.ts";
import { PathTracker } from "../../../src/paths/mod.ts";
import type { Block } from "../../../src/exposition/mod.ts";
import { Section } from "../../../src/page/mod.ts";
import { TimeSlice } from "../../../src/time/slice.ts";
import { PeerMemory } from "../../../src/tailscale/local/peer_memory.ts";
import { readText } from "../../_support/text_reader.ts";
import { pageText } from "../_golden.ts";
import { statusWith } from "./_local.ts";

/** A section that remembers what was set. */
class WatchedSection extends Section {
  readonly added: string[] = [];

  override set(key: string, block: Block): void {
    this.added.push(key);
    super.set(key, block);
  }
}

/** Peers and their page; every rest of the page is told to `onRest`. */
function makePage(onRest: (page: string) => void = () => {}) {
  let [elapsedMs, step] = [0, 0];
  const memory = new PeerMemory(1);
  const section = new WatchedSection(PEERS_METRICS);
  const free = new TimeSlice({ elapsed: () => 0 });
  // It is always over.
  const slice = new TimeSlice({
    elapsed: () => elapsedMs += 100,
    pause() {
      onRest(pageText(section));
      return Promise.resolve();
    },
  });
  const list = new PeerList({
    slice: free,
    findDevice: () => undefined,
  });
  const tracker = new PathTracker({ maxGapMs: 90_000 });
  const page = new PeerPage({ section, drops: new MetricDrop(), slice, isRepeating: true });
  async function show(...peers: readonly unknown[]): Promise<string> {
    const at = { elapsedMs: ++step * 30_000, nowMs: step * 30_000 };
    const status = await statusWith(peers, {}, { memory });
    const look = tracker.begin(at);
    const seen = status.peers.map((local) => ({ local, track: look.see(observePeer(local)) }));
    look.end();
    await list.take(seen, status);
    await page.show(list.shown, at.nowMs);
    return pageText(section);
  }
  return { section, show };
}

function peer(number: number, fields: Readonly<Record<string, unknown>> = {}) {
  return { ID: `n${number}`, Online: true, CurAddr: "192.0.2.1:1", ...fields };
}

function countOnline(page: string): number {
  return page.match(/^tailscale_peer_online\{/gm)?.length ?? 0;
}

Deno.test("PeerPage makes the block of a peer again only if something about it changed", async () => {
  const { section, show } = makePage();
  await show(peer(1), peer(2), peer(3), peer(4));
  section.added.length = 0;
  await show(peer(1), peer(2, { RxBytes: 5 }), peer(3, { CurAddr: "" }), peer(5));
  assertEquals(section.added, ["peer n2", "peer n3", "peer n5", "moving 0"]);
});

Deno.test("PeerPage shows many peers in groups, and removes those that left", async () => {
  const { section, show } = makePage();
  const numbers = Array.from({ length: 450 }, (_, at) => at);
  const moving = () => [...section.keys()].filter((key) => key.startsWith("moving"));
  assertEquals(countOnline(await show(...numbers.map((number) => peer(number)))), 450);
  assertEquals(moving().toSorted(), ["moving 0", "moving 1", "moving 2"]);
  const odd = numbers.filter((number) => number % 2 === 1 && number < 400);
  assertEquals(countOnline(await show(...odd.map((number) => peer(number)))), 200);
  assertEquals(moving().toSorted(), ["moving 0", "moving 1"]);
  assertEquals(countOnline(await show(...numbers.map((number) => peer(number)))), 450);
  assertEquals(await show(), "");
  assertEquals(section.size, 0);
});

Deno.test("PeerPage is a valid page at every pause, whichever peers join and change", async () => {
  const look = fc.array(fc.constantFrom("", "192.0.2.1:1", "[2001:db8::1]:1", undefined), {
    minLength: 205,
    maxLength: 230,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(look, { minLength: 2, maxLength: 3 }), async (looks) => {
      let rests = 0;
      const { show } = makePage((page) => {
        rests++;
        readText(page);
      });
      for (const addresses of looks) {
        const peers = addresses.flatMap((CurAddr, at) =>
          CurAddr === undefined ? [] : [peer(at, { CurAddr })]
        );
        assertEquals(countOnline(await show(...peers)), peers.length);
      }
      assertEquals(rests > 0, true);
    }),
    { numRuns: 10 },
  );
});
