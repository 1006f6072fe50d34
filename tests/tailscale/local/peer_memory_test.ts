import { assertEquals, assertStrictEquals } from "@std/assert";
import { decodePeer } from "../../../src/tailscale/local/local_peer.ts";
import { type MemoryUpdate, PeerMemory } from "../../../src/tailscale/local/peer_memory.ts";

/** What is made of a text, and whether it was decoded for that. */
function recall(update: MemoryUpdate, key: string, text: string) {
  let isDecoded = false;
  const peer = update.recall(key, new TextEncoder().encode(text), () => {
    isDecoded = true;
    return decodePeer(text);
  });
  return { peer, isDecoded };
}

Deno.test("PeerMemory gives the same object for the same bytes, and a new one for others", () => {
  const memory = new PeerMemory(1);
  const first = memory.begin();
  const one = recall(first, "a", '{"ID":"n1"}');
  assertEquals([one.isDecoded, memory.size], [true, 0]);
  first.end();
  const second = memory.begin();
  const same = recall(second, "a", '{"ID":"n1"}');
  assertEquals([same.isDecoded, memory.size], [false, 1]);
  assertStrictEquals(same.peer, one.peer);
  const other = recall(second, "b", '{"ID":"n1"}');
  assertEquals(other.isDecoded, true);
  second.end();
  const changed = recall(memory.begin(), "a", '{"ID":"n1","Online":true}');
  assertEquals([changed.isDecoded, typeof changed.peer !== "string" && changed.peer.isOnline], [
    true,
    true,
  ]);
});

Deno.test("PeerMemory forgets peers that are not in the last status that ended", () => {
  const memory = new PeerMemory(1);
  const first = memory.begin();
  recall(first, "a", '{"ID":"n1"}');
  first.end();
  const slow = memory.begin();
  memory.begin().end();
  assertEquals(memory.size, 0);
  // One that began before still has what it began with.
  assertEquals(recall(slow, "a", '{"ID":"n1"}').isDecoded, false);
  slow.end();
  assertEquals(memory.size, 1);
  const broken = memory.begin();
  recall(broken, "b", '{"ID":"n2"}');
  assertEquals(recall(memory.begin(), "b", '{"ID":"n2"}').isDecoded, true);
});

Deno.test("PeerMemory remembers no peer that could not be used", () => {
  const memory = new PeerMemory(1);
  for (let round = 0; round < 2; round++) {
    const update = memory.begin();
    assertEquals(recall(update, "a", "{}"), {
      peer: 'No id: wanted text of 1 to 128 characters in "ID"',
      isDecoded: true,
    });
    update.end();
  }
  assertEquals(memory.size, 0);
});

Deno.test("MemoryUpdate.foresee() tells how many bytes are a peer of before, if all have come", () => {
  const memory = new PeerMemory(1);
  const text = ' {"ID":"n1"}\n';
  const first = memory.begin();
  const before = recall(first, "a", text);
  first.end();
  const update = memory.begin();
  const foresee = (key: string, bytes: string) =>
    update.foresee(key, new TextEncoder().encode(bytes));
  assertEquals(foresee("a", `${text},"b":{"ID":"n2"}}`), text.length);
  assertEquals(foresee("a", ' {"ID":"n2"}\n,'), 0);
  assertEquals(foresee("a", text.slice(0, -1)), 0);
  assertEquals(foresee("b", text), 0);
  foresee("a", `${text}5`);
  assertEquals(recall(update, "a", `${text}5`), { peer: "No peer: wanted JSON", isDecoded: true });
  foresee("a", text);
  const after = recall(update, "a", text);
  assertEquals([after.isDecoded, after.peer === before.peer], [false, true]);
});

Deno.test("MemoryUpdate.foresee() compares 64 MiB in vain, then no more", () => {
  const memory = new PeerMemory(1);
  const bytes = new Uint8Array(8 * 1024 * 1024);
  const peer = decodePeer('{"ID":"n1"}');
  const first = memory.begin();
  first.recall("a", bytes, () => peer);
  first.end();
  const changed = bytes.slice();
  changed[0] = 1;
  const update = memory.begin();
  for (let time = 0; time < 8; time++) assertEquals(update.foresee("a", changed), 0);
  assertEquals(update.foresee("a", bytes), bytes.length);
  assertEquals(update.foresee("a", changed), 0);
  assertEquals(update.foresee("a", bytes), 0);
  // It is found all the same, when all of its bytes have come.
  let isDecoded = false;
  update.recall("a", bytes, () => {
    isDecoded = true;
    return peer;
  });
  assertEquals(isDecoded, false);
});
