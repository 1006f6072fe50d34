import { assertEquals } from "@std/assert";
import { type Reader, Readers } from "../../src/http/reader.ts";

/** Readers of these pieces of memory, in the order in which they began, and who was cut off. */
function setUp(...kept: readonly (readonly ArrayBuffer[])[]) {
  const readers = new Readers(100);
  const cut: number[] = [];
  for (const [at, memory] of kept.entries()) {
    const reader: Reader = {
      memory: () => memory,
      cutOff: () => {
        cut.push(at);
        readers.delete(reader);
      },
    };
    readers.add(reader);
  }
  return { readers, cut };
}

const [a, b, c, d] = [
  new ArrayBuffer(60),
  new ArrayBuffer(60),
  new ArrayBuffer(60),
  new ArrayBuffer(60),
];

Deno.test("Readers.bound() lets readers keep as much as the page has, and not a byte more", () => {
  const { readers, cut } = setUp([a], [b]);
  assertEquals(readers.bound([c, d]), { cut: 0, keptBytes: 120 });
  assertEquals([cut, readers.size], [[], 2]);
  assertEquals(readers.bound([c, new ArrayBuffer(59)]), { cut: 1, keptBytes: 60 });
  assertEquals([cut, readers.size], [[0], 1]);
});

Deno.test("Readers.bound() counts what is kept by several once, and what is current not at all", () => {
  const { readers, cut } = setUp([a, b], [a, b], [b, c], [c, d]);
  assertEquals(readers.bound([c, d]), { cut: 0, keptBytes: 120 });
  assertEquals(cut, []);
});

Deno.test("Readers.bound() cuts off who keeps something alone, and not who came before", () => {
  const { readers, cut } = setUp([c], [a, b], [c]);
  assertEquals(readers.bound([d]), { cut: 1, keptBytes: 60 });
  assertEquals(cut, [1]);
});

Deno.test("Readers.bound() lets little be kept beside a page that is smaller", () => {
  const { readers, cut } = setUp([a], [new ArrayBuffer(40)]);
  assertEquals(readers.bound([new ArrayBuffer(1)]), { cut: 0, keptBytes: 100 });
  readers.add({ memory: () => [new ArrayBuffer(1)], cutOff: () => {} });
  assertEquals(readers.bound([new ArrayBuffer(1)]), { cut: 1, keptBytes: 41 });
  assertEquals(cut, [0]);
});

Deno.test("Readers.bound() does nothing where nobody reads", () => {
  assertEquals(new Readers().bound([a]), { cut: 0, keptBytes: 0 });
});
