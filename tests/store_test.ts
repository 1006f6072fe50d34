import { assertEquals } from "@std/assert";
import { memoryStorage, openStore, type StorageLike } from "../src/store.ts";

/** A storage that a test can break. */
class FakeStorage implements StorageLike {
  readonly items = new Map<string, string>();
  error: Error | undefined;

  getItem(key: string): string | null {
    this.#use();
    return this.items.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    this.#use();
    this.items.set(key, text);
  }

  removeItem(key: string): void {
    this.#use();
    this.items.delete(key);
  }

  #use(): void {
    if (this.error !== undefined) throw this.error;
  }
}

function rig(storage?: () => StorageLike) {
  const said: string[] = [];
  const store = openStore(storage, {
    onLost: (sentence) => said.push(`lost ${sentence}`),
    onFound: (sentence) => said.push(`found ${sentence}`),
  });
  return { said, store };
}

function lostLine(cause: string): string {
  return `lost Cannot keep state beyond this process: ${cause}; give it a directory that it may ` +
    "write in XDG_DATA_HOME (deno run: DENO_DIR)";
}

Deno.test("openStore() keeps texts in storage", () => {
  const storage = new FakeStorage();
  const { said, store } = rig(() => storage);
  assertEquals(store.get("a"), undefined);
  assertEquals(store.set("a", ""), true);
  assertEquals(store.get("a"), "");
  assertEquals(store.set("a", "\0é"), true);
  assertEquals([...storage.items], [["a", "\0é"]]);
  // Another process.
  assertEquals(openStore(() => storage).get("a"), "\0é");
  store.delete("a");
  store.delete("a");
  assertEquals([store.get("a"), storage.items.size, said], [undefined, 0, []] as never);
});

Deno.test("openStore() names no storage before it is used", () => {
  let named = 0;
  const store = openStore(() => {
    named++;
    return new FakeStorage();
  });
  assertEquals(named, 0);
  store.get("a");
  assertEquals(named, 1);
});

Deno.test("openStore() goes on in memory where there is no storage, and says so once", () => {
  const { said, store } = rig(() => {
    throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  });
  assertEquals(store.get("a"), undefined);
  assertEquals(store.set("a", "1"), false);
  assertEquals(store.set("a", "2"), false);
  assertEquals(store.get("a"), "2");
  store.delete("a");
  assertEquals(store.get("a"), undefined);
  assertEquals(said, [lostLine("PermissionDenied: Permission denied (os error 13)")]);
});

Deno.test("openStore() without storage is memory", () => {
  const { said, store } = rig();
  assertEquals(store.set("a", "1"), false);
  assertEquals(store.get("a"), "1");
  assertEquals(said, [lostLine("TypeError: there is no storage")]);
});

Deno.test("openStore() prefers what was set last, in storage or in memory", () => {
  const storage = new FakeStorage();
  const { said, store } = rig(() => storage);
  store.set("a", "old");
  store.set("b", "old");
  storage.error = new DOMException("Exceeded maximum storage size", "QuotaExceededError");
  assertEquals(store.set("a", "new"), false);
  assertEquals(store.get("a"), "new");
  assertEquals(store.get("b"), undefined);
  store.delete("b");
  storage.error = undefined;
  assertEquals(store.get("a"), "new");
  // It could not be taken away, and is gone all the same.
  assertEquals(store.get("b"), undefined);
  assertEquals(store.set("a", "newer"), true);
  assertEquals([storage.items.get("a"), store.get("a")], ["newer", "newer"]);
  assertEquals(said, [
    lostLine("QuotaExceededError: Exceeded maximum storage size"),
    "found State is kept in storage again",
  ]);
});

Deno.test("openStore() does not replace what could not be read", () => {
  const storage = new FakeStorage();
  storage.items.set("a", "restarted a minute ago");
  const { said, store } = rig(() => storage);
  storage.error = new Error("database is locked");
  assertEquals([store.get("a"), store.get("b")], [undefined, undefined]);
  storage.error = undefined;
  assertEquals(store.set("a", "fresh"), false);
  assertEquals([store.get("a"), storage.items.get("a")], ["fresh", "restarted a minute ago"]);
  assertEquals(store.set("b", "fresh"), true);
  assertEquals(said, [
    lostLine("Error: database is locked"),
    "found State is kept in storage again",
  ]);
});

Deno.test("openStore() tells of any value that is thrown", () => {
  const { said, store } = rig(() => {
    throw "odd";
  });
  assertEquals(store.set("a", "1"), false);
  assertEquals(said, [lostLine("odd")]);
});

Deno.test("memoryStorage() keeps texts for each caller that opens it, and shares none", () => {
  const [first, second] = [memoryStorage(), memoryStorage()];
  openStore(first).set("watchdog", "state");
  assertEquals(openStore(first).get("watchdog"), "state");
  assertEquals(openStore(second).get("watchdog"), undefined);
  openStore(first).delete("watchdog");
  assertEquals(openStore(first).get("watchdog"), undefined);
});
