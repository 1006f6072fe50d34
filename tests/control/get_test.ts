import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type ApiGet, createGet } from "../../src/control/get.ts";
import type { ApiRequest, Send } from "../../src/control/request.ts";
import { ApiError } from "../../src/errors.ts";

const CALL: ApiGet<string> = {
  endpoint: "keys",
  doing: "list the keys",
  url: new URL("https://api.example/keys"),
  read: () => Promise.resolve("read"),
};

const REFUSED = new ApiError("unauthorized", "answered 401");

/** The calls of an API that takes one token, and the tokens that are given out one by one. */
function rig(good: string, ...tokens: string[]) {
  const sent: (string | undefined)[] = [];
  const send: Send = <T>({ endpoint, headers, method, read }: ApiRequest<T>) => {
    sent.push(`${method} ${endpoint} ${headers.authorization}`);
    if (headers.authorization !== `Bearer ${good}`) return Promise.reject(REFUSED);
    return read(ReadableStream.from([]));
  };
  const get = createGet(send, {
    token: () => Promise.resolve(tokens[0] ?? ""),
    invalidate: () => void (tokens.length > 1 && tokens.shift()),
    expiresAtSeconds: () => undefined,
  });
  return { get, sent };
}

Deno.test("get() signs a call and gives what is read of its answer", async () => {
  const { get, sent } = rig("a", "a");
  assertEquals(await get(CALL), "read");
  assertEquals(sent, ["GET keys Bearer a"]);
});

Deno.test("get() renews a refused token once, and gives up if there is no other", async () => {
  const renewed = rig("b", "a", "b");
  assertEquals(await renewed.get(CALL), "read");
  assertEquals(renewed.sent, ["GET keys Bearer a", "GET keys Bearer b"]);
  const fixed = rig("b", "a");
  assertStrictEquals(await assertRejects(() => fixed.get(CALL)), REFUSED);
  assertEquals(fixed.sent.length, 1);
  const twice = rig("c", "a", "b");
  assertStrictEquals(await assertRejects(() => twice.get(CALL)), REFUSED);
  assertEquals(twice.sent.length, 2);
});
