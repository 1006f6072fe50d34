import { assertEquals, assertRejects } from "@std/assert";
import { SharedWork } from "../../src/http/_shared_work.ts";

Deno.test("SharedWork.run() does work once for concurrent callers, and again afterwards", async () => {
  const shared = new SharedWork<number>();
  const begun: (readonly [string, PromiseWithResolvers<number>])[] = [];
  const ask = (key: string) =>
    shared.run(key, () => {
      const made = Promise.withResolvers<number>();
      begun.push([key, made]);
      return made.promise;
    });
  const asked = [ask("a"), ask("a"), ask("b")];
  assertEquals(begun.map(([key]) => key), ["a", "b"]);
  begun[0]?.[1].resolve(1);
  begun[1]?.[1].resolve(2);
  assertEquals(await Promise.all(asked), [1, 1, 2]);
  const later = ask("a");
  assertEquals(begun.length, 3);
  begun[2]?.[1].reject(new Error("no"));
  await assertRejects(() => later, Error, "no");
  const last = ask("a");
  begun[3]?.[1].resolve(4);
  assertEquals(await last, 4);
});
