import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Group } from "../../src/page/_group.ts";
import { SectionMemory } from "../../src/page/_section_memory.ts";
import {
  type Block,
  BlockWriter,
  type Family,
  openMetricsHeader,
  Relabeler,
  textHeader,
} from "../../src/exposition/mod.ts";
import { Page, type PageView } from "../../src/page/page.ts";
import { Section } from "../../src/page/section.ts";
import { toBytes } from "../_support/relay.ts";

const FAMILIES: readonly Family[] = [
  { name: "up", type: "gauge", help: "Whether it is up." },
  { name: "bytes_total", type: "counter", help: "" },
  { name: "odd", type: "untyped", help: 'a "b"' },
];

/** A section, and a way to set samples of the families given by their places. */
function makeSection(tileKeys = 512) {
  const section = new Section(FAMILIES, { tileKeys });
  const writer = new BlockWriter(section.families);
  const set = (key: string, ...values: readonly (readonly [family: number, value: number])[]) => {
    writer.begin(`id="${key}"`);
    for (const [family, value] of values) writer.sample(family, value);
    section.set(key, writer.finish());
  };
  return { section, set };
}

function text(section: Section): string {
  return new Page([section]).view().text("text");
}

Deno.test("Section() tells what it holds", () => {
  const { section, set } = makeSection();
  set("b", [0, 1], [1, 1]);
  set("a", [0, 1]);
  set("b", [0, 1]);
  assertEquals([...section.keys()], ["b", "a"]);
  assertEquals([section.size, section.sampleCount], [2, 2]);
  assertEquals([section.has("a"), section.has("c")], [true, false]);
  assertEquals([section.delete("a"), section.delete("a")], [true, false]);
  assertEquals([section.size, section.sampleCount], [1, 1]);
});

Deno.test("Section.get() and lines() give what was set, staged or merged", () => {
  const { section, set } = makeSection();
  const linesOf = (key: string) => {
    const block = section.get(key);
    return [new TextDecoder().decode(block?.bytes), [...block?.ends ?? []], block?.sampleCount];
  };
  set("1", [0, 1], [2, 3]);
  set("2", [1, 1]);
  const wanted = ['up{id="1"} 1\nodd{id="1"} 3\n', [13, 13, 27], 2];
  const all = section.lines("1", [1, 0]);
  assertEquals(linesOf("1"), wanted);
  text(section);
  assertEquals(linesOf("1"), wanted);
  assertEquals(all, [undefined, new TextEncoder().encode('up{id="1"} 1\n')]);
  assertEquals(section.lines("1", [1, 0]), all);
  assertEquals(linesOf("2"), ['bytes_total{id="2"} 1\n', [0, 22], 1]);
  assertEquals(section.get("3"), undefined);
});

Deno.test("Section.get() gives a copy", () => {
  const { section, set } = makeSection();
  set("1", [0, 1]);
  const before = text(section);
  section.get("1")?.bytes.fill(0);
  assertEquals(text(section), before);
});

Deno.test("Section.set() takes a copy", () => {
  const { section } = makeSection();
  const bytes = new TextEncoder().encode("up 1\n");
  section.set("1", { bytes, ends: Uint32Array.of(5), sampleCount: 1 });
  const before = text(section);
  bytes.fill(0);
  assertEquals(text(section), before);
});

Deno.test("Section.set() refuses a block that does not fit", () => {
  const { section } = makeSection();
  const wrong: readonly Block[] = [
    { bytes: new Uint8Array(4), ends: Uint32Array.of(3), sampleCount: 1 },
    { bytes: new Uint8Array(4), ends: Uint32Array.of(), sampleCount: 1 },
    { bytes: new Uint8Array(4), ends: Uint32Array.of(1, 2, 3, 4), sampleCount: 1 },
  ];
  for (const block of wrong) {
    assertThrows(() => section.set("1", block), RangeError, 'Cannot set the block of "1": its');
  }
  assertEquals(section.size, 0);
});

Deno.test("Section.set() refuses a block whose family was given up meanwhile", () => {
  const section = new Section([]);
  const make = (page: string) => new Relabeler(section.families).relabel(toBytes(page), []).block;
  const old = make("a 1\n");
  const fresh = make("b 1\n");
  assertThrows(
    () => section.set("1", old),
    RangeError,
    'Cannot set the block of "1": family 0 became "b" after the block was made; make it again',
  );
  section.set("1", fresh);
  assertEquals(text(section), "# TYPE b untyped\nb 1\n");
});

Deno.test("Section() gives a family's place away only when no key has lines of it", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families);
  const set = (key: string, page: string) =>
    section.set(key, relabeler.relabel(toBytes(page), [["id", key]]).block);
  set("1", "a 1\n");
  set("2", "a 1\n");
  text(section);
  section.delete("1");
  set("3", "b 1\n");
  assertEquals(section.families.size, 2);
  set("2", "b 2\n");
  set("4", "c 1\n");
  assertEquals(section.families.size, 2);
  assertEquals(
    text(section),
    '# TYPE c untyped\nc{id="4"} 1\n# TYPE b untyped\nb{id="2"} 2\nb{id="3"} 1\n',
  );
});

