import { assertEquals } from "@std/assert";
import { UnreadAnswers } from "../../src/http/_unread.ts";
import { settle } from "../_support/fake_clock.ts";

Deno.test("UnreadAnswers.isFull() counts those of an address until they are read", async () => {
  const unread = new UnreadAnswers(2);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  unread.add("192.0.2.1", first.promise);
  assertEquals(unread.isFull("192.0.2.1"), false);
  unread.add("192.0.2.1", second.promise);
  assertEquals([unread.isFull("192.0.2.1"), unread.isFull("192.0.2.2")], [true, false]);
  first.resolve();
  await settle();
  assertEquals([unread.isFull("192.0.2.1"), unread.size], [false, 1]);
  second.reject(new Error("the connection is gone"));
  await settle();
  assertEquals(unread.size, 0);
});

Deno.test("UnreadAnswers.isFull() knows an IPv6 address by its first 64 bits", () => {
  const unread = new UnreadAnswers(1);
  unread.add("2001:db8::1", new Promise(() => {}));
  assertEquals(unread.isFull("2001:db8::2"), true);
  assertEquals(unread.isFull("2001:db8:0:1::1"), false);
});
