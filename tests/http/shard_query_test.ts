import { assertEquals } from "@std/assert";
import { readWantedPart, SHARD_WANTED } from "../../src/http/shard_query.ts";
import { MAX_SHARDS } from "../../src/shard.ts";

function read(query: string, own?: { readonly index: number; readonly count: number }) {
  return readWantedPart(new URLSearchParams(query), own);
}

Deno.test("readWantedPart() reads a shard, and all of the page where there is none", () => {
  assertEquals(read("shard=0&shards=4"), { shard: { index: 0, count: 4 } });
  assertEquals(read("shards=4&shard=3"), { shard: { index: 3, count: 4 } });
  assertEquals(read(`shard=999&shards=${MAX_SHARDS}`), { shard: { index: 999, count: 1000 } });
  assertEquals(read(""), { shard: undefined });
  assertEquals(read("module=x&Shard=9"), { shard: undefined });
});

const FAULTY = ["shard=0", "shards=4", "shard=&shards=", "shard=4&shards=4", "shard=0&shards=0"];
FAULTY.push("shard=-1&shards=4", "shard=a&shards=4", "shard=0&shards=1001", "shard=00&shards=4");
FAULTY.push("shard=0&shard=0&shards=4", "shard=0&shards=4&shards=4", "shard=0.0&shards=4");
for (const query of FAULTY) {
  Deno.test(`readWantedPart() says of ${query} what is wanted`, () => {
    assertEquals(read(query), { fault: SHARD_WANTED });
  });
}

Deno.test("readWantedPart() says what is wanted in a sentence without what was sent", () => {
  assertEquals(
    SHARD_WANTED,
    "want shard=I and shards=N, each once, with I from 0 to N-1 and N from 1 to 1000",
  );
});

Deno.test("readWantedPart() of a process with a part of its own takes that part only", () => {
  const own = { index: 1, count: 4 };
  const other = { fault: "this process looks after shard 1/4 only, as SHARD says" };
  assertEquals(read("", own), { shard: undefined });
  assertEquals(read("shard=1&shards=4", own), { shard: undefined });
  assertEquals(read("shard=2&shards=4", own), other);
  assertEquals(read("shard=1&shards=8", own), other);
  assertEquals(read("shard=x&shards=4", own), { fault: SHARD_WANTED });
});
