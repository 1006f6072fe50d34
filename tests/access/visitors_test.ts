import { assertEquals } from "@std/assert";
import { AddressBook } from "../../src/access/address_book.ts";
import { Visitors } from "../../src/access/visitors.ts";
import { AT_MS } from "./_record.ts";

const LAPTOP = { userClass: "own", user: "a@example.com", device: "laptop" } as const;

function makeBook(): AddressBook {
  const book = new AddressBook();
  book.note("100.64.0.1", { id: "1", visitor: LAPTOP, createdMs: undefined }, 0);
  return book;
}

Deno.test("Visitors.find() names tailnet, strangers and the server itself", () => {
  const visitors = new Visitors({
    book: makeBook(),
    isListed: (address) => address === "100.64.0.1",
    isOwnAddress: (address) => address === "100.64.0.7",
  });
  for (
    const [address, userClass, device] of [
      ["100.64.0.1", "own", "laptop"],
      ["100.64.0.2", "unknown", undefined],
      ["100.64.0.7", "server", undefined],
      ["127.0.0.1", "server", undefined],
      ["192.168.1.1", "external", undefined],
    ] as const
  ) {
    const visitor = visitors.find({ address, login: undefined }, AT_MS);
    const expected = { userClass, device, user: device && "a@example.com" };
    assertEquals(visitor, expected as typeof visitor);
    if (userClass !== "server") {
      assertEquals(visitors.findKnown({ address, login: undefined }, AT_MS), visitor);
    }
  }
});

Deno.test("Visitors.find() waits for tailscaled where no device list has the address", async () => {
  const book = makeBook();
  const asked: string[] = [];
  const visitors = new Visitors({
    book,
    isListed: (address) => address === "100.64.0.1",
    prepare(address) {
      asked.push(address);
      book.note(address, { id: "2", visitor: { ...LAPTOP, device: "phone" }, createdMs: 0 }, 0);
      return Promise.resolve();
    },
  });
  for (const address of ["100.64.0.1", "127.0.0.1", "192.168.1.1"]) {
    assertEquals(visitors.find({ address, login: undefined }, 0) instanceof Promise, false);
  }
  const found = visitors.find({ address: "100.64.0.2", login: undefined }, AT_MS);
  assertEquals([found instanceof Promise, (await found).device], [true, "phone"]);
  assertEquals(asked, ["100.64.0.2"]);
});

Deno.test("Visitors.find() takes the login that a proxy vouches for", () => {
  const visitors = new Visitors({ book: makeBook(), isListed: () => true });
  for (
    const [address, login, expected] of [
      ["100.64.0.1", "a@example.com", LAPTOP],
      ["100.64.0.1", "b@example.com", { ...LAPTOP, user: "b@example.com" }],
      ["127.0.0.1", "b", { userClass: "own", user: "b", device: undefined }],
      ["100.64.0.2", "b", { userClass: "own", user: "b", device: undefined }],
    ] as const
  ) assertEquals(visitors.find({ address, login }, AT_MS), expected);
});