Deno.test("Section.snapshot() has few tiles again after most keys are gone", () => {
  const { section, set } = makeSection(8);
  for (let key = 0; key < 800; key++) set(String(key), [0, key]);
  assertEquals(section.snapshot().tiles.length, 100);
  for (let key = 0; key < 800; key++) if (key % 50 !== 0) section.delete(String(key));
  assertEquals(section.size, 16);
  const { tiles } = section.snapshot();
  assert(tiles.length <= 8, `${tiles.length} tiles for 16 keys`);
  assertEquals(tiles.flatMap(({ tile }) => tile.keys), [...section.keys()]);
});

Deno.test("Section.snapshot() has few tiles after a thousand keys have come and gone", () => {
  const { section, set } = makeSection(8);
  const keys: string[] = [];
  for (let key = 0; key < 1064; key++) {
    set(String(key), [0, key]);
    keys.push(String(key));
    if (keys.length > 64) section.delete(keys.splice((key * 7) % 64, 1)[0] ?? "");
  }
  const { tiles } = section.snapshot();
  assertEquals(section.size, 64);
  assert(tiles.length <= 32, `${tiles.length} tiles for 64 keys, 8 would do`);
  assertEquals(tiles.flatMap(({ tile }) => tile.keys), [...section.keys()]);
});

Deno.test("PageView.release() frees memory of pages that have changed, and no other", () => {
  const { section, set } = makeSection();
  const buffersOf = (view: PageView) => [...view.memory()];
  const sizesOf = (buffers: readonly ArrayBufferLike[]) => buffers.map((one) => one.byteLength > 0);
  set("1", [0, 1]);
  const page = new Page([section]);
  const [first, second] = [page.view(), page.view()];
  const before = first.text("text");
  const old = buffersOf(first);
  assertEquals(sizesOf(old), [true]);
  set("1", [0, 2]);
  const third = page.view();
  const after = third.text("text");
  first.release();
  first.release();
  set("1", [0, 3]);
  assertEquals([sizesOf(old), second.text("text")], [[true], before]);
  second.release();
  set("1", [0, 4]);
  assertEquals([sizesOf(old), third.text("text")], [[false], after]);
  assertThrows(() => first.text("text"), TypeError, "Cannot read a page that was released");
});

for (const next of ["snapshot", "clear"] as const) {
  Deno.test(`Section.${next}() frees what was released since the last change`, () => {
    const { section, set } = makeSection();
    set("1", [0, 1]);
    const view = new Page([section]).view();
    view.text("text");
    const [buffer] = view.memory();
    set("1", [0, 2]);
    section.snapshot().tiles[0]?.tile;
    view.release();
    assertEquals(buffer?.byteLength === 0, false);
    section[next]();
    assertEquals(buffer?.byteLength, 0);
  });
}

Deno.test("Section.snapshot() gives a view that is released once for each call, no more", () => {
  const { section, set } = makeSection();
  set("1", [0, 1]);
  const view = section.snapshot();
  view.release();
  assertThrows(
    () => view.release(),
    RangeError,
    "Cannot release a view more often than it was taken",
  );
});

Deno.test("Section.delete() gives back what of the key was staged", () => {
  const memory = new SectionMemory(1000);
  const group = new Group(memory);
  const block = { bytes: toBytes("up 1\n"), ends: Uint32Array.of(5), sampleCount: 1 };
  group.put(group.add("1"), block);
  group.merge();
  const entry = group.add("2");
  group.put(entry, block);
  assertEquals(memory.stagedBytes, 5);
  group.remove(entry);
  assertEquals([memory.stagedBytes, group.stagedBytes, group.merge().keys], [0, 0, ["1"]]);
});

Deno.test("PageView.release() leaves alone what a later view has in common", () => {
  const { section, set } = makeSection(1);
  const page = new Page([section]);
  for (const changed of [[], ["2"]]) {
    set("1", [0, 1]);
    set("2", [0, 2]);
    const first = page.view();
    first.text("text");
    first.release();
    for (const key of changed) set(key, [0, 3]);
    const second = page.view();
    const wanted = text(section);
    for (let value = 4; value < 8; value++) set("1", [0, value]);
    assertEquals(second.text("text"), wanted);
    second.release();
  }
});

Deno.test("Section.set() leaves memory alone that was seen and not released", () => {
  const { section, set } = makeSection();
  const bufferOf = () => section.snapshot().tiles[0]?.tile.memory.bytes.buffer;
  set("1", [0, 1]);
  const seen = bufferOf();
  for (let value = 0; value < 9; value++) set("1", [0, value]);
  const next = bufferOf();
  assertEquals(next === seen, false);
  assertEquals([seen?.byteLength === 0, next?.byteLength === 0], [false, false]);
});

