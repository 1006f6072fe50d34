import { assert, assertEquals, assertRejects } from "@std/assert";
import { SegmentStore } from "../../src/archive/segment_store.ts";
import { FakeCaches } from "../_support/fake_caches.ts";

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** All that is in a store. */
async function textsOf(store: SegmentStore): Promise<Record<string, readonly string[]>> {
  const texts: Record<string, string[]> = {};
  for (const [segment, versions] of await store.list()) {
    for (const version of versions) {
      (texts[segment] ??= []).push(new TextDecoder().decode(await store.read(version)));
    }
  }
  return texts;
}

Deno.test("SegmentStore.write() replaces a segment, and makes no entry twice in one cache", async () => {
  const caches = new FakeCaches();
  const store = new SegmentStore(() => caches, "a b");
  await store.write("0/x", bytesOf("one"));
  await store.write("0/x", bytesOf("two"));
  await store.write("0/y", bytesOf("three"));
  assertEquals(await textsOf(store), { "0/x": ["two"], "0/y": ["three"] });
  assertEquals(caches.changes.filter((change) => change.startsWith("put")), [
    "put a%20b/0/x@1",
    "put a%20b/0/x@2",
    "put a%20b/0/y@1",
  ]);
});

Deno.test("SegmentStore keeps apart what has another name, and foreign caches", async () => {
  const caches = new FakeCaches();
  const store = new SegmentStore(() => caches, "a");
  await new SegmentStore(() => caches, "ab").write("x", bytesOf("other"));
  await caches.open("a/no version");
  await store.write("x", bytesOf("own"));
  assertEquals(await textsOf(store), { x: ["own"] });
  const [version] = (await store.list()).get("x") ?? [];
  if (version !== undefined) await store.delete(version);
  assertEquals(await textsOf(store), {});
});

Deno.test("SegmentStore.write() leaves a whole version wherever the process ends", async () => {
  for (let changes = 0; changes < 3; changes++) {
    const caches = new FakeCaches();
    const store = new SegmentStore(() => caches, "a");
    await store.write("x", bytesOf("old"));
    caches.maxChanges = caches.changes.length + changes;
    await assertRejects(() => store.write("x", bytesOf("new")));
    caches.maxChanges = Infinity;
    const texts = (await textsOf(store)).x ?? [];
    // A cache without its entry reads as nothing.
    assertEquals(texts.find((text) => text !== ""), changes < 2 ? "old" : "new");
  }
});

Deno.test("SegmentStore.read() does not bring back what another process has deleted", async () => {
  const caches = new FakeCaches();
  const store = new SegmentStore(() => caches, "a");
  await store.write("x", bytesOf("old"));
  const [version] = (await store.list()).get("x") ?? [];
  assert(version !== undefined);
  await store.write("x", bytesOf("new"));
  assertEquals(await store.read(version), undefined);
  assertEquals(await textsOf(store), { x: ["new"] });
});

Deno.test("SegmentStore rejects where the platform has no place", async () => {
  const store = new SegmentStore(() => {
    throw new Error("no directory");
  }, "a");
  await assertRejects(() => store.write("x", bytesOf("y")), Error, "no directory");
});
