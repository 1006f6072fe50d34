import { assertEquals } from "@std/assert";
import { createPeerFilter } from "../../src/paths/peer_filter.ts";

const PEERS = [
  { id: "nA1", name: "Web-1.tail0001.ts.net", tags: ["tag:server", "tag:Web"] },
  { id: "nB2", name: "db-1.tail0001.ts.net", tags: ["tag:server"] },
  { id: "nC3", name: "laptop", tags: [] },
];

const FILTERS: readonly (readonly [names: string[], tags: string[], ids: string])[] = [
  [[], [], "nA1 nB2 nC3"],
  [["web-1"], [], "nA1"],
  [["WEB-1.TAIL*"], [], "nA1"],
  [["*-1"], [], "nA1 nB2"],
  [["nc3", "db-?"], [], "nB2 nC3"],
  [["web"], [], ""],
  [[], ["server"], "nA1 nB2"],
  [[], ["tag:web"], "nA1"],
  [[], ["TAG:W*", "none"], "nA1"],
  [[], ["*"], "nA1 nB2"],
  [["*-1"], ["web"], "nA1"],
];

for (const [names, tags, ids] of FILTERS) {
  Deno.test(`createPeerFilter() with [${names}] and [${tags}] passes "${ids}"`, () => {
    const filter = createPeerFilter({ names, tags });
    assertEquals(PEERS.filter(filter).map(({ id }) => id).join(" "), ids);
  });
}