/** What a section does, and what a page of it should be. */
class Model {
  readonly section: Section;
  readonly #relabeler: Relabeler;
  /** Key → family → lines. */
  readonly #blocks = new Map<string, ReadonlyMap<string, string>>();
  #views: { readonly view: PageView; readonly wanted: readonly string[] }[] = [];

  constructor(tileKeys: number, tileBytes: number) {
    this.section = new Section([], { tileKeys, tileBytes });
    this.#relabeler = new Relabeler(this.section.families);
  }

  /** Sets lines of some families, of a length of their own. */
  set(key: string, families: readonly string[], length: number): void {
    const lines = new Map(
      families.map((family) => [family, `${family}{id="${key}",l="${"x".repeat(length)}"} 1\n`]),
    );
    const page = [...lines].map(([name, line]) => `# TYPE ${name} gauge\n${line}`).join("");
    this.section.set(key, this.#relabeler.relabel(toBytes(page), []).block);
    this.#blocks.set(key, lines);
  }

  delete(key: string): void {
    assertEquals(this.section.delete(key), this.#blocks.delete(key));
  }

  clear(): void {
    this.section.clear();
    this.#blocks.clear();
  }

  /** Takes views that are looked at in the end only. */
  look(): void {
    const page = new Page([this.section]);
    this.#views.push({ view: page.view(), wanted: this.#pages(() => true) });
    const only = (key: string) => Number(key) % 3 === 0;
    this.#views.push({ view: page.view({ only }), wanted: this.#pages(only) });
  }

  /** Releases a view that is not read. */
  forget(place: number): void {
    for (const { view } of this.#views.splice(place, 1)) view.release();
  }

  /** Compares the views, each with what it should have been when it was taken. */
  check(pieceBytes: number, releases: boolean): void {
    for (const { view, wanted } of this.#views) {
      const pages = (["text", "openmetrics"] as const).map((format) => {
        const chunks = [...view.chunks(format, pieceBytes)];
        const page = join(chunks);
        assertEquals(view.byteLength(format), toBytes(page).length);
        assert(chunks.every((chunk) => chunk.length > 0 && chunk.length <= pieceBytes));
        return page;
      });
      assertEquals(pages, wanted);
      assertEquals(view.sampleCount, pages[0]?.match(/^\w/gm)?.length ?? 0);
      if (releases) view.release();
    }
    this.#views = [];
    assertEquals([...this.section.keys()], [...this.#blocks.keys()]);
  }

  #pages(only: (key: string) => boolean): readonly string[] {
    const [text, openmetrics] = [textHeader, openMetricsHeader].map((header) => {
      let page = "";
      for (let place = 0; place < this.section.families.size; place++) {
        const family = this.section.families.at(place);
        let lines = "";
        for (const [key, own] of this.#blocks) if (only(key)) lines += own.get(family.name) ?? "";
        if (lines !== "") page += header(family) + lines;
      }
      return page;
    });
    return [text ?? "", `${openmetrics}# EOF\n`];
  }
}

function join(chunks: Iterable<Uint8Array>): string {
  const decoder = new TextDecoder();
  let text = "";
  for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

const KEY = fc.integer({ min: 0, max: 30 }).map(String);

const STEP = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      key: KEY,
      families: fc.subarray(["a", "b", "c", "d", "e", "f"]),
      length: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), key: KEY }) },
  {
    weight: 2,
    // As a cycle does: all keys one after the other.
    arbitrary: fc.record({
      do: fc.constant("cycle" as const),
      families: fc.subarray(["a", "b", "c", "d"]),
      length: fc.integer({ min: 1, max: 50 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("check" as const), releases: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("forget" as const), place: fc.nat({ max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
);

Deno.test("Section() shows each family's lines in the order of the keys, whatever happened", () => {
  fc.assert(
    fc.property(
      fc.array(STEP, { maxLength: 80 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(1, 500, 100_000),
      fc.constantFrom(7, 300, 100_000),
      (steps, tileKeys, tileBytes, pieceBytes) => {
        const model = new Model(tileKeys, tileBytes);
        for (const step of steps) {
          if (step.do === "set") model.set(step.key, step.families, step.length);
          else if (step.do === "delete") model.delete(step.key);
          else if (step.do === "look") model.look();
          else if (step.do === "check") model.check(pieceBytes, step.releases);
          else if (step.do === "forget") model.forget(step.place);
          else if (step.do === "clear") model.clear();
          else {
            for (const key of model.section.keys()) model.set(key, step.families, step.length);
          }
        }
        model.look();
        model.check(pieceBytes, true);
      },
    ),
    { numRuns: 300 },
  );
});
