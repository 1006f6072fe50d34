import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { AddressBook, type AddressOwner } from "../../src/access/address_book.ts";

function owner(id: string, createdMs?: number, device: string = id): AddressOwner {
  return { id, createdMs, visitor: { userClass: "own", user: undefined, device } };
}

Deno.test("AddressBook.find() goes by the time of the line", () => {
  const book = new AddressBook();
  const at = (ms: number) => book.find("100.64.0.1", ms)?.device;
  assertEquals(at(0), undefined);
  book.note("100.64.0.1", owner("a"), 1_000);
  // The first owner is taken to have had it before it was seen.
  assertEquals([at(0), at(1_000)], ["a", "a"]);
  book.note("100.64.0.1", owner("b", 1_500), 2_000);
  assertEquals([at(1_499), at(1_500)], ["a", "b"]);
  book.note("100.64.0.1", undefined, 3_000);
  assertEquals([at(1_400), at(2_999), at(3_000)], ["a", "b", undefined]);
  // Joined long ago, and has the address since it was seen.
  book.note("100.64.0.1", owner("c", 10), 4_000);
  assertEquals([at(3_999), at(4_000)], [undefined, "c"]);
});

Deno.test("AddressBook.find() does not take a device for one that had the address before it joined", () => {
  const book = new AddressBook();
  book.note("100.64.0.1", owner("a", 500), 1_000);
  assertEquals(book.find("100.64.0.1", 499), undefined);
  assertEquals(book.find("100.64.0.1", 500)?.device, "a");
});

Deno.test("AddressBook.note() takes a rename for no change of hands", () => {
  const book = new AddressBook();
  book.note("100.64.0.1", owner("a"), 1_000);
  book.note("100.64.0.1", owner("a", undefined, "renamed"), 2_000);
  assertEquals(book.find("100.64.0.1", 0)?.device, "renamed");
});

Deno.test("AddressBook keeps a bounded number of addresses and of owners", () => {
  const book = new AddressBook(1);
  book.note("100.64.0.1", owner("a"), 0);
  book.note("100.64.0.2", owner("b"), 0);
  assertEquals([book.size, book.find("100.64.0.2", 0)], [1, undefined]);
  for (let at = 1; at <= 5; at++) book.note("100.64.0.1", owner(`a${at}`), at * 1_000);
  assertEquals(book.find("100.64.0.1", 1_500), undefined);
  assertEquals(book.find("100.64.0.1", 2_500)?.device, "a2");
  book.forget("100.64.0.1");
  assertEquals(book.size, 0);
});

Deno.test("AddressBook.find() agrees with a list of all that was noted", () => {
  const step = fc.record({ id: fc.constantFrom("a", "b", "c", undefined), ms: fc.nat(100) });
  fc.assert(fc.property(fc.array(step, { maxLength: 4 }), fc.nat(500), (steps, atMs) => {
    const book = new AddressBook();
    let seenMs = 0;
    const model: { readonly id: string | undefined; readonly fromMs: number }[] = [];
    for (const { id, ms } of steps) {
      seenMs += ms;
      book.note("::1", id === undefined ? undefined : owner(id), seenMs);
      if (model.length > 0 || id !== undefined) {
        model.push({ id, fromMs: model.length === 0 ? -Infinity : seenMs });
      }
    }
    assertEquals(book.find("::1", atMs)?.device, model.findLast((one) => one.fromMs <= atMs)?.id);
  }));
});

Deno.test("AddressBook.prune() drops owners of lines that are not taken any more", async () => {
  const book = new AddressBook(2);
  const slice = { isOver: false, next: () => Promise.resolve() };
  book.note("100.64.0.1", owner("a"), 0);
  book.note("100.64.0.1", owner("b"), 1_000);
  book.note("100.64.0.2", owner("c"), 0);
  book.note("100.64.0.2", undefined, 2_000);
  await book.prune(999, slice);
  assertEquals(book.find("100.64.0.1", 500)?.device, "a");
  await book.prune(1_000, slice);
  // The last owner stays for as long as it has the address.
  assertEquals(book.find("100.64.0.1", 500), undefined);
  assertEquals(book.find("100.64.0.1", 5_000)?.device, "b");
  assertEquals(book.find("100.64.0.2", 1_999)?.device, "c");
  await book.prune(2_000, slice);
  assertEquals([book.size, book.find("100.64.0.2", 1_999)], [1, undefined]);
  // There is room for another one again.
  book.note("100.64.0.3", owner("d"), 3_000);
  assertEquals(book.find("100.64.0.3", 3_000)?.device, "d");
});

Deno.test("AddressBook.prune() lets other work run", async () => {
  const book = new AddressBook();
  for (let at = 0; at < 1_000; at++) book.note(`100.64.${at >> 8}.${at & 255}`, owner("a"), 0);
  let turns = 0;
  await book.prune(0, {
    isOver: true,
    next() {
      turns++;
      return Promise.resolve();
    },
  });
  assertEquals([turns, book.size], [4, 1_000]);
});
