import { assertEquals } from "@std/assert";
import { createSelector } from "../src/selector.ts";

const PEERS = [
  { id: "nA1", name: "Web-1.tail0001.ts.net", tags: ["tag:server", "tag:Web"] },
  { id: "nB2", name: "db-1.tail0001.ts.net", tags: ["tag:server"] },
  { id: "nC3", name: "laptop", hostname: "Amelies-Mac", tags: [] },
];

const FILTERS: readonly (readonly [names: string[], tags: string[], ids: string])[] = [
  [[], [], "nA1 nB2 nC3"],
  [["web-1"], [], "nA1"],
  [["WEB-1.TAIL*"], [], "nA1"],
  [["*-1"], [], "nA1 nB2"],
  [["nc3", "db-?"], [], "nB2 nC3"],
  [["web"], [], ""],
  [["amelies-*"], [], "nC3"],
  [["undefined"], [], ""],
  [[], ["server"], "nA1 nB2"],
  [[], ["tag:web"], "nA1"],
  [[], ["TAG:W*", "none"], "nA1"],
  [[], ["*"], "nA1 nB2"],
  [["*-1"], ["web"], "nA1"],
];

for (const [names, tags, ids] of FILTERS) {
  Deno.test(`createSelector() with [${names}] and [${tags}] passes "${ids}"`, () => {
    const filter = createSelector({ names, tags });
    assertEquals(PEERS.filter(filter).map(({ id }) => id).join(" "), ids);
  });
}

Deno.test("createSelector() looks at the tags that count only", () => {
  const selects = createSelector<typeof PEERS[number]>({
    tags: ["server"],
    tagsOf: ({ id, tags }) => id === "nA1" ? [] : tags,
  });
  assertEquals(PEERS.filter(selects).map(({ id }) => id), ["nB2"]);
});
